/* wait_test.c: msiwatch wait: what it requests, how it ends, and how it survives the end of the
 * service. */
#include "client_test.h"
#include "fake.h"

#include "lib/codes.h"

#include <stdlib.h>
#include <string.h>

#define WAITED(status) "{$R,'id':$I,'result':{'status':" status ",'waited_ms':1234}}"
#define TIMED_OUT(status)                                                                          \
    "{$R,'id':$I,'error':{'code':-32001,'message':'timed out','data':" status "}}"
#define STOPPING                                                                                   \
    "{$R,'id':$I,'error':{'code':-32002,'message':'shutting down'}}\n"                             \
    "{$R,'method':'closing','params':{'reason':'shutdown'}}"

static void it_asks_for_what_was_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *arguments[6];
        const char *params;
    } cases[] = {
        {{NULL}, "'method':'wait','params':{'for':'idle','settle_ms':0}}"},
        {{"--for", "idle"}, "'params':{'for':'idle','settle_ms':0}}"},
        {{"--for=busy"}, "'params':{'for':'busy','settle_ms':0}}"},
        {{"--settle", "5s"}, "'params':{'for':'idle','settle_ms':5000}}"},
        {{"--settle=2", "--timeout", "1d"}, "'settle_ms':2000,'timeout_ms':86"},
        {{"--timeout", "0"}, "'settle_ms':0,'timeout_ms':0}}"},
        {{"--even-if-nested"}, "'params':{'for':'idle','settle_ms':0,'even_if_nested':true}}"},
        {{"--for", "busy", "--even-if-nested"}, "'params':{'for':'busy','settle_ms':0}}"},
        {{"--timeout", "36500d"}, "'params':{'for':'idle','settle_ms':0}}"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *const *a = cases[i].arguments;
        const struct step script[] = {ACCEPT, EXPECT(cases[i].params), SAY(WAITED("$IDLE")), GONE,
                                      END_OF_SCRIPT};
        struct run run;
        run_with(&run, script, "wait", a[0], a[1], a[2], a[3], NULL);
        must_end_with(&run, CODE_OK);
        must_print(&run, "idle since 2026-11-22 10:41:07Z, waited ");
        assert_string_equal(run.err, "");
        run_free(&run);
    }
}

static void json_is_the_protocols_own_result(void **state)
{
    (void)state;
    static const struct step done[] = {ACCEPT, EXPECT("wait"), SAY(WAITED("$IDLE")), GONE,
                                       END_OF_SCRIPT};
    static const struct step late[] = {ACCEPT, EXPECT("wait"), SAY(TIMED_OUT("$BUSY")), GONE,
                                       END_OF_SCRIPT};
    struct run run;
    run_with(&run, done, "wait", "--json", NULL);
    must_print(&run, "{\"status\":{\"state\":\"idle\",");
    must_print(&run, "},\"waited_ms\":1234}\n");
    run_free(&run);
    run_with(&run, late, "wait", "--json", "--timeout", "1s", NULL);
    must_end_with(&run, CODE_BUSY);
    must_print(&run, "{\"code\":-32001,\"message\":\"timed out\",\"data\":{\"state\":\"busy\",");
    run_free(&run);
}

