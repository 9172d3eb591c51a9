/* run_command_test.c: msiwatch run, with a service that follows a script. It starts this test
 * program (main.c), or, natively, a shell. */
#include "client_test.h"
#include "fake.h"

#include "lib/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITED "{$R,'id':$I,'result':{'status':$IDLE,'waited_ms':1}}"
#define YES "{$R,'id':$I,'result':true}"
#define FAILS(code, data) "{$R,'id':$I,'error':{'code':" code ",'message':'no','data':" data "}}"
#define HOLDER(state, rest)                                                                        \
    "{$R,'method':'turn','params':{'turn':7,'state':'" state "'" rest                              \
    ",'holder':{'turn':6,'label':'agent.msi','pid':977,'image':'msiwatch.exe'},'hold':null}}"

/* The command: prints MSIWATCH_TURN, and ends with that code. */
#define CHILD(code) tests_program, "--child", code, "MSIWATCH_TURN"

/* From the grant of a turn to its end. */
#define TO_THE_END(code)                                                                           \
    SAY(GRANTED), EXPECT("'method':'wait','params':{'for':'idle','settle_ms':2000,"), SAY(WAITED), \
        EXPECT("'method':'turn.release','params':{'exit_code':" code "}"), SAY(YES), GONE,         \
        END_OF_SCRIPT

static void must_say(const struct run *run, const char *part)
{
    must(strstr(run->err, part) != NULL, "\"%s\" is not in: %s", part, run->err);
}

static void a_turn_is_taken_and_given_back(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("'method':'turn.acquire','params':{'label':'client-tests"), TO_THE_END("7")};
    struct run run;
    run_with(&run, script, "run", "--", CHILD("7"), NULL);
    must_end_with(&run, 7);
    must_print(&run, JOURNAL_J ":7");
    assert_string_equal(run.err, "");
    const char *timeout = strstr(fake_request(run.fake, 0), "\"settle_ms\":2000,\"timeout_ms\":");
    assert_non_null(timeout);
    long ms = strtol(timeout + 30, NULL, 10); /* connecting took some of it */
    must(ms > 1790000 && ms <= 1800000, "%ld ms", ms);
    run_free(&run);
}

static void it_asks_for_what_was_asked_for(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'params':{'label':'A b','why':'because','class':'background','settle_ms':100,"
               "'require_known':true,'ignore_hold':true,'timeout_ms':"),
        SAY(GRANTED),
        EXPECT("'params':{'for':'idle','settle_ms':100,"),
        SAY(WAITED),
        EXPECT("turn.release"),
        SAY(YES),
        GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "run", "--label", "A b", "--why=because", "--class", "background",
             "--settle=100ms", "--require-known", "--ignore-hold", "--timeout=5s", "--",
             tests_program, "--child", "0", NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
}

static void exit_codes_come_through(void **state)
{
    (void)state;
    static const uint32_t codes[] = {0, 1, 1602, 1603, 1641, 3010, 0xC0000005u};
    for (size_t i = 0; i < COUNT(codes); i++) {
        char number[16], release[40];
        struct run run;
        snprintf(number, sizeof number, "%u", (unsigned)codes[i]);
        snprintf(release, sizeof release, "'exit_code':%u}", (unsigned)(codes[i] & sys_code_mask));
        const struct step script[] = {
            ACCEPT,       EXPECT("turn.acquire"), SAY(GRANTED), EXPECT("wait"),
            SAY(WAITED),  EXPECT(release),        SAY(YES),     GONE,
            END_OF_SCRIPT};
        run_with(&run, script, "run", "--", tests_program, "--child", number, NULL);
        must_end_with(&run, codes[i]);
        run_free(&run);
    }
}

