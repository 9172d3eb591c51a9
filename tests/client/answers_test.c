/* answers_test.c: msiwatch and what a service may answer: verdicts, errors, and garbage. */
#include "client_test.h"
#include "fake.h"

#include "lib/codes.h"

#include <stdlib.h>
#include <string.h>

/* Runs `msiwatch status` against a service that answers with this line. */
static void ask(struct run *run, const char *line)
{
    const struct step script[] = {ACCEPT, EXPECT("status"), SAY(line), GONE, END_OF_SCRIPT};
    run_with(run, script, "status", NULL);
}

static void the_verdict_is_the_exit_code_in_both_forms(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        uint32_t code;
        const char *human;
    } cases[] = {
        {"{$R,'id':$I,'result':$IDLE}", 0, "idle since 2026-11-22 10:41:07Z (12 s)\n"},
        {"{$R,'id':$I,'result':$BUSY}", 1618,
         "busy since 2026-11-22 10:41:07Z (12 s): mutex held\n"},
        {"{$R,'id':$I,'result':$UNKNOWN}", 21, "unknown since 2026-11-22 10:41:07Z (12 s): "},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct step script[] = {ACCEPT, EXPECT("status"), SAY(cases[i].line), GONE,
                                      END_OF_SCRIPT};
        struct run run;
        run_with(&run, script, "status", NULL);
        must_end_with(&run, cases[i].code);
        must_print(&run, cases[i].human);
        assert_string_equal(run.err, "");
        run_free(&run);
        run_with(&run, script, "--json", "status", NULL);
        must_end_with(&run, cases[i].code);
        assert_true(run.out[0] == '{' && strchr(run.out, '\n') == run.out + strlen(run.out) - 1);
        must_print(&run, ",\"sampled_at\":\"2026-11-22T10:41:19.123Z\"}\n");
        run_free(&run);
    }
}

static void json_is_passed_on_with_members_of_later_versions(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("about"),
        SAY("{$R,'id':$I,'result':{'name':'msiwatch','version':'9','protocol':1,'pid':7,"
            "'started_at':'2026-11-22T10:41:07Z','journal':{'id':'$J'},'new':{'a':[1.50,null]}}}"),
        GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "about", "--json", NULL);
    must_end_with(&run, CODE_OK);
    must_print(&run, ",\"new\":{\"a\":[1.5,null]}}\n");
    run_free(&run);
    run_with(&run, script, "about", NULL);
    must_print(&run, "journal.id                      " JOURNAL_J "\n");
    must_print(&run, "new.a                           1.5, null\n");
    run_free(&run);
}

static void every_error_has_its_code_and_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        uint32_t wanted;
        const char *part;
    } cases[] = {
        {"-32700", 13, "was not understood"},
        {"-32600", 13, "was not understood"},
        {"-32601", 13, "does not know"},
        {"-32602", 87, "refused the request: said so"},
        {"-32603", 13, "could not answer: said so"},
        {"-32000", 1816, "the service's limit"},
        {"-32001", 1460, "no answer from"},
        {"-32002", 1062, "the service went away"},
        {"-32003", 5, "does not allow this"},
        {"-31999", 13, "could not answer: said so"},
        {"1", 13, "could not answer"},
        {"-99999999999", 13, "could not answer"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256] = "{$R,'id':$I,'error':{'code':";
        strncat(line, cases[i].code, 32);
        strncat(line, ",'message':'said so','data':{'limit':'requests','param':'x'}}}", 100);
        struct run run;
        ask(&run, line);
        must_end_with(&run, cases[i].wanted);
        must_print(&run, NULL);
        must_complain(&run, cases[i].part);
        run_free(&run);
    }
}

static void a_refused_parameter_is_named(void **state)
{
    (void)state;
    struct run run;
    ask(&run, "{$R,'id':$I,'error':{'code':-32602,'message':'invalid params','data':{'param':"
              "'after','takes':'a seq\x1b'}}}");
    must_end_with(&run, CODE_BAD_DATA); /* a raw control character: not JSON */
    run_free(&run);
    ask(&run, "{$R,'id':$I,'error':{'code':-32602,'message':'invalid params','data':{'param':"
              "'after','takes':'a seq\\u001b'}}}");
    must_end_with(&run, CODE_BAD_PARAMETER);
    must_complain(&run, "invalid params: after takes a seq?; see msiwatch status --help");
    run_free(&run);
}

