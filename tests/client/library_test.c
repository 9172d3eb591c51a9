/* library_test.c: the library with a service that follows a script: answers, lost connections,
 * timeouts. */
#include "client_test.h"
#include "peer.h"

#include "lib/codes.h"

#include <string.h>

#define SOON_MS 5000u

static uint32_t ask(struct peer *peer)
{
    struct msiwatch_status status = {.size = sizeof status};
    return msiwatch_get_status(peer->handle, SOON_MS, &status);
}

static void an_answer_is_had_as_a_struct_and_as_its_text(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("{'jsonrpc':'2.0','id':1,'method':'status'}"),
        SAY("{$R,'id':$I,'result':$BUSY}"),
        EXPECT("{'jsonrpc':'2.0','id':2,'method':'about'}"),
        SAY("{$R,'id':$I,'result':{'name':'msiwatch','version':'1.2.3','protocol':1,'pid':7,"
            "'started_at':'2026-11-22T10:41:07Z','journal':{'id':'$J','durable':true,"
            "'first_seq':3,'last_seq':9},'new':{}}}"),
        GONE,
        END_OF_SCRIPT};
    struct peer peer;
    struct msiwatch_status status = {.size = sizeof status};
    struct msiwatch_about about = {.size = sizeof about};
    peer_connect(&peer, script);
    assert_int_equal(msiwatch_get_status(peer.handle, SOON_MS, &status), CODE_OK);
    assert_int_equal(status.state, MSIWATCH_BUSY);
    assert_int_equal(status.reasons, MSIWATCH_REASON_MUTEX);
    assert_int_equal(status.mutex, MSIWATCH_MUTEX_HELD);
    assert_true(status.since_ms == INT64_C(1795344067000) && status.seq == 5);
    assert_non_null(strstr(msiwatch_get_json(peer.handle), "{\"state\":\"busy\","));
    assert_int_equal(msiwatch_get_about(peer.handle, SOON_MS, &about), CODE_OK);
    assert_string_equal(about.version, "1.2.3");
    assert_string_equal(about.journal, JOURNAL_J);
    assert_true(about.protocol == 1 && about.pid == 7 && about.durable == 1 &&
                about.first_seq == 3 && about.last_seq == 9);
    assert_non_null(strstr(msiwatch_get_json(peer.handle), "\"new\":{}"));
    peer_end(&peer);
}

static void any_method_can_be_called(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT,
                                         EXPECT("'method':'history','params':{'limit':1}}"),
                                         SAY("{$R,'id':$I,'result':[1, 2,{'a':null}]}"),
                                         EXPECT("'method':'nonsense','params':[1]}"),
                                         SAY("{$R,'id':$I,'error':{'code':-32601,'message':'no'}}"),
                                         GONE,
                                         END_OF_SCRIPT};
    struct peer peer;
    const char *result;
    peer_connect(&peer, script);
    assert_int_equal(msiwatch_call(peer.handle, "history", "{\"limit\":1}", SOON_MS, &result),
                     CODE_OK);
    assert_string_equal(result, "[1,2,{\"a\":null}]");
    assert_int_equal(msiwatch_call(peer.handle, "nonsense", "[1]", SOON_MS, &result),
                     CODE_NOT_SUPPORTED);
    assert_string_equal(result, "");
    assert_string_equal(msiwatch_get_json(peer.handle), "{\"code\":-32601,\"message\":\"no\"}");
    assert_int_equal(peer_error(&peer).code, -32601);
    assert_string_equal(peer_error(&peer).message, "no");
    peer_end(&peer);
}

static void a_lost_connection_is_reported_once_and_made_again(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("status"), HANG_UP,
        ACCEPT, EXPECT("status"), SAY("{$R,'id':$I,'result':$IDLE}"),
        GONE,   END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    assert_int_equal(ask(&peer), CODE_LOST);
    assert_int_equal(ask(&peer), CODE_NOT_CONNECTED);
    assert_int_equal(msiwatch_reconnect(peer.handle, SOON_MS), CODE_OK);
    assert_int_equal(ask(&peer), CODE_OK);
    peer_end(&peer);
}

