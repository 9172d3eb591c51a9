/* waiting_test.c: wait and cancel. The test controls the clock and when samples are taken. */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must_be_answered(struct test_client *client, const char *id, const char *state,
                             unsigned waited)
{
    char pattern[128];
    snprintf(pattern, sizeof pattern, "{'status':{'state':'%s','...':0},'waited_ms':%u}", state,
             waited);
    must_hear_result(client, id, pattern);
}

/* Time passes, with a sample each `interval`. */
static void pass(struct server_fixture *fixture, unsigned ms, unsigned interval)
{
    for (unsigned i = 0; i < ms; i += interval) {
        server_pass(&fixture->server, interval);
        server_sample(&fixture->server);
    }
}

static void what_is_so_already_is_answered_at_once(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "wait", NULL);
    must_be_answered(&fixture->client, "1", "idle", 0);
    ask(&fixture->client, "2", "wait", "['idle']");
    must_be_answered(&fixture->client, "2", "idle", 0);
    server_set_mutex(&fixture->server, MUTEX_HELD);
    ask(&fixture->client, "3", "wait", "{'for':'busy'}");
    must_be_answered(&fixture->client, "3", "busy", 0);
    assert_int_equal(fixture->server.looks, 0); /* the sample was fresh */
}

static void an_old_sample_is_not_believed(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    test_clock_add(API_WAIT_FRESH_MS + 1);
    ask(&fixture->client, "1", "wait", NULL);
    must_hear_nothing(&fixture->client);
    assert_true(fixture->server.look_wanted);
    test_clock_add(20);
    server_sample_begun(&fixture->server, 21 + API_WAIT_FRESH_MS); /* nor one that was under way */
    must_hear_nothing(&fixture->client);
    fixture->server.machine.mutex.state = MUTEX_HELD; /* it is no longer idle */
    server_sample(&fixture->server);
    must_hear_nothing(&fixture->client);
    test_clock_add(30);
    server_set_mutex(&fixture->server, MUTEX_FREE);
    must_be_answered(&fixture->client, "1", "idle", 50);
}

static void it_is_answered_when_the_state_comes(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "wait", "['busy']");
    ask(&fixture->client, "2", "wait", "['busy']");
    pass(fixture, 5000, 20);
    must_hear_nothing(&fixture->client);
    server_set_mutex(&fixture->server, MUTEX_HELD);
    must_be_answered(&fixture->client, "1", "busy", 5000);
    must_be_answered(&fixture->client, "2", "busy", 5000);
}

static void unknown_is_neither_idle_nor_busy(void **state)
{
    struct server_fixture *fixture = *state;
    server_set_mutex(&fixture->server, MUTEX_DENIED);
    ask(&fixture->client, "1", "wait", "['idle']");
    ask(&fixture->client, "2", "wait", "['busy']");
    pass(fixture, 1000, 20);
    must_hear_nothing(&fixture->client);
    server_set_mutex(&fixture->server, MUTEX_FREE);
    must_be_answered(&fixture->client, "1", "idle", 1000);
    must_hear_nothing(&fixture->client);
}

/* ---- settling ---- */

static void the_state_must_have_lasted_so_long(void **state)
{
    struct server_fixture *fixture = *state;
    server_set_mutex(&fixture->server, MUTEX_HELD);
    ask(&fixture->client, "1", "wait", "{'for':'idle','settle_ms':500}");
    pass(fixture, 100, 20);
    server_set_mutex(&fixture->server, MUTEX_FREE);
    pass(fixture, 480, 20);
    must_hear_nothing(&fixture->client);
    pass(fixture, 20, 20);
    must_be_answered(&fixture->client, "1", "idle", 600);
}

static void time_that_passed_already_counts(void **state)
{
    struct server_fixture *fixture = *state;
    pass(fixture, 300, 20);
    ask(&fixture->client, "1", "wait", "['idle',500]");
    pass(fixture, 180, 20);
    must_hear_nothing(&fixture->client);
    pass(fixture, 20, 20);
    must_be_answered(&fixture->client, "1", "idle", 200);
    ask(&fixture->client, "2", "wait", "['idle',500]");
    must_be_answered(&fixture->client, "2", "idle", 0);
}