static void a_limit_is_named(void **state)
{
    (void)state;
    struct run run;
    static const struct step script[] = {
        ACCEPT,
        SAY("{$R,'method':'closing','params':{'reason':'limit','limit':'connections_process'}}"),
        HANG_UP, END_OF_SCRIPT};
    run_with(&run, script, "status", NULL);
    must_end_with(&run, CODE_OVER_LIMIT);
    must_complain(&run, "\"connections_process\"");
    run_free(&run);
}

static void an_answer_that_makes_no_sense_is_13(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "nonsense",
        "{",
        "[]",
        "[{$R,'id':$I,'result':$IDLE}]",
        "7",
        "null",
        "'text'",
        "{}",
        "{$R}",
        "{$R,'id':$I}",
        "{'id':$I,'result':$IDLE}",
        "{'jsonrpc':'1.0','id':$I,'result':$IDLE}",
        "{'jsonrpc':2.0,'id':$I,'result':$IDLE}",
        "{$R,'id':99,'result':$IDLE}",
        "{$R,'id':0,'result':$IDLE}",
        "{$R,'id':-1,'result':$IDLE}",
        "{$R,'id':1.0,'result':$IDLE}",
        "{$R,'id':'1','result':$IDLE}",
        "{$R,'id':[1],'result':$IDLE}",
        "{$R,'id':true,'result':$IDLE}",
        "{$R,'id':null,'result':$IDLE}",
        "{$R,'result':$IDLE}",
        "{$R,'id':$I,'result':$IDLE,'error':{'code':1,'message':''}}",
        "{$R,'id':$I,'result':null}",
        "{$R,'id':$I,'result':[]}",
        "{$R,'id':$I,'result':'idle'}",
        "{$R,'id':$I,'result':{}}",
        "{$R,'id':$I,'result':{'state':'idle'}}",
        "{$R,'id':$I,'error':null}",
        "{$R,'id':$I,'error':'x'}",
        "{$R,'id':$I,'error':{}}",
        "{$R,'id':$I,'error':{'code':'x','message':'x'}}",
        "{$R,'id':$I,'error':{'code':-32603}}",
        "{$R,'id':$I,'error':{'code':1.5,'message':'x'}}",
        "{$R,'id':null,'error':{'code':-32700,'message':'x'}}",
        "{$R,'id':$I,'result':$IDLE} {}",
        "{$R,'id':$I,'result':$IDLE,}",
        "\xEF\xBB\xBF{$R,'id':$I,'result':$IDLE}",
        "{$R,'id':$I,'result':'\xFF'}",
        "{$R,'id':$I,'result':NaN}",
        "{$R,'method':[]}",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct run run;
        ask(&run, lines[i]);
        must(run.code == CODE_BAD_DATA, "%s: %lld", lines[i], (long long)run.code);
        must_print(&run, NULL);
        must_complain(&run, "was not understood");
        run_free(&run);
    }
}

/* The Status, with one wrong member at a time. */
static void a_status_with_a_wrong_member_is_13(void **state)
{
    (void)state;
    static const char *const members[][2] = {
        {"'state':'idle'", "'state':'asleep'"},
        {"'state':'idle'", "'state':1"},
        {"'state':'idle'", "'x':1"},
        {"'since':'2026-11-22T10:41:07.000Z'", "'since':'yesterday'"},
        {"'since':'2026-11-22T10:41:07.000Z'", "'since':1763808067000"},
        {"'seq':5", "'seq':-5"},
        {"'seq':5", "'seq':'5'"},
        {"'seq':5", "'seq':1e99"},
        {"'reasons':[]", "'reasons':{}"},
        {"'reasons':[]", "'reasons':null"},
        {"'mutex':{'state':'absent'", "'mutex':{'state':'gone'"},
        {"'mutex':{'state':'absent'", "'mutex':{'state':null"},
        {"'msiserver':{'state':'stopped'", "'msiserver':{'state':'dead'"},
        {"'sampled_at':'2026-11-22T10:41:19.123Z'", "'sampled_at':''"},
    };
    static const char good[] =
        "{$R,'id':$I,'result':{'state':'idle','since':'2026-11-22T10:41:07.000Z','seq':5,'reasons':"
        "[],'mutex':{'state':'absent'},'msiserver':{'state':'stopped'},'sampled_at':'2026-11-22T"
        "10:41:19.123Z'}}";
    struct run run;
    ask(&run, good);
    must_end_with(&run, CODE_OK); /* members that are not known are null or missing */
    run_free(&run);
    for (size_t i = 0; i < COUNT(members); i++) {
        char line[1024] = "";
        const char *at = strstr(good, members[i][0]);
        assert_non_null(at);
        strncat(line, good, (size_t)(at - good));
        strncat(line, members[i][1], 200);
        strncat(line, at + strlen(members[i][0]), 500);
        ask(&run, line);
        must(run.code == CODE_BAD_DATA, "%s: %lld", line, (long long)run.code);
        run_free(&run);
    }
}

