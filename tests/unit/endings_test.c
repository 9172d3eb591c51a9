/* endings_test.c: how connections end: a stop, the client, the deadline, a broken pipe. */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_stopped(void *arg)
{
    struct house *house = arg;
    house->stopped = true;
}

static void stop(struct room *room)
{
    rpc_server_stop(&room->house.server, on_stopped, &room->house);
    house_settle(&room->house);
}

/* ---- a stop ---- */

static void a_stop_answers_what_is_in_flight_and_then_says_closing(void **state)
{
    struct room *room = *state;
    room->house.slow = true;
    ask(&room->caller, "0", "subscribe", NULL);
    must_hear_result(&room->caller, "0", "'$any'");
    ask(&room->caller, "1", "wait", "['busy']");
    ask(&room->caller, "2", "wait", "['idle',60000,600000]");
    test_clock_add(10);
    ask(&room->caller, "3", "status", NULL); /* waits for its sample */
    say(&room->caller, "[{'jsonrpc':'2.0','id':4,'method':'wait','params':['busy']},"
                       "{'jsonrpc':'2.0','id':5,'method':'cancel','params':[0]},"
                       "{'jsonrpc':'2.0','id':6,'method':'wait','params':['busy']}]");
    must_hear_nothing(&room->caller);
    stop(room);
    must_hear_error(&room->caller, "1", -32002, NULL);
    must_hear_error(&room->caller, "2", -32002, NULL);
    must_hear_error(&room->caller, "3", -32002, NULL);
    must_hear(&room->caller, "[{'jsonrpc':'2.0','id':5,'result':false},"
                             "{'jsonrpc':'2.0','id':4,'error':{'code':-32002,'message':'$text'}},"
                             "{'jsonrpc':'2.0','id':6,'error':{'code':-32002,'message':'$text'}}]");
    must_hear_closing(&room->caller, "shutdown", NULL);
    assert_true(room->house.stopped);
    assert_false(room->house.waited);
    assert_int_equal(room->house.metrics.subscriptions, 0);
}

static void a_stop_without_clients_is_over_at_once(void **state)
{
    struct room *room = *state;
    caller_end(&room->caller, 0);
    assert_int_equal(room->house.server.connections.count, 0);
    stop(room);
    assert_true(room->house.stopped);
}

static void a_stop_tells_everybody(void **state)
{
    enum { CALLERS = 64 };
    struct room *room = *state;
    struct caller *callers = calloc(CALLERS, sizeof *callers);
    assert_non_null(callers);
    for (int i = 0; i < CALLERS; i++) {
        caller_init(&room->house, &callers[i]);
        if (i % 2 == 0) {
            ask(&callers[i], "1", "wait", "['busy']");
        }
    }
    stop(room);
    for (int i = 0; i < CALLERS; i++) {
        if (i % 2 == 0) {
            must_hear_error(&callers[i], "1", -32002, NULL);
        }
        must_hear_closing(&callers[i], "shutdown", NULL);
        caller_release(&callers[i]);
    }
    must_hear_closing(&room->caller, "shutdown", NULL);
    assert_true(room->house.stopped);
    free(callers);
}

static void a_client_that_does_not_read_holds_up_a_stop_for_a_second(void **state)
{
    struct room *room = *state;
    room->caller.hold = true;
    ask(&room->caller, "1", "about", NULL);
    stop(room);
    assert_false(room->caller.closed);
    house_pass(&room->house, 999);
    assert_false(room->caller.closed);
    assert_false(room->house.stopped);
    house_pass(&room->house, 1);
    assert_true(room->caller.released);
    assert_true(room->house.stopped);
    must_hear_nothing(&room->caller);
}

static void what_is_read_within_that_second_is_all_of_it(void **state)
{
    struct room *room = *state;
    room->caller.hold = true;
    ask(&room->caller, "1", "about", NULL);
    ask(&room->caller, "2", "wait", "['busy']");
    stop(room);
    house_pass(&room->house, 900);
    room->caller.hold = false;
    caller_take(&room->caller, 0);
    must_hear_result(&room->caller, "1", "'$any'");
    must_hear_error(&room->caller, "2", -32002, NULL);
    must_hear_closing(&room->caller, "shutdown", NULL);
    assert_true(room->house.stopped);
}

static void what_happened_before_a_stop_is_told_behind_what_is_in_flight(void **state)
{
    struct room *room = *state;
    unsigned last = (unsigned)journal_info(room->house.journal)->last_seq;
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "'$any'");
    room->caller.hold = true;
    house_toggle(&room->house, 3); /* the first is in flight */
    stop(room);
    room->caller.hold = false;
    caller_take(&room->caller, 0);
    for (unsigned i = 1; i <= 3; i++) {
        must_hear_event(&room->caller, 1, last + i);
    }
    must_hear_closing(&room->caller, "shutdown", NULL);
    assert_true(room->house.stopped);
}