static void what_is_at_the_timeout_is_the_exit_code(void **state)
{
    (void)state;
    static const struct {
        const char *wanted, *line;
        uint32_t code;
        const char *printed, *complaint;
    } cases[] = {
        {"idle", TIMED_OUT("$BUSY"), 1618, "busy since", "still busy after 2.0 s; try again"},
        {"idle", TIMED_OUT("$UNKNOWN"), 21, "unknown since", "the state is unknown after"},
        {"idle", TIMED_OUT("$IDLE"), 1618, "idle since", "idle, but not for long enough after"},
        {"busy", TIMED_OUT("$IDLE"), 1460, "idle since", "still not busy"},
        {"busy", TIMED_OUT("$UNKNOWN"), 1460, "unknown since", "the state is unknown after"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct step script[] = {ACCEPT, EXPECT("wait"), SAY(cases[i].line), GONE,
                                      END_OF_SCRIPT};
        struct run run;
        run_with(&run, script, "wait", "--for", cases[i].wanted, "--timeout", "2s", NULL);
        must_end_with(&run, cases[i].code);
        must_print(&run, cases[i].printed);
        must_complain(&run, cases[i].complaint);
        run_free(&run);
    }
}

static void a_garbled_answer_is_13(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{$R,'id':$I,'result':$IDLE}",
        "{$R,'id':$I,'result':{'status':$IDLE}}",
        "{$R,'id':$I,'result':{'status':$IDLE,'waited_ms':'1'}}",
        "{$R,'id':$I,'result':{'waited_ms':1}}",
        "{$R,'id':$I,'error':{'code':-32001,'message':'timed out'}}",
        "{$R,'id':$I,'error':{'code':-32001,'message':'timed out','data':{}}}",
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        const struct step script[] = {ACCEPT, EXPECT("wait"), SAY(lines[i]), GONE, END_OF_SCRIPT};
        struct run run;
        run_with(&run, script, "wait", NULL);
        must(run.code == CODE_BAD_DATA, "%s: %lld", lines[i], (long long)run.code);
        run_free(&run);
    }
}

/* The number after "timeout_ms": in a request. */
static long timeout_of(const struct run *run, unsigned number)
{
    const char *at = strstr(fake_request(run->fake, number), "\"timeout_ms\":");
    assert_non_null(at);
    return strtol(at + 13, NULL, 10);
}

static void it_goes_on_at_the_next_service_with_the_time_that_is_left(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("'settle_ms':100,"),
                                         PAUSE(300),
                                         SAY(STOPPING),
                                         HANG_UP,
                                         CLOSE_DOOR,
                                         PAUSE(500),
                                         OPEN_DOOR,
                                         ACCEPT,
                                         EXPECT("'settle_ms':100,"),
                                         SAY(WAITED("$IDLE")),
                                         GONE,
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "wait", "--settle", "100ms", "--timeout", "20s", NULL);
    must_end_with(&run, CODE_OK);
    must_print(&run, "idle since");
    must_complain(&run, "the service went away");
    long first = timeout_of(&run, 0), second = timeout_of(&run, 1);
    must(first > 15000 && first <= 20000 && second <= first - 700 && second > 5000,
         "%ld ms, then %ld ms", first, second);
    run_free(&run);
}

static void it_goes_on_however_the_connection_was_lost(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("wait"),
        HANG_UP, /* killed */
        ACCEPT,
        HANG_UP, /* and again, before it could be asked */
        ACCEPT,
        EXPECT("wait"),
        RAW("{\"jsonrpc\":"),
        HANG_UP,
        ACCEPT,
        EXPECT("wait"),
        SAY("{$R,'method':'closing','params':{'reason':'limit','limit':'connections'}}"),
        HANG_UP,
        ACCEPT,
        EXPECT("wait"),
        SAY(WAITED("$IDLE")),
        GONE,
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "wait", NULL);
    must_end_with(&run, CODE_OK);
    must_complain(&run, "the service went away"); /* only once */
    run_free(&run);
}

static void the_timeout_holds_while_the_service_is_away(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,        EXPECT("wait"), CLOSE_DOOR,
                                         SAY(STOPPING), HANG_UP,        END_OF_SCRIPT};
    static const struct {
        const char *wanted;
        uint32_t code;
    } cases[] = {{"idle", 21}, {"busy", 1460}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct run run;
        uint64_t begun = sys_now();
        run_with(&run, script, "wait", "--for", cases[i].wanted, "--timeout", "1500ms", NULL);
        must_end_with(&run, cases[i].code);
        must(sys_now() - begun < 8000, "%u ms", (unsigned)(sys_now() - begun));
        must_print(&run, NULL);
        must(strstr(run.err, "the service does not answer after 1.5 s; ") != NULL, "%s", run.err);
        run_free(&run);
    }
}