static void numbers_too_large_for_their_members_do_no_harm(void **state)
{
    (void)state;
    struct run run;
    ask(&run, "{$R,'id':$I,'result':{'state':'busy','since':'9999-12-31T23:59:59Z','seq':"
              "18446744073709551615,'reasons':['mutex','x',7],'mutex':{'state':'held','owner_pid':"
              "4294967296,'owner_image':7},'msiserver':{'state':'running','controls_accepted':-1,"
              "'pid':1e300},'ui_clients':99999999999,'sampled_at':'0000-01-01T00:00:00Z'}}");
    must_end_with(&run, CODE_BUSY);
    must_print(&run, "busy since 9999-12-31 23:59:59Z: mutex held\n");
    must_print(&run, "last event 18446744073709551615; sampled at");
    run_free(&run);
}

static void a_line_beyond_the_protocols_cap_is_13(void **state)
{
    (void)state;
    const size_t size = 307200, deep = 204800;
    char *bytes = malloc(size + 1);
    assert_non_null(bytes);
    memset(bytes, ' ', size);
    bytes[0] = '{';
    bytes[size] = '\0';
    const struct step script[] = {ACCEPT, EXPECT("status"), RAW(bytes), GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "status", NULL);
    must_end_with(&run, CODE_BAD_DATA);
    run_free(&run);
    memset(bytes, '[', size); /* deeply nested, too */
    bytes[deep] = '\n';
    bytes[deep + 1] = '\0';
    run_with(&run, script, "status", NULL);
    must_end_with(&run, CODE_BAD_DATA);
    run_free(&run);
    free(bytes);
}

static void an_answer_comes_through_in_any_pieces_and_with_any_line_ends(void **state)
{
    (void)state;
    static const struct step dribbled[] = {
        ACCEPT, EXPECT("status"), DRIBBLE("{$R,'id':$I,'result':$BUSY}\r"), GONE, END_OF_SCRIPT};
    static const struct step padded[] = {ACCEPT, EXPECT("status"), RAW("\n\r\n  \n"), GONE,
                                         END_OF_SCRIPT};
    static const struct step blank[] = {
        ACCEPT, EXPECT("status"), RAW("\n\r\n\n"), SAY("{$R,'id':$I,'result':$BUSY}\r"),
        GONE,   END_OF_SCRIPT};
    struct run run;
    run_with(&run, dribbled, "status", NULL);
    must_end_with(&run, CODE_BUSY);
    run_free(&run);
    run_with(&run, blank, "status", NULL);
    must_end_with(&run, CODE_BUSY);
    run_free(&run);
    run_with(&run, padded, "status", NULL);
    must_end_with(&run, CODE_BAD_DATA);
    run_free(&run);
}

static void what_nobody_asked_for_is_passed_over(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("status"),
        SAY("{$R,'method':'closing','params':7}"),
        SAY("{$R,'method':'news'}"),
        SAY("{$R,'id':5,'method':'ask','params':[]}"),
        FLOOD("{$R,'method':'event','params':{'subscription':1,'event':{}}}", 5000),
        SAY("{$R,'id':$I,'result':$IDLE,'more':1}"),
        GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "status", NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
}

static void a_connection_that_vanishes_midway_is_1062(void **state)
{
    (void)state;
    static const struct step at_once[] = {ACCEPT, HANG_UP, END_OF_SCRIPT};
    static const struct step asked[] = {ACCEPT, EXPECT("status"), HANG_UP, END_OF_SCRIPT};
    static const struct step half_said[] = {ACCEPT, EXPECT("status"),
                                            RAW("{\"jsonrpc\":\"2.0\",\"id\":1,\"resu"), HANG_UP,
                                            END_OF_SCRIPT};
    static const struct step closing[] = {
        ACCEPT, EXPECT("status"), SAY("{$R,'method':'closing','params':{'reason':'shutdown'}}"),
        HANG_UP, END_OF_SCRIPT};
    static const struct step *const scripts[] = {at_once, asked, half_said, closing};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct run run;
        run_with(&run, scripts[i], "status", NULL);
        must_end_with(&run, CODE_NOT_ACTIVE);
        must_print(&run, NULL);
        must_complain(&run, "the service went away before it answered");
        run_free(&run);
    }
}