static void a_service_that_stops_is_a_lost_connection(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("wait"),
        SAY("{$R,'id':$I,'error':{'code':-32002,'message':'shutting down'}}\n"
            "{$R,'method':'closing','params':{'reason':'shutdown'}}"),
        HANG_UP, END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    assert_int_equal(msiwatch_wait(peer.handle, MSIWATCH_IDLE, 0, MSIWATCH_FOREVER, NULL, NULL),
                     CODE_LOST);
    assert_string_equal(peer_error(&peer).message, "shutting down");
    assert_int_equal(ask(&peer), CODE_NOT_CONNECTED);
    peer_end(&peer);
}

static void a_limit_is_named_wherever_it_comes(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        SAY("{$R,'method':'closing','params':{'reason':'limit','limit':'connections_user'}}"),
        HANG_UP,
        ACCEPT,
        EXPECT("status"),
        SAY("{$R,'id':null,'error':{'code':-32000,'message':'x','data':{'limit':'line'}}}"),
        GONE,
        END_OF_SCRIPT};
    struct peer peer;
    peer_connect(&peer, script);
    assert_int_equal(ask(&peer), CODE_OVER_LIMIT);
    assert_string_equal(peer_error(&peer).limit, "connections_user");
    assert_int_equal(msiwatch_reconnect(peer.handle, SOON_MS), CODE_OK);
    assert_int_equal(ask(&peer), CODE_OVER_LIMIT);
    assert_string_equal(peer_error(&peer).limit, "line");
    peer_end(&peer);
}

static void no_service_and_no_place_are_told_apart(void **state)
{
    (void)state;
    char name[SYS_NAME_SIZE];
    struct msiwatch *handles[16] = {0};
    struct msiwatch_options options = {.size = sizeof options, .pipe = name, .timeout_ms = 150};
    sys_name(name);
    uint64_t begun = sys_now();
    assert_int_equal(msiwatch_open(&options, &handles[0]), CODE_NOT_ACTIVE);
    assert_null(handles[0]);
    must(sys_now() - begun < 140, "waited for a service that is not there");
    struct sys_door *door = sys_listen(name, 1);
    uint32_t code = CODE_OK;
    for (size_t i = 0; i < COUNT(handles) && code == CODE_OK; i++) {
        begun = sys_now();
        code = msiwatch_open(&options, &handles[i]);
    }
    assert_int_equal(code, CODE_PIPE_BUSY);
    must(sys_now() - begun >= 130, "did not wait for a place");
    for (size_t i = 0; i < COUNT(handles); i++) {
        msiwatch_close(handles[i]);
    }
    sys_unlisten(door);
}

/* ---- time ---- */

static void a_silent_service_costs_no_more_than_the_timeout(void **state)
{
    (void)state;
    static const struct step script[] = {ACCEPT, GONE, END_OF_SCRIPT};
    static const uint64_t timeouts[] = {0, 1, 100};
    struct peer peer;
    peer_connect(&peer, script);
    for (size_t i = 0; i < COUNT(timeouts); i++) {
        struct msiwatch_status status = {.size = sizeof status};
        uint64_t begun = sys_now();
        assert_int_equal(msiwatch_get_status(peer.handle, timeouts[i], &status), CODE_TIMEOUT);
        uint64_t took = sys_now() - begun;
        must(took + 20 >= timeouts[i] && took < timeouts[i] + 1000, "%u ms", (unsigned)took);
    }
    peer_end(&peer);
}

