/* turn_command_test.c: msiwatch turn and msiwatch hold, with a service that follows a script. */
#include "client_test.h"
#include "fake.h"

#include "lib/codes.h"

#include <stdio.h>
#include <string.h>

#define TURN(number, label)                                                                        \
    "{'turn':" number ",'label':" label ",'pid':977,'image':'C:\\\\W\\\\msiwatch.exe','class':"    \
    "'normal','since':'2026-11-22T10:41:07.123Z','why':null}"
#define FILE_NAME "turn-command-test.while"
#define RELEASED EXPECT("'method':'turn.release'"), SAY("{$R,'id':$I,'result':true}"), GONE
#define LIST                                                                                       \
    "{$R,'id':$I,'result':{'holder':" TURN(                                                        \
        "7", "'agent.msi'") ",'waiting_count':3,'waiting':"                                        \
                            "[" TURN("8", "'x\\u001b[31m'") "," TURN(                              \
                                "9", "null") "],'hold':{'until':"                                  \
                                             "'2026-11-22T12:00:00."                               \
                                             "000Z','why':'patch "                                 \
                                             "day'}}}"

static void the_queue_is_listed(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("'method':'turn.list'"), SAY(LIST), GONE,
                                         END_OF_SCRIPT};
    static const struct step empty[] = {
        ACCEPT, EXPECT("turn.list"),
        SAY("{$R,'id':$I,'result':{'holder':null,'waiting_count':0,'waiting':[],'hold':null}}"),
        GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "turn", "list", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, "held  until 2026-11-22 12:00:00Z  (patch day)\n"
                                 "7     current   normal     pid 977  agent.msi  msiwatch.exe\n"
                                 "8     waiting   normal     pid 977  x?[31m  msiwatch.exe\n"
                                 "9     waiting   normal     pid 977  msiwatch.exe\n"
                                 "and 1 more\n");
    run_free(&run);
    run_with(&run, script, "turn", "list", "--json", NULL);
    must_end_with(&run, CODE_OK);
    must_print(&run, "{\"holder\":{\"turn\":7,");
    run_free(&run);
    run_with(&run, empty, "turn", "list", NULL);
    must_print(&run, "nobody has the turn, and nobody is waiting for one\n");
    run_free(&run);
}

static void a_turn_is_held_until_nobody_reads(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("'params':{'label':'a','why':'b','class':"
                                                "'background','settle_ms':100,'for_pid':4,"
                                                "'timeout_ms':5000}"),
                                         SAY(GRANTED),
                                         PRINTED,
                                         DEAF,
                                         RELEASED,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "turn", "hold", "--for-pid", "4", "--label=a", "--why=b",
             "--class=background", "--settle=100ms", "--timeout=5s", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out,
                        "{\"turn\":7,\"MSIWATCH_TURN\":\"" JOURNAL_J ":7\",\"waited_ms\":42,"
                        "\"nested\":false,\"blind\":false}\n");
    assert_string_equal(run.err, "");
    run_free(&run);
}

/* The output of a process that is killed is closed before the service sees that the process is
 * gone, and it is the service that says so: whoever reads the journal must see that it was killed.
 */
static void a_turn_of_a_process_that_was_killed_is_not_released(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,     EXPECT("'for_pid':4"), SAY(GRANTED),  PRINTED,      DEAF,
        PAUSE(500), SAY(ENDED("gone")),    GONE_SILENTLY, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "turn", "hold", "--for-pid", "4", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.err, "");
    run_free(&run);
}

static void a_turn_is_held_while_a_file_is_there(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,     EXPECT("turn.acquire"), SAY(GRANTED), PRINTED,
        PAUSE(500), REMOVE(FILE_NAME),      RELEASED,     END_OF_SCRIPT};
    struct run run;
    FILE *file = fopen(FILE_NAME, "w");
    assert_non_null(file);
    fclose(file);
    run_with(&run, script, "turn", "hold", "--while", FILE_NAME, NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.err, "");
    run_free(&run);
    run_alone(&run, NULL, "turn", "hold", "--while", FILE_NAME, NULL);
    must_end_with(&run, CODE_BAD_PARAMETER);
    must_complain(&run, "--while: there is no file");
    run_free(&run);
}