static void a_break_begins_the_settling_again(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "wait", "['idle',500]");
    for (int i = 0; i < 3; i++) {
        pass(fixture, 480, 20);
        server_set_mutex(&fixture->server, i == 1 ? MUTEX_DENIED : MUTEX_HELD);
        server_set_mutex(&fixture->server, MUTEX_FREE);
    }
    pass(fixture, 480, 20);
    must_hear_nothing(&fixture->client);
    pass(fixture, 20, 20);
    must_be_answered(&fixture->client, "1", "idle", 3 * 480 + 500);
}

static void another_owner_is_a_break_of_busy(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.machine.mutex.owner_known = true;
    fixture->server.machine.mutex.owner_tid = 1;
    server_set_mutex(&fixture->server, MUTEX_HELD);
    ask(&fixture->client, "1", "wait", "['busy',100]");
    pass(fixture, 80, 20);
    fixture->server.machine.mutex.owner_tid = 2;
    server_sample(&fixture->server);
    pass(fixture, 80, 20);
    must_hear_nothing(&fixture->client);
    pass(fixture, 20, 20);
    must_be_answered(&fixture->client, "1", "busy", 180);
}

/* A sample's reading counts, not the clock: between two samples it may have been busy. */
static void settling_is_confirmed_by_a_sample(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    ask(&fixture->client, "1", "wait", "['idle',500]");
    server_pass(&fixture->server, 10000); /* no samples */
    must_hear_nothing(&fixture->client);
    assert_true(fixture->server.look_wanted); /* one was requested when it should have settled */
    server_sample(&fixture->server);
    must_be_answered(&fixture->client, "1", "idle", 10000);
}

static void a_wait_that_settles_asks_for_a_sample_when_it_should_have(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "wait", "['idle',500]");
    server_pass(&fixture->server, 499); /* samples are taken only when requested */
    must_hear_nothing(&fixture->client);
    assert_int_equal(fixture->server.looks, 0);
    server_pass(&fixture->server, 1);
    must_be_answered(&fixture->client, "1", "idle", 500);
    assert_int_equal(fixture->server.looks, 1);
}

/* ---- timeouts ---- */

static void at_its_timeout_it_gets_the_status(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "wait", "{'for':'busy','timeout_ms':1000}");
    pass(fixture, 999, 27);
    must_hear_nothing(&fixture->client);
    server_pass(&fixture->server, 1);
    must_hear_error(&fixture->client, "1", -32001, STATUS("idle"));
    assert_int_equal(fixture->client.connection.request_count, 0);
    assert_false(fixture->server.waited);
    server_set_mutex(&fixture->server, MUTEX_HELD);
    must_hear_nothing(&fixture->client);
}

static void without_a_timeout_it_waits_for_ever(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "wait", "['busy',0,null]");
    server_pass(&fixture->server, UINT64_C(1000) * 86400 * 400);
    must_hear_nothing(&fixture->client);
    server_set_mutex(&fixture->server, MUTEX_HELD);
    must_hear_result(&fixture->client, "1", "'$any'");
}

static void a_timeout_before_the_state_has_settled_counts(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "wait", "['idle',1000,900]");
    pass(fixture, 899, 29);
    must_hear_nothing(&fixture->client);
    server_pass(&fixture->server, 1);
    must_hear_error(&fixture->client, "1", -32001, STATUS("idle"));
}

static void settling_and_timeout_at_the_same_moment_are_an_answer(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "wait", "['idle',1000,1001]");
    pass(fixture, 1000, 20);
    must_be_answered(&fixture->client, "1", "idle", 1000);
}

/* "Is it idle now?" is answered from a sample that was taken for it, as for `status`. */
static void a_timeout_of_0_asks_about_now(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    ask(&fixture->client, "1", "wait", "['idle',0,0]"); /* the sample is fresh */
    must_be_answered(&fixture->client, "1", "idle", 0);
    for (int held = 0; held < 2; held++) {
        test_clock_add(500); /* now it is too old */
        ask(&fixture->client, "2", "wait", "['idle',0,0]");
        server_pass(&fixture->server, 3);
        must_hear_nothing(&fixture->client);
        assert_true(fixture->server.look_wanted);
        server_set_mutex(&fixture->server, held ? MUTEX_HELD : MUTEX_FREE);
        server_pass(&fixture->server, 0);
        if (held) {
            must_hear_error(&fixture->client, "2", -32001, STATUS("busy"));
        } else {
            must_be_answered(&fixture->client, "2", "idle", 3);
        }
    }
    must_hear_nothing(&fixture->client);
    assert_int_equal(fixture->client.connection.request_count, 0);
}