static void a_collision_is_tried_again_and_the_turn_kept(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,       EXPECT("turn.acquire"),
                                         SAY(GRANTED), EXPECT("'method':'wait'"), /* first time */
                                         SAY(WAITED),  EXPECT("'method':'wait'"), /* second time */
                                         SAY(WAITED),  EXPECT("'method':'wait'"), /* lingers */
                                         SAY(WAITED),  EXPECT("'exit_code':3}"),
                                         SAY(YES),     GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "run", "--retries", "2", "--retry-on", "99,0x3", "--", CHILD("3"), NULL);
    must_end_with(&run, 3);
    must_say(&run, "msiwatch: run: the command ended with 3; trying again later");
    const char *first = strstr(run.out, ":7"),
               *second = first == NULL ? NULL : strstr(first + 1, ":7");
    must(second != NULL && strstr(second + 1, ":7") != NULL, "not three times: %s", run.out);
    run_free(&run);
}

static void only_collisions_are_tried_again(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("turn.acquire"), TO_THE_END("3")};
    struct run run;
    run_with(&run, script, "run", "--", CHILD("3"), NULL);
    must_end_with(&run, 3);
    run_free(&run);
    run_with(&run, script, "run", "--no-retry", "--retry-on", "3", "--", CHILD("3"), NULL);
    must_end_with(&run, 3);
    run_free(&run);
}

static void not_in_time_is_1618_or_what_was_wished(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("'timeout_ms':1"),
                                         SAY(HOLDER("waiting", ",'position':3,'ahead':[]")),
                                         PAUSE(1500),
                                         SAY(FAILS("-32001", "$BUSY")),
                                         GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "run", "--timeout", "1500ms", "--", CHILD("0"), NULL);
    must_end_with(&run, CODE_BUSY);
    must_print(&run, NULL);
    must_say(&run, "msiwatch: run: Waiting for Windows Installer for 1.0 s, behind agent.msi "
                   "(msiwatch.exe 977); 2 ahead of you. Do not end msiexec.\n");
    must_say(&run, "msiwatch: run: not started: no turn within 1.5 s, behind agent.msi "
                   "(msiwatch.exe 977); try again");
    run_free(&run);
    run_with(&run, script, "run", "--quiet", "--timeout=1500ms", "--conflict-exit-code", "75", "--",
             CHILD("0"), NULL);
    must_end_with(&run, 75);
    must_complain(&run, "not started");
    run_free(&run);
}

static void what_keeps_it_from_starting_has_its_own_codes(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *words;
        uint32_t code;
    } cases[] = {
        {FAILS("-32005", "{'of':'turn','pid':4}"), "run: not started: msiwatch was started by",
         1131},
        {FAILS("-32007", "$UNKNOWN"), "run: not started: the state of Windows Installer is unknown",
         21},
        {FAILS("-32003", "null"), "run: the service does not allow this", 5},
        {FAILS("-32602", "{'param':'label'}"), "run: the service refused the request", 87},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct step script[] = {ACCEPT, EXPECT("turn.acquire"), SAY(cases[i].answer), GONE,
                                      END_OF_SCRIPT};
        struct run run;
        run_with(&run, script, "run", "--", CHILD("0"), NULL);
        must_end_with(&run, cases[i].code);
        must_print(&run, NULL);
        must_complain(&run, cases[i].words);
        run_free(&run);
    }
}

static void without_a_service_it_is_run_unless_that_is_required(void **state)
{
    (void)state;
    char name[SYS_NAME_SIZE];
    struct run run;
    sys_name(name);
    run_alone(&run, NULL, "run", "--pipe", name, "--", CHILD("9"), NULL);
    must_end_with(&run, 9);
    must_complain(&run, "run: the service is not available");
    run_free(&run);
    run_alone(&run, NULL, "run", "--pipe", name, "--require-service", "--", CHILD("9"), NULL);
    must_end_with(&run, CODE_NOT_ACTIVE);
    must_print(&run, NULL);
    must_complain(&run, "run: the service is not running");
    run_free(&run);
}

