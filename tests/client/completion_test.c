/* completion_test.c: the script for PowerShell contains what the help contains, command by command
 * and option by option, and nothing else. tests/examples/powershell_test.js checks its grammar. How
 * PowerShell itself behaves with it, only Windows shows. */
#include "client_test.h"

#include "../hostile.h"
#include "fake.h"

#include "lib/codes.h"
#include "cli/base/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 32u

struct names {
    char name[MOST][64];
    char takes[MOST][64]; /* for options: "" if it takes no value */
    size_t count;
};

static void add_name(struct names *to, const char *name, size_t size, const char *takes,
                     size_t takes_size)
{
    must(to->count < MOST, "more than there is room for");
    snprintf(to->name[to->count], sizeof to->name[0], "%.*s", (int)size, name);
    snprintf(to->takes[to->count], sizeof to->takes[0], "%.*s", (int)takes_size, takes);
    to->count++;
}

/* Reads the commands from "msiwatch --help". */
static void read_commands(const char *help, struct names *to)
{
    const char *line = strstr(help, "\nCommands\n");
    assert_non_null(line);
    for (line += 10; strncmp(line, "  ", 2) == 0; line = strchr(line, '\n') + 1) {
        add_name(to, line + 2, strcspn(line + 2, " "), "", 0);
    }
}

/* Reads the options from a command's help: lines "  --name TAKES   what it is". */
static void read_options(const char *help, struct names *to)
{
    for (const char *line = strstr(help, "\nOptions\n"); (line = strstr(line, "\n  --")) != NULL;
         line++) {
        const char *name = line + 3;
        size_t size = strcspn(name, " \n");
        bool flag = name[size] == ' ' && name[size + 1] == ' ';
        const char *takes = name + size + 1;
        add_name(to, name, size, takes, flag || name[size] == '\n' ? 0 : strcspn(takes, " \n"));
    }
}

/* Reads the words of "    'KEY' = @(": every second string. */
static void read_table(const char *script, const char *key, struct names *to)
{
    char begin[96];
    snprintf(begin, sizeof begin, "        '%s' = @(", key);
    const char *at = strstr(script, begin);
    must(at != NULL, "no '%s' in the table", key);
    at += strlen(begin);
    for (bool word = true; *at != ')'; word = !word) {
        at += strcspn(at, "')");
        if (*at == ')') {
            break;
        }
        const char *from = ++at;
        do { /* two quotes are one literal quote, which does not end the string */
            at += strcspn(at, "'");
            at += at[1] == '\'' ? 2 : 0;
        } while (at[0] != '\'' || at[1] == '\'');
        if (word) {
            add_name(to, from, (size_t)(at - from), "", 0);
        } else {
            must(at > from, "%s: a word without a meaning", key); /* PowerShell rejects it */
        }
        at++;
    }
}