static void with_no_reconnect_a_stop_is_1062(void **state)
{
    (void)state;
    static const struct step stopped[] = {ACCEPT,  EXPECT("wait"), SAY(STOPPING),
                                          HANG_UP, NO_CLIENT(300), END_OF_SCRIPT};
    static const struct step killed[] = {ACCEPT, EXPECT("wait"), HANG_UP, NO_CLIENT(300),
                                         END_OF_SCRIPT};
    struct run run;
    run_with(&run, stopped, "wait", "--no-reconnect", NULL);
    must_end_with(&run, CODE_NOT_ACTIVE);
    must_complain(&run, "the service went away before it answered: shutting down; try again");
    run_free(&run);
    run_with(&run, killed, "wait", "--no-reconnect", NULL);
    must_end_with(&run, CODE_NOT_ACTIVE);
    must_complain(&run, "the service went away before it answered; try again");
    run_free(&run);
}

static void a_limit_at_the_first_connection_is_1816(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("wait"),
        SAY("{$R,'method':'closing','params':{'reason':'limit','limit':'connections'}}"),
        HANG_UP,
        NO_CLIENT(300),
        END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "wait", NULL);
    must_end_with(&run, CODE_OVER_LIMIT);
    must_complain(&run, "\"connections\"");
    run_free(&run);
}

static void it_waits_for_the_service_to_start(void **state)
{
    (void)state;
    static const struct step script[] = {CLOSE_DOOR, PAUSE(800),     OPEN_DOOR,
                                         ACCEPT,     EXPECT("wait"), SAY(WAITED("$IDLE")),
                                         GONE,       END_OF_SCRIPT};
    char name[SYS_NAME_SIZE];
    struct run run;
    run_with(&run, script, "wait", "--start-timeout", "20s", NULL);
    must_end_with(&run, CODE_OK);
    assert_string_equal(run.err, "");
    run_free(&run);
    sys_name(name);
    uint64_t begun = sys_now();
    run_alone(&run, NULL, "wait", "--pipe", name, "--start-timeout=700ms", NULL);
    must_end_with(&run, CODE_NOT_ACTIVE);
    must_complain(&run, "the service is not running");
    must(sys_now() - begun >= 700, "%u ms", (unsigned)(sys_now() - begun));
    run_free(&run);
}

static void what_would_wait_for_itself_is_1131(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("wait"),
        SAY("{$R,'id':$I,'error':{'code':-32005,'message':'it would wait for itself','data':{'of':"
            "'mutex','pid':4242}}}"),
        GONE, END_OF_SCRIPT};
    struct run run;
    run_with(&run, script, "wait", NULL);
    must_end_with(&run, CODE_DEADLOCK);
    must_complain(&run, "msiwatch was started by the installation that it would wait for;");
    run_free(&run);
}

static void ctrl_c_is_1223_and_says_nothing(void **state)
{
    (void)state;
    static const struct step waiting[] = {ACCEPT, EXPECT("wait"), INTERRUPT, GONE, END_OF_SCRIPT};
    static const struct step away[] = {ACCEPT,     EXPECT("wait"), CLOSE_DOOR,   HANG_UP,
                                       PAUSE(400), INTERRUPT,      END_OF_SCRIPT};
    struct run run;
    if (!sys_can_interrupt) {
        skip();
    }
    run_with(&run, waiting, "wait", NULL);
    must_end_with(&run, CODE_CANCELLED);
    must_print(&run, NULL);
    assert_string_equal(run.err, "");
    run_free(&run);
    run_with(&run, away, "wait", NULL);
    must_end_with(&run, CODE_CANCELLED);
    must_complain(&run, "the service went away");
    run_free(&run);
}

int wait_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_asks_for_what_was_asked_for),
        cmocka_unit_test(json_is_the_protocols_own_result),
        cmocka_unit_test(what_is_at_the_timeout_is_the_exit_code),
        cmocka_unit_test(a_garbled_answer_is_13),
        cmocka_unit_test(it_goes_on_at_the_next_service_with_the_time_that_is_left),
        cmocka_unit_test(it_goes_on_however_the_connection_was_lost),
        cmocka_unit_test(the_timeout_holds_while_the_service_is_away),
        cmocka_unit_test(with_no_reconnect_a_stop_is_1062),
        cmocka_unit_test(a_limit_at_the_first_connection_is_1816),
        cmocka_unit_test(it_waits_for_the_service_to_start),
        cmocka_unit_test(what_would_wait_for_itself_is_1131),
        cmocka_unit_test(ctrl_c_is_1223_and_says_nothing),
    };
    return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