static void a_short_timeout_does_not_wait_long_for_sensors_that_do_not_answer(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    for (int timeout = 0; timeout < 2; timeout++) {
        test_clock_add(500);
        ask(&fixture->client, "1", "wait", timeout == 0 ? "['idle',0,0]" : "['idle',0,20]");
        server_pass(&fixture->server, API_SAMPLE_WAIT_MS - 1);
        must_hear_nothing(&fixture->client);
        server_pass(&fixture->server, 1);
        must_hear_error(&fixture->client, "1", -32001, STATUS("idle"));
    }
}

static void many_waits_end_each_at_its_own_time(void **state)
{
    struct server_fixture *fixture = *state;
    for (unsigned i = 0; i < 60; i++) {
        char id[16], params[64];
        unsigned place = i * 37 % 60; /* in no order */
        snprintf(id, sizeof id, "%u", place);
        snprintf(params, sizeof params, "['busy',0,%u]", 100 + place);
        ask(&fixture->client, id, "wait", params);
    }
    server_pass(&fixture->server, 99);
    must_hear_nothing(&fixture->client);
    for (unsigned i = 0; i < 60; i++) {
        char id[16];
        server_pass(&fixture->server, 1);
        snprintf(id, sizeof id, "%u", i);
        must_hear_error(&fixture->client, id, -32001, STATUS("idle"));
        must_hear_nothing(&fixture->client);
    }
}

static void params_that_do_not_fit_are_named(void **state)
{
    static const struct {
        const char *params, *wrong;
    } rows[] = {
        {"['unknown']", "for"},
        {"['Idle']", "for"},
        {"[1]", "for"},
        {"{'for':''}", "for"},
        {"['idle',-1]", "settle_ms"},
        {"['idle',0.5]", "settle_ms"},
        {"['idle','5s']", "settle_ms"},
        {"['idle',31622400001]", "settle_ms"},
        {"['idle',0,-1]", "timeout_ms"},
        {"{'timeout_ms':'never'}", "timeout_ms"},
        {"{'timeout_ms':18446744073709551615}", "timeout_ms"},
    };
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char data[128];
        snprintf(data, sizeof data, "{'param':'%s','takes':'$text'}", rows[i].wrong);
        ask(&fixture->client, "1", "wait", rows[i].params);
        must_hear_error(&fixture->client, "1", -32602, data);
    }
    assert_false(fixture->server.waited);
    ask(&fixture->client, "2", "wait", "['busy',31622400000,31622400000]"); /* the longest */
    must_hear_nothing(&fixture->client);
}

/* ---- whether somebody waits ---- */

static void the_sampler_knows_whether_somebody_waits(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client other;
    client_init(&fixture->server, &other);
    ask(&fixture->client, "1", "wait", "['busy']");
    assert_true(fixture->server.waited);
    ask(&other, "1", "wait", "['busy']");
    ask(&fixture->client, "2", "cancel", "[1]");
    assert_true(fixture->server.waited);
    client_end(&other, 0); /* nobody is left to wait */
    assert_false(fixture->server.waited);
    client_release(&other);
}

static void one_wait_that_is_over_does_not_end_the_hurry_for_the_others(void **state)
{
    struct server_fixture *fixture = *state;
    for (int i = 0; i < 2; i++) { /* whoever came first */
        ask(&fixture->client, "1", "wait", i == 0 ? "['busy']" : "['idle',100000]");
        ask(&fixture->client, "2", "wait", i == 0 ? "['idle',100000]" : "['busy']");
        server_set_mutex(&fixture->server, MUTEX_HELD);
        must_hear_result(&fixture->client, i == 0 ? "1" : "2", "'$any'");
        must_hear_nothing(&fixture->client);
        assert_true(fixture->server.waited);
        ask(&fixture->client, "3", "cancel", i == 0 ? "[2]" : "[1]");
        must_hear_error(&fixture->client, i == 0 ? "2" : "1", -32004, NULL);
        must_hear_result(&fixture->client, "3", "true");
        assert_false(fixture->server.waited);
        server_set_mutex(&fixture->server, MUTEX_FREE);
    }
}

/* ---- cancel ---- */