static bool has(const struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->name[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static const char *valued_part(const char *script)
{
    const char *part = strstr(script, "    $valued = @(\n");
    assert_non_null(part);
    return part;
}

/* Checks what the script says about one option: that it takes a value, and which words. */
static void must_tell_value(const char *script, const char *command, bool common,
                            const struct names *options, size_t i)
{
    char key[160], line[256], *bar = strchr(options->takes[i], '|');
    snprintf(key, sizeof key, "%s %s", common ? "" : command, options->name[i]);
    snprintf(line, sizeof line, "\n        '%s'\n", key);
    bool valued = strstr(valued_part(script), line) != NULL;
    must(valued == (options->takes[i][0] != '\0'), "%s of %s: takes %s", options->name[i], command,
         options->takes[i]);
    if (bar != NULL) {
        struct names words = {.count = 0};
        read_table(script, key, &words);
        assert_int_equal(words.count, 2);
        *bar = '\0';
        assert_string_equal(words.name[0], options->takes[i]);
        assert_string_equal(words.name[1], bar + 1);
    }
}

static void must_complete(const char *script, const char *command)
{
    static struct names options, own, common;
    struct run run;
    options.count = own.count = common.count = 0;
    run_alone(&run, NULL, command, "--help", NULL);
    must_end_with(&run, CODE_OK);
    read_options(run.out, &options);
    run_free(&run);
    read_table(script, command, &own);
    read_table(script, "", &common);
    must(options.count == own.count, "%s: %u options in the help, %u in the script", command,
         (unsigned)options.count, (unsigned)own.count);
    for (size_t i = 0; i < options.count; i++) {
        must(has(&own, options.name[i]), "%s: %s is missing", command, options.name[i]);
        must_tell_value(script, command, has(&common, options.name[i]), &options, i);
    }
}

static void the_script_has_what_the_help_has(void **state)
{
    (void)state;
    static struct names commands, known;
    struct run help, script;
    commands.count = known.count = 0;
    run_alone(&help, NULL, "--help", NULL);
    read_commands(help.out, &commands);
    run_free(&help);
    run_alone(&script, NULL, "completion", NULL);
    must_end_with(&script, CODE_OK);
    must_print(&script, "Register-ArgumentCompleter -Native -CommandName 'msiwatch', "
                        "'msiwatch.exe' -ScriptBlock {\n");
    assert_true(commands.count >= 8);
    must_print(&script,
               "        'turn ' = @('list', 'list', 'hold', 'hold', 'revoke', 'revoke')\n");
    for (size_t i = 0; i < commands.count; i++) {
        must_complete(script.out, commands.name[i]);
    }
    for (const char *at = script.out; *at != '\0'; at++) { /* whatever a shell thinks it is */
        must((*at >= ' ' && *at <= '~') || *at == '\n', "not ASCII: %s", at);
    }
    run_free(&script);
}

static void what_is_special_in_powershell_is_quoted(void **state)
{
    (void)state;
    static const struct option options[] = {
        {"it's", OPTION_WORD, "a|$b", "two\nlines, 'quoted' $(and) `more", 0},
        {NULL, OPTION_FLAG, NULL, NULL, 0}};
    static const struct command run = {.name = "run", .summary = "don't", .options = options};
    static const struct command *const command = &run;
    static const struct completion completion = {"program", &command, 1, options + 1};
    struct text out = {0};
    completion_add_powershell(&out, &completion);
    assert_non_null(strstr(out.data, "            'run', 'don''t')\n"));
    assert_non_null(
        strstr(out.data, "            '--it''s', 'two lines, ''quoted'' $(and) `more')\n"));
    assert_non_null(strstr(out.data, " = @('a', 'a', '$b', '$b')\n"));
    text_release(&out);
}

/* A quote is doubled, and nothing else ends a quoted string. */
static void hostile_texts_are_quoted_in_powershell(void **state)
{
    (void)state;
    for (size_t i = 0; i < HOSTILE; i++) {
        const struct option options[] = {{"option", OPTION_FLAG, NULL, hostile[i], 0},
                                         {NULL, OPTION_FLAG, NULL, NULL, 0}};
        const struct command run = {.name = "run", .summary = hostile[i], .options = options};
        const struct command *const command = &run;
        const struct completion completion = {"program", &command, 1, options + 1};
        struct text out = {0}, wanted = {0};
        completion_add_powershell(&out, &completion);
        text_add(&wanted, "'--option', '");
        for (const char *at = hostile[i]; *at != '\0'; at++) {
            text_add_bytes(&wanted, *at == '\n' ? " " : at, 1);
            text_add_bytes(&wanted, "'", *at == '\'' ? 1 : 0);
        }
        text_add(&wanted, "')\n");
        must(strstr(out.data, wanted.data) != NULL, "no %s in %s", wanted.data, out.data);
        text_release(&out);
        text_release(&wanted);
    }
}

#ifndef _WIN32
/* bash, with the script loaded, completes these words; the last one is at the cursor. */
static void must_offer(const char *words, const char *offered)
{
    static const char format[] =
        "source <(\"$0\" completion --shell bash) && COMP_WORDS=(msiwatch %s) &&"
        " COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _msiwatch; echo ${COMPREPLY[@]}";
    char script[512], line[256], *out, *err;
    snprintf(script, sizeof script, format, words);
    snprintf(line, sizeof line, "%s\n", offered);
    const char *const arguments[] = {"-c", script, msiwatch_program, NULL};
    int64_t code = sys_reap(sys_spawn("/bin/bash", arguments, NULL), 30000, &out, &err);
    must(code == 0 && strcmp(out, line) == 0 && err[0] == '\0', "%s: %s%s", words, out, err);
    free(out);
    free(err);
}

static void bash_offers_what_fits_the_place(void **state)
{
    (void)state;
    must_offer("w", "wait watch");
    must_offer("--pipe x hi", "history");
    must_offer("wait --for ''", "idle busy");
    must_offer("turn l", "list");
    must_offer("turn hold --cl", "--class");
    must_offer("turn hold --req", "--require-known");
    must_offer("run --class ''", "normal background");
    must_offer("wait --for idle --se", "--settle");
    must_offer("watch --until-idle --p", "--pipe");
    must_offer("status --pipe ''", "");
    must_offer("report --j", "");
    must_offer("status --j", "--json");
    must_offer("completion --shell b", "bash");
}
#endif

static void it_asks_no_service_and_has_no_json(void **state)
{
    (void)state;
    struct run run;
    run_alone(&run, NULL, "completion", "--json", NULL);
    must_end_with(&run, CODE_BAD_PARAMETER);
    must_complain(&run, "completion prints a script; it has no --json; see msiwatch");
    run_free(&run);
    run_alone(&run, NULL, "completion", "--pipe", "nobody-listens-here", NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
}

int completion_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_script_has_what_the_help_has),
        cmocka_unit_test(what_is_special_in_powershell_is_quoted),
        cmocka_unit_test(hostile_texts_are_quoted_in_powershell),
#ifndef _WIN32
        cmocka_unit_test(bash_offers_what_fits_the_place),
#endif
        cmocka_unit_test(it_asks_no_service_and_has_no_json),
    };
    return cmocka_run_group_tests_name("completion", tests, NULL, NULL);
}