/* What it is ended for is the stop, and not that its last words came to a limit. */
static void a_stop_is_told_as_one_whatever_is_queued(void **state)
{
    struct room *room = *state;
    unsigned last = (unsigned)journal_info(room->house.journal)->last_seq;
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "'$any'");
    ask(&room->caller, "2", "wait", "['busy',60000,60000]");
    room->caller.hold = true;
    house_toggle(&room->house, 2);
    room->house.server.config.limits.queued_bytes = 1;
    stop(room);
    room->caller.hold = false;
    caller_take(&room->caller, 0);
    must_hear_event(&room->caller, 1, last + 1);
    must_hear_error(&room->caller, "2", -32002, NULL);
    must_hear_event(&room->caller, 1, last + 2);
    must_hear_closing(&room->caller, "shutdown", NULL);
    assert_int_equal(room->house.metrics.over_limit_total, 0);
    assert_true(room->house.stopped);
}

static void after_closing_nothing_is_read_or_said(void **state)
{
    struct room *room = *state;
    size_t size;
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "'$any'");
    room->caller.hold = true;
    stop(room);
    assert_false(room->caller.reading);
    assert_null(connection_room(&room->caller.connection, &size));
    assert_int_equal(size, 0);
    house_toggle(&room->house, 5);
    connection_end(&room->caller.connection, "limit", "line"); /* once is enough */
    caller_take(&room->caller, 0);
    must_hear_closing(&room->caller, "shutdown", NULL);
}

/* ---- the first request ---- */

static void a_client_has_5_s_for_its_first_request(void **state)
{
    struct room *room = *state;
    house_pass(&room->house, 4999);
    must_hear_nothing(&room->caller);
    assert_false(room->caller.closed);
    house_pass(&room->house, 1);
    must_hear_closing(&room->caller, "limit", "first_request");
    assert_int_equal(room->house.metrics.over_limit_total, 1);
}

static void who_is_ended_for_a_limit_is_counted_once(void **state)
{
    static char endless[8192];
    struct room *room = *state;
    const struct metrics *metrics = &room->house.metrics;
    memset(endless, 'x', sizeof endless);
    caller_send(&room->caller, endless, sizeof endless, sizeof endless);
    must_hear_error(&room->caller, "null", -32000, "{'limit':'line'}");
    must_hear_closing(&room->caller, "limit", "line");
    assert_int_equal(metrics->over_limit_total, 1);
    uint64_t all = 0;
    for (unsigned i = 0; i < METRICS_LIMITS; i++) {
        all += metrics->rejected_total[i];
    }
    assert_int_equal(all, 1);
}

static void blank_lines_and_half_a_line_are_no_request(void **state)
{
    struct room *room = *state;
    static const char data[] = "\n  \r\n{\"jsonrpc\":\"2.0\"";
    caller_send(&room->caller, data, sizeof data - 1, 1);
    house_pass(&room->house, 5000);
    must_hear_closing(&room->caller, "limit", "first_request");
}

static void once_it_asked_it_may_be_silent(void **state)
{
    static const char *const lines[] = {"{'jsonrpc':'2.0','id':1,'method':'about'}", "nonsense",
                                        "{'jsonrpc':'2.0','method':'about'}"};
    struct room *room = *state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct caller caller;
        caller_init(&room->house, &caller);
        house_pass(&room->house, 4999);
        say(&caller, lines[i]);
        house_pass(&room->house, UINT64_C(86400000));
        assert_false(caller.closed);
        assert_int_equal(caller.timer_ms, UINT64_MAX); /* and costs no timer */
        caller_end(&caller, 0);
        caller_release(&caller);
    }
}

/* ---- the client ---- */

static void a_client_that_leaves_is_gone_at_once(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", NULL);
    ask(&room->caller, "2", "wait", "['busy']");
    caller_end(&room->caller, 0);
    assert_true(room->caller.released);
    assert_false(room->house.waited);
    assert_int_equal(room->house.server.connections.count, 0);
    assert_int_equal(room->house.metrics.subscriptions, 0);
    house_toggle(&room->house, 3);
}

static void what_a_client_asked_before_its_last_byte_is_answered(void **state)
{
    struct room *room = *state;
    room->house.slow = true;
    test_clock_add(10);
    ask(&room->caller, "1", "status", NULL);
    ask(&room->caller, "2", "wait", "['busy']"); /* who is to hear that? */
    caller_end(&room->caller, 0);
    assert_false(room->caller.closed);
    assert_false(room->house.waited);
    house_sample(&room->house);
    must_hear_result(&room->caller, "1", STATUS("idle"));
    must_hear_nothing(&room->caller);
    assert_true(room->caller.released);
}