static void it_waits_for_the_service_to_start(void **state)
{
    (void)state;
    static const struct step script[] = {
        CLOSE_DOOR, PAUSE(800), OPEN_DOOR, ACCEPT, EXPECT("turn.acquire"), TO_THE_END("0")};
    struct run run;
    run_with(&run, script, "run", "--start-timeout", "10s", "--require-service", "--", CHILD("0"),
             NULL);
    must_end_with(&run, CODE_OK);
    run_free(&run);
}

static void an_older_service_is_asked_to_wait(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("turn.acquire"),
                                         SAY(FAILS("-32601", "null")),
                                         EXPECT("'method':'wait'"),
                                         SAY(WAITED),
                                         GONE,
                                         END_OF_SCRIPT};
    static const struct step required[] = {ACCEPT, EXPECT("turn.acquire"),
                                           SAY(FAILS("-32601", "null")), GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "run", "--", CHILD("9"), NULL);
    must_end_with(&run, 9);
    must_complain(&run, "has no turns");
    run_free(&run);
    run_with(&run, required, "run", "--require-service", "--", CHILD("9"), NULL);
    must_end_with(&run, CODE_BAD_DATA);
    must_complain(&run, "update it");
    run_free(&run);
}

static void a_service_that_goes_away_in_the_queue_is_waited_for(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("turn.acquire"),
                                         SAY(HOLDER("waiting", ",'position':1,'ahead':[]")),
                                         CLOSE_DOOR,
                                         HANG_UP,
                                         PAUSE(500),
                                         OPEN_DOOR,
                                         ACCEPT,
                                         EXPECT("turn.acquire"),
                                         TO_THE_END("7")};
    struct run run;
    run_with(&run, script, "run", "--", CHILD("7"), NULL);
    must_end_with(&run, 7);
    must_complain(&run, "run: the service went away; waiting for it to come back");
    run_free(&run);
}

static void the_command_goes_on_when_the_service_is_gone(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,  EXPECT("turn.acquire"), SAY(GRANTED), CLOSE_DOOR,
                                         HANG_UP, END_OF_SCRIPT};
    static const struct step collided[] = {ACCEPT,
                                           EXPECT("turn.acquire"),
                                           SAY(GRANTED),
                                           HANG_UP,
                                           ACCEPT, /* it collided, and asks for a turn again */
                                           EXPECT("turn.acquire"),
                                           TO_THE_END("3")};
    struct run run;
    run_with(&run, script, "run", "--", CHILD("7"), NULL);
    must_end_with(&run, 7);
    must_print(&run, JOURNAL_J ":7");
    must_complain(&run, "the service went away while the command ran;");
    run_free(&run);
    run_with(&run, collided, "run", "--retry-on", "3", "--retries", "1", "--", CHILD("3"), NULL);
    must_end_with(&run, 3);
    run_free(&run);
}

static void a_turn_that_ended_before_is_said(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("turn.acquire"),
                                         SAY(GRANTED),
                                         EXPECT("wait"),
                                         SAY(WAITED),
                                         EXPECT("turn.release"),
                                         SAY(FAILS("-32006", "{'ended':'expired'}")),
                                         GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "run", "--", CHILD("7"), NULL);
    must_end_with(&run, 7);
    must_complain(&run, "the turn ended before the command did;");
    run_free(&run);
}

static void inside_of_a_turn_it_passes_through(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("turn.acquire"), SAY(GRANTED_AS("true")),
                                         GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "run", "--", CHILD("7"), NULL);
    must_end_with(&run, 7);
    must_print(&run, "(none)"); /* it has the variable of the outer turn, or none */
    run_free(&run);
}

