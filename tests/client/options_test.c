/* options_test.c: reads a command's options by its table. */
#include "client_test.h"

#include "cli/base/options.h"

#include <string.h>

enum { PIPE, HELP };
static const struct option common[] = {
    [PIPE] = {"pipe", OPTION_TEXT, "NAME", "the pipe", 0},
    [HELP] = {"help", OPTION_FLAG, NULL, "this", 0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

enum { FOR, SETTLE, LIMIT, SINCE, DESC };
static const struct option own[] = {
    [FOR] = {"for", OPTION_WORD, "idle|busy", "what", 0},
    [SETTLE] = {"settle", OPTION_DURATION, "TIME", "how long\nin two lines", 0},
    [LIMIT] = {"limit", OPTION_NUMBER, "N", "how many", 1},
    [SINCE] = {"since", OPTION_MOMENT, "WHEN", "from when on", 0},
    [DESC] = {"desc", OPTION_FLAG, NULL, "backwards", 0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

struct reading {
    struct given common[OPTIONS_MAX], own[OPTIONS_MAX];
    struct text wrong;
    int rest;
    bool ok;
};

/* `line` is split at spaces; '_' stands for a space inside an argument, '~' for an empty
 * argument. */
static void read_line(struct reading *reading, const char *line, bool stop_at_word)
{
    char copy[256], *argv[32] = {0};
    int argc = 0;
    memset(reading, 0, sizeof *reading);
    strncpy(copy, line, sizeof copy - 1);
    copy[sizeof copy - 1] = '\0';
    for (char *at = copy; *at != '\0' && argc < 31;) {
        size_t length = strcspn(at, " ");
        bool last = at[length] == '\0';
        at[length] = '\0';
        for (char *c = at; *c != '\0'; c++) {
            *c = *c == '_' ? ' ' : *c;
        }
        argv[argc++] = strcmp(at, "~") == 0 ? at + 1 : at;
        at += length + !last;
    }
    reading->ok = options_read(common, reading->common, own, reading->own, argc, argv, stop_at_word,
                               &reading->rest, &reading->wrong);
}

static void values_follow_or_stand_behind_an_equals_sign(void **state)
{
    (void)state;
    struct reading r;
    read_line(&r, "wait --for busy --settle=5s --limit 7 --desc --since=2h --pipe x", false);
    assert_true(r.ok);
    assert_true(r.own[FOR].given && r.own[DESC].given && r.common[PIPE].given);
    assert_int_equal(r.own[SETTLE].number, 5000);
    assert_int_equal(r.own[LIMIT].number, 7);
    assert_null(r.wrong.data);
}

static void what_is_not_given_is_not_given(void **state)
{
    (void)state;
    struct reading r;
    read_line(&r, "wait", false);
    assert_true(r.ok);
    assert_false(r.own[FOR].given || r.own[SETTLE].given || r.common[PIPE].given);
    assert_int_equal(r.rest, 1);
}

static void the_last_of_two_counts(void **state)
{
    (void)state;
    struct reading r;
    read_line(&r, "wait --limit 7 --limit 18446744073709551614", false);
    assert_true(r.ok);
    assert_true(r.own[LIMIT].number == UINT64_MAX - 1);
}

static void a_word_ends_the_options_before_a_command(void **state)
{
    (void)state;
    struct reading r;
    read_line(&r, "msiwatch --pipe x status --pipe y", true);
    assert_true(r.ok);
    assert_int_equal(r.rest, 3);
    read_line(&r, "msiwatch --pipe x", true);
    assert_int_equal(r.rest, 3);
}

static void the_usual_ways_to_ask_for_help_work(void **state)
{
    (void)state;
    static const char *const lines[] = {"wait --help", "wait -h", "wait -?", "wait /?"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct reading r;
        read_line(&r, lines[i], false);
        must(r.ok && r.common[HELP].given, "%s", lines[i]);
    }
}

static void every_mistake_is_reported_with_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *line, *part;
    } cases[] = {
        {"wait --nonsense", "unknown option \"--nonsense\"; see msiwatch wait --help"},
        {"wait -x", "unknown option \"-x\""},
        {"wait --", "unknown option \"--\""},
        {"wait --fo idle", "unknown option \"--fo\""},
        {"wait extra", "unexpected argument \"extra\""},
        {"wait ~", "unexpected argument \"\""},
        {"msiwatch --nonsense", "see msiwatch --help"},
        {"wait --for", "--for needs a value; use idle|busy"},
        {"wait --for --desc", "--for needs a value"},
        {"wait --for=", "invalid --for \"\""},
        {"wait --for idle|busy", "invalid --for \"idle|busy\""},
        {"wait --for idl", "invalid --for \"idl\""},
        {"wait --for IDLE", "invalid --for \"IDLE\""},
        {"wait --settle 5_parsecs", "invalid --settle \"5 parsecs\"; use 500ms, 5s, 10m"},
        {"wait --settle -5s", "invalid --settle \"-5s\""},
        {"wait --limit 0", "a number of at least 1"},
        {"wait --limit -1", "invalid --limit \"-1\""},
        {"wait --limit 1x", "invalid --limit \"1x\""},
        {"wait --limit 18446744073709551615", "invalid --limit"},
        {"wait --limit 99999999999999999999999", "invalid --limit"},
        {"wait --since tomorrow",
         "invalid --since \"tomorrow\"; use 2h (that long ago), yesterday"},
        {"wait --desc=yes", "--desc takes no value"},
        {"wait --pipe=", "--pipe needs a NAME; see msiwatch wait --help"},
        {"wait --\x1b[31m", "unknown option \"--?[31m\""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reading r;
        read_line(&r, cases[i].line, strncmp(cases[i].line, "msiwatch", 8) == 0);
        must(!r.ok && r.wrong.data != NULL && strstr(r.wrong.data, cases[i].part) != NULL, "%s: %s",
             cases[i].line, r.wrong.data == NULL ? "no message" : r.wrong.data);
        must(strstr(r.wrong.data, "; ") != NULL && strchr(r.wrong.data, '\n') == NULL, "%s",
             r.wrong.data);
        text_release(&r.wrong);
    }
}

static void the_help_lists_every_option_in_columns(void **state)
{
    (void)state;
    struct text out = {0};
    options_describe(own, NULL, &out);
    assert_string_equal(out.data, "  --for idle|busy     what\n"
                                  "  --settle TIME       how long\n"
                                  "                      in two lines\n"
                                  "  --limit N           how many\n"
                                  "  --since WHEN        from when on\n"
                                  "  --desc              backwards\n");
    text_release(&out);
}

int options_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_follow_or_stand_behind_an_equals_sign),
        cmocka_unit_test(what_is_not_given_is_not_given),
        cmocka_unit_test(the_last_of_two_counts),
        cmocka_unit_test(a_word_ends_the_options_before_a_command),
        cmocka_unit_test(the_usual_ways_to_ask_for_help_work),
        cmocka_unit_test(every_mistake_is_reported_with_what_to_do),
        cmocka_unit_test(the_help_lists_every_option_in_columns),
    };
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