static void a_service_that_never_stops_talking_costs_no_more_either(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT, EXPECT("status"), FLOOD("{$R,'method':'news','params':{'a':[1,2,3]}}", 100000000),
        GONE, END_OF_SCRIPT};
    static const struct step blank[] = {ACCEPT, EXPECT("status"), FLOOD("", 100000000), GONE,
                                        END_OF_SCRIPT};
    static const struct step *const scripts[] = {script, blank};
    for (size_t i = 0; i < COUNT(scripts); i++) {
        struct peer peer;
        struct msiwatch_status status = {.size = sizeof status};
        peer_connect(&peer, scripts[i]);
        uint64_t begun = sys_now();
        assert_int_equal(msiwatch_get_status(peer.handle, 300, &status), CODE_TIMEOUT);
        must(sys_now() - begun < 3000, "%u ms", (unsigned)(sys_now() - begun));
        peer_end(&peer);
    }
}

static void an_answer_that_comes_too_late_is_not_taken_for_another(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'id':1,'method':'status'"),
        EXPECT("'id':2,'method':'status'"),
        SAY("{$R,'id':1,'result':$IDLE}\n{$R,'id':2,'result':$BUSY}"),
        GONE,
        END_OF_SCRIPT};
    struct peer peer;
    struct msiwatch_status status = {.size = sizeof status};
    peer_connect(&peer, script);
    assert_int_equal(msiwatch_get_status(peer.handle, 1, &status), CODE_TIMEOUT);
    assert_int_equal(msiwatch_get_status(peer.handle, SOON_MS, &status), CODE_OK);
    assert_int_equal(status.state, MSIWATCH_BUSY);
    peer_end(&peer);
}

static void a_wait_that_times_out_says_what_is(void **state)
{
    (void)state;
    static const struct step script[] = {
        ACCEPT,
        EXPECT("'params':{'for':'idle','settle_ms':20,'timeout_ms':30}"),
        SAY("{$R,'id':$I,'error':{'code':-32001,'message':'timed out','data':$BUSY}}"),
        EXPECT("'params':{'for':'busy','settle_ms':0}"), /* forever */
        SAY("{$R,'id':$I,'result':{'status':$BUSY,'waited_ms':1234}}"),
        EXPECT("'params':{'for':'busy','settle_ms':0}"), /* longer than the service accepts */
        SAY("{$R,'id':$I,'result':{'status':$BUSY,'waited_ms':0}}"),
        GONE,
        END_OF_SCRIPT};
    struct peer peer;
    uint64_t waited_ms = 77;
    struct msiwatch_status status = {.size = sizeof status};
    peer_connect(&peer, script);
    assert_int_equal(msiwatch_wait(peer.handle, MSIWATCH_IDLE, 20, 30, &status, &waited_ms),
                     CODE_TIMEOUT);
    assert_int_equal(status.state, MSIWATCH_BUSY);
    assert_true(status.sampled_at_ms != 0 && waited_ms == 77);
    assert_int_equal(
        msiwatch_wait(peer.handle, MSIWATCH_BUSY, 0, MSIWATCH_FOREVER, NULL, &waited_ms), CODE_OK);
    assert_int_equal(waited_ms, 1234);
    assert_int_equal(msiwatch_wait(peer.handle, MSIWATCH_BUSY, 0, UINT64_C(1) << 50, NULL, NULL),
                     CODE_OK);
    peer_end(&peer);
}

int library_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_had_as_a_struct_and_as_its_text),
        cmocka_unit_test(any_method_can_be_called),
        cmocka_unit_test(a_lost_connection_is_reported_once_and_made_again),
        cmocka_unit_test(a_service_that_stops_is_a_lost_connection),
        cmocka_unit_test(a_limit_is_named_wherever_it_comes),
        cmocka_unit_test(no_service_and_no_place_are_told_apart),
        cmocka_unit_test(a_silent_service_costs_no_more_than_the_timeout),
        cmocka_unit_test(a_service_that_never_stops_talking_costs_no_more_either),
        cmocka_unit_test(an_answer_that_comes_too_late_is_not_taken_for_another),
        cmocka_unit_test(a_wait_that_times_out_says_what_is),
    };
    return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