static void cancel_ends_the_request_with_that_very_id(void **state)
{
    static const char *const ids[] = {
        "1", "'1'", "1.0", "null", "'a\\u0000b'", "123456789012345678901", "'\\\"'"};
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        ask(&fixture->client, ids[i], "wait", "['busy']");
    }
    for (size_t i = 0; i < COUNT(ids); i++) {
        char params[64];
        snprintf(params, sizeof params, i % 2 == 0 ? "[%s]" : "{'id':%s}", ids[i]);
        ask(&fixture->client, "'c'", "cancel", params);
        must_hear_error(&fixture->client, ids[i], -32004, NULL);
        must_hear_result(&fixture->client, "'c'", "true");
        ask(&fixture->client, "'d'", "cancel", params);
        must_hear_result(&fixture->client, "'d'", "false");
    }
    assert_int_equal(fixture->client.connection.request_count, 0);
}

static void cancel_ends_a_status_that_waits_for_its_sample(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    test_clock_add(100);
    ask(&fixture->client, "1", "status", NULL);
    ask(&fixture->client, "2", "cancel", "[1]");
    must_hear_error(&fixture->client, "1", -32004, NULL);
    must_hear_result(&fixture->client, "2", "true");
    server_sample(&fixture->server);
    must_hear_nothing(&fixture->client);
}

static void cancel_does_not_end_itself_nor_what_is_not_there(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client other;
    ask(&fixture->client, "7", "cancel", "[7]");
    must_hear_result(&fixture->client, "7", "false");
    client_init(&fixture->server, &other);
    ask(&other, "8", "wait", "['busy']");
    ask(&fixture->client, "1", "cancel", "[8]"); /* of another connection */
    must_hear_result(&fixture->client, "1", "false");
    must_hear_nothing(&other);
    client_end(&other, 0);
    client_release(&other);
}

static void cancel_as_a_notification_cancels_without_a_reply(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "wait", "['busy']");
    ask(&fixture->client, NULL, "cancel", "[1]");
    must_hear_error(&fixture->client, "1", -32004, NULL);
    must_hear_nothing(&fixture->client);
}

static void cancel_takes_an_id(void **state)
{
    static const char *const params[] = {NULL, "[]", "{}", "[true]", "[[1]]", "{'id':{}}"};
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(params); i++) {
        ask(&fixture->client, "1", "cancel", params[i]);
        must_hear_error(&fixture->client, "1", -32602, "{'param':'id','takes':'$text'}");
    }
}

int waiting_tests(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(what_is_so_already_is_answered_at_once),
        WITH_SERVER(an_old_sample_is_not_believed),
        WITH_SERVER(it_is_answered_when_the_state_comes),
        WITH_SERVER(unknown_is_neither_idle_nor_busy),
        WITH_SERVER(the_state_must_have_lasted_so_long),
        WITH_SERVER(time_that_passed_already_counts),
        WITH_SERVER(a_break_begins_the_settling_again),
        WITH_SERVER(another_owner_is_a_break_of_busy),
        WITH_SERVER(settling_is_confirmed_by_a_sample),
        WITH_SERVER(a_wait_that_settles_asks_for_a_sample_when_it_should_have),
        WITH_SERVER(at_its_timeout_it_gets_the_status),
        WITH_SERVER(without_a_timeout_it_waits_for_ever),
        WITH_SERVER(a_timeout_before_the_state_has_settled_counts),
        WITH_SERVER(settling_and_timeout_at_the_same_moment_are_an_answer),
        WITH_SERVER(a_timeout_of_0_asks_about_now),
        WITH_SERVER(a_short_timeout_does_not_wait_long_for_sensors_that_do_not_answer),
        WITH_SERVER(many_waits_end_each_at_its_own_time),
        WITH_SERVER(params_that_do_not_fit_are_named),
        WITH_SERVER(the_sampler_knows_whether_somebody_waits),
        WITH_SERVER(one_wait_that_is_over_does_not_end_the_hurry_for_the_others),
        WITH_SERVER(cancel_ends_the_request_with_that_very_id),
        WITH_SERVER(cancel_ends_a_status_that_waits_for_its_sample),
        WITH_SERVER(cancel_does_not_end_itself_nor_what_is_not_there),
        WITH_SERVER(cancel_as_a_notification_cancels_without_a_reply),
        WITH_SERVER(cancel_takes_an_id),
    };
    return cmocka_run_group_tests_name("waiting", tests, NULL, NULL);
}