static void what_cannot_be_started_leaves_no_turn(void **state)
{
    (void)state;
    char name[SYS_NAME_SIZE];
    struct run run;
    sys_name(name);
    run_alone(&run, NULL, "run", "--pipe", name, "--", "no-such-program-anywhere", NULL);
    must_end_with(&run, CODE_NO_FILE);
    must_say(&run, "msiwatch: run: there is no program \"no-such-program-anywhere\"");
    run_free(&run);
    run_alone(&run, NULL, "run", "--pipe", name, "--", NULL);
    must_end_with(&run, CODE_BAD_PARAMETER);
    must_complain(&run, "the command after \"--\"");
    run_free(&run);
}

static void a_bad_command_line_is_87(void **state)
{
    (void)state;
    static const struct {
        const char *arguments[4], *words;
    } cases[] = {
        {{"run"}, "no command was given; put it after \"--\""},
        {{"run", "app.msi"}, "unexpected argument \"app.msi\""},
        {{"run", "--nonsense", "--", "x"}, "unknown option \"--nonsense\""},
        {{"run", "--nonsense", "--", "--json"}, "unknown option \"--nonsense\""},
        {{"run", "--class=best", "--", "x"}, "invalid --class \"best\"; use normal|background"},
        {{"run", "--settle=2m", "--", "x"}, "--settle takes at most 60 seconds"},
        {{"run", "--retries=1001", "--", "x"}, "--retries takes at most 1000;"},
        {{"run", "--retry-on=x", "--", "x"}, "invalid --retry-on \"x\"; use codes"},
        {{"run", "--retry-on=1,,2", "--", "x"}, "invalid --retry-on"},
        {{"run", "--retry-on=4294967296", "--", "x"}, "invalid --retry-on"},
        {{"run", "--retry-on=0x", "--", "x"}, "invalid --retry-on"},
        {{"run", "--conflict-exit-code=4294967296", "--", "x"}, "takes at most 4294967295;"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const *a = cases[i].arguments;
        struct run run;
        run_alone(&run, NULL, a[0], a[1], a[2], a[3], NULL);
        must_end_with(&run, CODE_BAD_PARAMETER);
        must_print(&run, NULL);
        must_complain(&run, cases[i].words);
        must_say(&run, "msiwatch: run: ");
        run_free(&run);
    }
}

static void ctrl_c_leaves_the_queue(void **state)
{
    (void)state;
    static const struct step queue[] = {ACCEPT, EXPECT("turn.acquire"), INTERRUPT, GONE,
                                        END_OF_SCRIPT};
    static const struct step away[] = {
        ACCEPT, EXPECT("turn.acquire"), CLOSE_DOOR, HANG_UP, PAUSE(400), INTERRUPT, END_OF_SCRIPT};
    struct run run;
    if (!sys_can_interrupt) {
        skip();
    }
    run_with(&run, queue, "run", "--", CHILD("0"), NULL);
    must_end_with(&run, CODE_CANCELLED);
    must_print(&run, NULL);
    assert_string_equal(run.err, "");
    run_free(&run);
    run_with(&run, away, "run", "--", CHILD("0"), NULL);
    must_end_with(&run, CODE_CANCELLED);
    must_print(&run, NULL);
    run_free(&run);
}

static void ctrl_c_while_it_runs_is_the_commands(void **state)
{
    (void)state;
    static const char script_text[] = "trap 'exit 9' INT; echo ready; while :; do sleep 0.05; done";
    static const struct step script[] = {
        ACCEPT,       EXPECT("turn.acquire"),   SAY(GRANTED), PRINTED,
        INTERRUPT,    EXPECT("'exit_code':9}"), SAY(YES),     GONE,
        END_OF_SCRIPT};
    struct run run;
    if (!sys_can_interrupt) {
        skip();
    }
    run_with(&run, script, "run", "--retry-on", "9", "--", "sh", "-c", script_text, NULL);
    must_end_with(&run, 9);
    run_free(&run);
}

/* Between two tries, no command runs. */
static void ctrl_c_between_two_tries_ends_them(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("turn.acquire"),
                                         SAY(GRANTED),
                                         EXPECT("'method':'wait'"),
                                         INTERRUPT,
                                         EXPECT("'method':'cancel'"),
                                         EXPECT("'turn.release','params':{'exit_code':3}"),
                                         SAY(YES),
                                         GONE,
                                         END_OF_SCRIPT};
    struct run run;
    if (!sys_can_interrupt) {
        skip();
    }
    run_with(&run, script, "run", "--retry-on", "3", "--", CHILD("3"), NULL);
    must_end_with(&run, 3);
    must_complain(&run, "the command ended with 3; trying again later");
    run_free(&run);
}