#ifndef _WIN32 /* on Windows tests/wine/msiwatch_test.c tests this */
static void without_standard_files_the_exit_code_is_the_verdict(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("status"),
                                         SAY("{$R,'id':$I,'result':$BUSY}"), GONE, END_OF_SCRIPT};
    struct run run = {.fake = fake_new(script)};
    assert_non_null(run.fake);
    const char *const arguments[] = {"-c",
                                     "exec \"$0\" \"$@\" <&- >&- 2>&-",
                                     msiwatch_program,
                                     "--pipe",
                                     fake_name(run.fake),
                                     "status",
                                     NULL};
    struct sys_process *program = sys_spawn("/bin/sh", arguments, NULL);
    fake_go(run.fake, program);
    const char *wrong = fake_finish(run.fake);
    run.code = sys_reap(program, FAKE_LIMIT_MS, &run.out, &run.err);
    must(wrong[0] == '\0', "the fake service: %s", wrong);
    must_end_with(&run, CODE_BUSY);
    run_free(&run);
}
#endif

static void text_from_outside_does_a_terminal_no_harm(void **state)
{
    (void)state;
    static const char line[] =
        "{$R,'id':$I,'result':{'state':'busy','since':'2026-11-22T10:41:07.000Z','seq':5,'reasons':"
        "['mutex'],'mutex':{'state':'held','owner_pid':7,'owner_image':'C:\\\\\\u001b[2J\\u009b1m"
        "\x7f\\u202eexe.msiexec'},'msiserver':{'state':'stopped'},'sampled_at':"
        "'2026-11-22T10:41:19.123Z'}}";
    struct run run;
    ask(&run, line);
    must_end_with(&run, CODE_BUSY);
    must_print(&run, "mutex held by ?[2J?1m??exe.msiexec (pid 7)\n");
    run_free(&run);
    const struct step script[] = {ACCEPT, EXPECT("status"), SAY(line), GONE, END_OF_SCRIPT};
    run_with(&run, script, "status", "--json", NULL);
    must_print(&run, "C:\\\\\\u001B[2J\\u009b1m\\u007f\\u202eexe.msiexec");
    run_free(&run);
}

static void metrics_are_printed_as_they_come(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("metrics"),
                                         SAY("{$R,'id':$I,'result':{'a_total':1,'b':{'c':2}}}"),
                                         GONE, END_OF_SCRIPT};
    static const struct step wrong[] = {ACCEPT, EXPECT("metrics"), SAY("{$R,'id':$I,'result':[]}"),
                                        GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "metrics", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, "a_total                         1\n"
                                 "b.c                             2\n");
    run_free(&run);
    run_with(&run, wrong, "metrics", NULL);
    must_end_with(&run, CODE_BAD_DATA);
    run_free(&run);
    static const struct step text[] = {
        ACCEPT, EXPECT("metrics"),
        SAY("{$R,'id':$I,'result':'# HELP a_total A.\\na_total{b=\\'c\\'} 1\\nd\\u001b 2\\n'}"),
        GONE, END_OF_SCRIPT};
    run_with(&run, text, "metrics", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, "# HELP a_total A.\na_total{b=\"c\"} 1\nd? 2\n");
    run_free(&run);
    run_with(&run, text, "metrics", "--json", NULL);
    must_end_with(&run, CODE_BAD_DATA);
    run_free(&run);
}

int answers_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_verdict_is_the_exit_code_in_both_forms),
        cmocka_unit_test(json_is_passed_on_with_members_of_later_versions),
        cmocka_unit_test(every_error_has_its_code_and_its_line),
        cmocka_unit_test(a_refused_parameter_is_named),
        cmocka_unit_test(a_limit_is_named),
        cmocka_unit_test(an_answer_that_makes_no_sense_is_13),
        cmocka_unit_test(a_status_with_a_wrong_member_is_13),
        cmocka_unit_test(numbers_too_large_for_their_members_do_no_harm),
        cmocka_unit_test(a_line_beyond_the_protocols_cap_is_13),
        cmocka_unit_test(an_answer_comes_through_in_any_pieces_and_with_any_line_ends),
        cmocka_unit_test(what_nobody_asked_for_is_passed_over),
        cmocka_unit_test(a_connection_that_vanishes_midway_is_1062),
#ifndef _WIN32
        cmocka_unit_test(without_standard_files_the_exit_code_is_the_verdict),
#endif
        cmocka_unit_test(text_from_outside_does_a_terminal_no_harm),
        cmocka_unit_test(metrics_are_printed_as_they_come),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