static void a_turn_that_ends_ends_the_hold(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        uint32_t code;
        const char *words;
    } cases[] = {
        {ENDED("gone"), 0, NULL}, /* the process that it was for has ended */
        {ENDED("revoked"), 288, "the service ended the turn (revoked);"},
        {ENDED("expired"), 288, "the service ended the turn (expired);"},
        {"{$R,'method':'closing','params':{'reason':'shutdown'}}", 1062, "the service went away"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct step script[] = {ACCEPT,  EXPECT("turn.acquire"), SAY(GRANTED),
                                      PRINTED, SAY(cases[i].said),     PAUSE(300),
                                      HANG_UP, END_OF_SCRIPT};
        struct run run;
        run_with(&run, script, "turn", "hold", NULL);
        must_end_with(&run, cases[i].code);
        if (cases[i].words == NULL) {
            assert_string_equal(run.err, "");
        } else {
            must_complain(&run, cases[i].words);
        }
        run_free(&run);
    }
}

static void ctrl_c_ends_the_hold_or_the_waiting(void **state)
{
    (void)state;
    static const struct step holding[] = {
        ACCEPT, EXPECT("turn.acquire"), SAY(GRANTED), PRINTED, INTERRUPT, RELEASED, END_OF_SCRIPT};
    static const struct step waiting[] = {ACCEPT, EXPECT("turn.acquire"), INTERRUPT, GONE,
                                          END_OF_SCRIPT};
    struct run run;
    if (!sys_can_interrupt) {
        skip();
    }
    run_with(&run, holding, "turn", "hold", NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
    run_with(&run, waiting, "turn", "hold", NULL);
    must_end_with(&run, CODE_CANCELLED);
    must_print(&run, NULL);
    run_free(&run);
}

static void no_turn_has_its_own_codes(void **state)
{
    (void)state;
    static const struct step late[] = {
        ACCEPT, EXPECT("turn.acquire"),
        SAY("{$R,'id':$I,'error':{'code':-32001,'message':'timed out','data':$BUSY}}"), GONE,
        END_OF_SCRIPT};
    static const struct step nested[] = {
        ACCEPT, EXPECT("turn.acquire"),
        SAY("{$R,'id':$I,'error':{'code':-32005,'message':'would wait for itself'}}"), GONE,
        END_OF_SCRIPT};
    static const struct step unknown[] = {
        ACCEPT, EXPECT("'params':{'settle_ms':0,'require_known':true}"),
        SAY("{$R,'id':$I,'error':{'code':-32007,'message':'unknown','data':$UNKNOWN}}"), GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, late, "turn", "hold", "--timeout", "1s", NULL);
    must_end_with(&run, CODE_BUSY);
    must_complain(&run, "no turn within --timeout;");
    run_free(&run);
    run_with(&run, nested, "turn", "hold", NULL);
    must_end_with(&run, CODE_DEADLOCK);
    must_complain(&run, "no turn: msiwatch was started by");
    run_free(&run);
    run_with(&run, unknown, "turn", "hold", "--require-known", NULL);
    must_end_with(&run, CODE_IDLE_UNKNOWN);
    must_complain(&run, "no turn: the state of Windows Installer is unknown;");
    run_free(&run);
}

static void a_turn_is_revoked_by_its_number_or_as_the_one_that_is_out(void **state)
{
    (void)state;
    static const struct step numbered[] = {ACCEPT, EXPECT("'turn.revoke','params':{'turn':12}"),
                                           SAY("{$R,'id':$I,'result':true}"), GONE, END_OF_SCRIPT};
    static const struct step out[] = {ACCEPT,
                                      EXPECT("turn.list"),
                                      SAY(LIST),
                                      EXPECT("'turn.revoke','params':{'turn':7}"),
                                      SAY("{$R,'id':$I,'result':true}"),
                                      GONE,
                                      END_OF_SCRIPT};
    static const struct step denied[] = {
        ACCEPT, EXPECT("turn.revoke"),
        SAY("{$R,'id':$I,'error':{'code':-32003,'message':'only for administrators'}}"), GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, numbered, "turn", "revoke", "12", NULL);
    must_end_with(&run, CODE_OK);
    must_print(&run, "turn 12 was ended; no process was ended\n");
    run_free(&run);
    run_with(&run, out, "turn", "--json", "revoke", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, "true\n");
    run_free(&run);
    run_with(&run, denied, "turn", "revoke", "1", NULL);
    must_end_with(&run, CODE_DENIED);
    must_complain(&run, "only for administrators");
    run_free(&run);
}

static void the_queue_is_held_and_let_go_on(void **state)
{
    (void)state;
    static const struct step begin[] = {
        ACCEPT, EXPECT("'method':'hold','params':{'until':'20"),
        SAY("{$R,'id':$I,'result':{'hold':{'until':'2026-11-22T12:00:00.000Z','why':'p'}}}"), GONE,
        END_OF_SCRIPT};
    static const struct step end[] = {ACCEPT, EXPECT("'method':'hold','params':{'lift':true}"),
                                      SAY("{$R,'id':$I,'result':{'hold':null}}"), GONE,
                                      END_OF_SCRIPT};
    struct run run;
    run_with(&run, begin, "hold", "--for", "2h", "--why", "p", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, "held  until 2026-11-22 12:00:00Z  (p)\n");
    assert_non_null(strstr(fake_request(run.fake, 0), "\",\"why\":\"p\"}"));
    run_free(&run);
    run_with(&run, end, "hold", "--end", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.out, "the queue is not held\n");
    run_free(&run);
}

static void a_bad_command_line_is_87(void **state)
{
    (void)state;
    static const struct {
        const char *arguments[4], *words;
    } cases[] = {
        {{"turn"}, "turn needs list, hold or revoke; see msiwatch turn --help"},
        {{"turn", "lists"}, "turn needs list, hold or revoke"},
        {{"turn", "list", "7"}, "turn needs list, hold or revoke"},
        {{"turn", "list", "7", "8"}, "unexpected argument \"8\"; see msiwatch turn --help"},
        {{"turn", "list", "--x"}, "unknown option \"--x\"; see msiwatch turn --help"},
        {{"turn", "revoke", "x"}, "\"x\" is not the number of a turn;"},
        {{"turn", "hold", "--for-pid=4294967296"}, "--for-pid takes a process id;"},
        {{"turn", "hold", "--for-pid=0"}, "invalid --for-pid \"0\""},
        {{"hold"}, "hold needs either --for or --end;"},
        {{"hold", "--for=1h", "--end"}, "hold needs either --for or --end;"},
        {{"hold", "--for=366d"}, "--for takes at most"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const *a = cases[i].arguments;
        struct run run;
        run_alone(&run, NULL, a[0], a[1], a[2], a[3], NULL);
        must_end_with(&run, CODE_BAD_PARAMETER);
        must_print(&run, NULL);
        must_complain(&run, cases[i].words);
        run_free(&run);
    }
}

int turn_command_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_queue_is_listed),
        cmocka_unit_test(a_turn_is_held_until_nobody_reads),
        cmocka_unit_test(a_turn_of_a_process_that_was_killed_is_not_released),
        cmocka_unit_test(a_turn_is_held_while_a_file_is_there),
        cmocka_unit_test(a_turn_that_ends_ends_the_hold),
        cmocka_unit_test(ctrl_c_ends_the_hold_or_the_waiting),
        cmocka_unit_test(no_turn_has_its_own_codes),
        cmocka_unit_test(a_turn_is_revoked_by_its_number_or_as_the_one_that_is_out),
        cmocka_unit_test(the_queue_is_held_and_let_go_on),
        cmocka_unit_test(a_bad_command_line_is_87),
    };
    return cmocka_run_group_tests_name("turn_command", tests, NULL, NULL);
}