static void ctrl_c_ends_the_linger(void **state)
{
    (void)state;
    static const char leave[] = "sleep 8 >/dev/null 2>&1 & echo ready";
    static const struct step script[] = {
        ACCEPT,       EXPECT("turn.acquire"),
        SAY(GRANTED), PRINTED,
        PAUSE(500), /* it has ended by then, or is interrupted */
        INTERRUPT,    EXPECT("'method':'turn.release','params':{'exit_code':0}"),
        SAY(YES),     GONE,
        END_OF_SCRIPT};
    struct run run;
    if (!sys_can_interrupt) {
        skip();
    }
    uint64_t begun = sys_now();
    run_with(&run, script, "run", "--linger", "1h", "--", "sh", "-c", leave, NULL);
    must_end_with(&run, 0);
    must(sys_now() - begun < 8000, "%u ms", (unsigned)(sys_now() - begun));
    assert_string_equal(run.err, "");
    run_free(&run);
}

static void what_the_command_started_is_waited_for(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, EXPECT("turn.acquire"), TO_THE_END("0")};
    struct run run;
    uint64_t begun = sys_now();
    run_with(&run, script, "run", "--", tests_program, "--child", "leave", "700", NULL);
    must_end_with(&run, 0);
    must(sys_now() - begun >= 700, "%u ms", (unsigned)(sys_now() - begun));
    run_free(&run);
    begun = sys_now();
    static const struct step soon[] = {
        ACCEPT, EXPECT("turn.acquire"), SAY(GRANTED), EXPECT("turn.release"), SAY(YES),
        GONE,   END_OF_SCRIPT};
    run_with(&run, soon, "run", "--linger", "50ms", "--", tests_program, "--child", "leave", "3000",
             NULL);
    must_end_with(&run, 0);
    run_free(&run);
}

int run_command_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_is_taken_and_given_back),
        cmocka_unit_test(it_asks_for_what_was_asked_for),
        cmocka_unit_test(exit_codes_come_through),
        cmocka_unit_test(a_collision_is_tried_again_and_the_turn_kept),
        cmocka_unit_test(only_collisions_are_tried_again),
        cmocka_unit_test(not_in_time_is_1618_or_what_was_wished),
        cmocka_unit_test(what_keeps_it_from_starting_has_its_own_codes),
        cmocka_unit_test(without_a_service_it_is_run_unless_that_is_required),
        cmocka_unit_test(it_waits_for_the_service_to_start),
        cmocka_unit_test(an_older_service_is_asked_to_wait),
        cmocka_unit_test(a_service_that_goes_away_in_the_queue_is_waited_for),
        cmocka_unit_test(the_command_goes_on_when_the_service_is_gone),
        cmocka_unit_test(a_turn_that_ended_before_is_said),
        cmocka_unit_test(inside_of_a_turn_it_passes_through),
        cmocka_unit_test(what_cannot_be_started_leaves_no_turn),
        cmocka_unit_test(a_bad_command_line_is_87),
        cmocka_unit_test(ctrl_c_leaves_the_queue),
        cmocka_unit_test(ctrl_c_while_it_runs_is_the_commands),
        cmocka_unit_test(ctrl_c_between_two_tries_ends_them),
        cmocka_unit_test(ctrl_c_ends_the_linger),
        cmocka_unit_test(what_the_command_started_is_waited_for),
    };
    return cmocka_run_group_tests_name("run_command", tests, NULL, NULL);
}