static void a_batch_that_waits_is_answered_without_its_waits(void **state)
{
    struct room *room = *state;
    say(&room->caller, "[{'jsonrpc':'2.0','id':1,'method':'cancel','params':[0]},"
                       "{'jsonrpc':'2.0','id':2,'method':'wait','params':['busy']}]");
    caller_end(&room->caller, 0);
    must_hear(&room->caller, "[{'jsonrpc':'2.0','id':1,'result':false}]");
    must_hear_nothing(&room->caller);
    assert_true(room->caller.released);
}

static void a_client_that_leaves_and_does_not_read_has_what_is_in_flight(void **state)
{
    struct room *room = *state;
    room->caller.hold = true;
    ask(&room->caller, "1", "about", NULL);
    caller_end(&room->caller, 0);
    assert_false(room->caller.closed);
    caller_take(&room->caller, 0);
    must_hear_result(&room->caller, "1", "'$any'");
    assert_true(room->caller.released);
}

/* At every point: with nothing, a half line, requests in flight, a write in flight. */
static void a_broken_connection_is_gone_at_once(void **state)
{
    struct room *room = *state;
    for (int i = 0; i < 6; i++) {
        struct caller caller;
        caller_init(&room->house, &caller);
        caller.hold = i > 2;
        if (i > 0) {
            assert_int_equal(caller_send(&caller, "{\"json", 6, 2), 6);
        }
        if (i > 1) {
            assert_int_equal(caller_send(&caller, "\n", 1, 1), 1);
            ask(&caller, "1", "wait", "['busy']");
            ask(&caller, "2", "subscribe", NULL);
        }
        if (i == 4) {
            caller_take(&caller, UV_EPIPE); /* it is the write that says it */
        } else if (i == 5) {
            caller.refuse = UV_EPIPE; /* or the next one is not even taken */
            caller_take(&caller, 0);
        } else {
            caller_end(&caller, UV_ECONNRESET);
        }
        assert_true(caller.released);
        assert_false(room->house.waited);
        caller_release(&caller);
    }
    assert_int_equal(room->house.server.connections.count, 1);
    assert_int_equal(room->house.metrics.subscriptions, 0);
}

static void one_that_breaks_while_events_are_sent_leaves_the_others_alone(void **state)
{
    struct room *room = *state;
    struct caller others[3];
    for (int i = 0; i < 3; i++) {
        caller_init(&room->house, &others[i]);
        ask(&others[i], "1", "subscribe", NULL);
        must_hear_result(&others[i], "1", "'$any'");
        others[i].refuse = i == 1 ? UV_EPIPE : 0;
    }
    house_toggle(&room->house, 1);
    must_hear_event(&others[0], 1, 2);
    must_hear_event(&others[2], 1, 2);
    assert_true(others[1].released);
    for (int i = 0; i < 3; i++) {
        caller_end(&others[i], 0);
        caller_release(&others[i]);
    }
}

int endings_tests(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(a_stop_answers_what_is_in_flight_and_then_says_closing),
        IN_ROOM(a_stop_without_clients_is_over_at_once),
        IN_ROOM(a_stop_tells_everybody),
        IN_ROOM(a_client_that_does_not_read_holds_up_a_stop_for_a_second),
        IN_ROOM(what_is_read_within_that_second_is_all_of_it),
        IN_ROOM(what_happened_before_a_stop_is_told_behind_what_is_in_flight),
        IN_ROOM(a_stop_is_told_as_one_whatever_is_queued),
        IN_ROOM(after_closing_nothing_is_read_or_said),
        IN_ROOM(a_client_has_5_s_for_its_first_request),
        IN_ROOM(who_is_ended_for_a_limit_is_counted_once),
        IN_ROOM(blank_lines_and_half_a_line_are_no_request),
        IN_ROOM(once_it_asked_it_may_be_silent),
        IN_ROOM(a_client_that_leaves_is_gone_at_once),
        IN_ROOM(what_a_client_asked_before_its_last_byte_is_answered),
        IN_ROOM(a_batch_that_waits_is_answered_without_its_waits),
        IN_ROOM(a_client_that_leaves_and_does_not_read_has_what_is_in_flight),
        IN_ROOM(a_broken_connection_is_gone_at_once),
        IN_ROOM(one_that_breaks_while_events_are_sent_leaves_the_others_alone),
    };
    return cmocka_run_group_tests_name("endings", tests, NULL, NULL);
}
