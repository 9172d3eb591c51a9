/* endings_test.c: how connections end: a stop, the client, the deadline, a broken pipe. */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_stopped(void *arg)
{
    struct test_server *server = arg;
    server->stopped = true;
}

static void stop_server(struct server_fixture *fixture)
{
    rpc_server_stop(&fixture->server.rpc, on_stopped, &fixture->server);
    server_settle(&fixture->server);
}

/* ---- a stop ---- */

static void a_stop_answers_what_is_in_flight_and_then_says_closing(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    ask(&fixture->client, "0", "subscribe", NULL);
    must_hear_result(&fixture->client, "0", "'$any'");
    ask(&fixture->client, "1", "wait", "['busy']");
    ask(&fixture->client, "2", "wait", "['idle',60000,600000]");
    test_clock_add(API_FRESH_MS + 1);
    ask(&fixture->client, "3", "status", NULL); /* waits for its sample */
    say(&fixture->client, "[{'jsonrpc':'2.0','id':4,'method':'wait','params':['busy']},"
                          "{'jsonrpc':'2.0','id':5,'method':'cancel','params':[0]},"
                          "{'jsonrpc':'2.0','id':6,'method':'wait','params':['busy']}]");
    must_hear_nothing(&fixture->client);
    stop_server(fixture);
    must_hear_error(&fixture->client, "1", -32002, NULL);
    must_hear_error(&fixture->client, "2", -32002, NULL);
    must_hear_error(&fixture->client, "3", -32002, NULL);
    must_hear(&fixture->client,
              "[{'jsonrpc':'2.0','id':5,'result':false},"
              "{'jsonrpc':'2.0','id':4,'error':{'code':-32002,'message':'$text'}},"
              "{'jsonrpc':'2.0','id':6,'error':{'code':-32002,'message':'$text'}}]");
    must_hear_closing(&fixture->client, "shutdown", NULL);
    assert_true(fixture->server.stopped);
    assert_false(fixture->server.waited);
    assert_int_equal(fixture->server.metrics.subscriptions, 0);
}

static void a_stop_without_clients_is_over_at_once(void **state)
{
    struct server_fixture *fixture = *state;
    client_end(&fixture->client, 0);
    assert_int_equal(fixture->server.rpc.connections.count, 0);
    stop_server(fixture);
    assert_true(fixture->server.stopped);
}

static void a_stop_tells_everybody(void **state)
{
    enum { CALLERS = 64 };
    struct server_fixture *fixture = *state;
    struct test_client *clients = calloc(CALLERS, sizeof *clients);
    assert_non_null(clients);
    for (int i = 0; i < CALLERS; i++) {
        client_init(&fixture->server, &clients[i]);
        if (i % 2 == 0) {
            ask(&clients[i], "1", "wait", "['busy']");
        }
    }
    stop_server(fixture);
    for (int i = 0; i < CALLERS; i++) {
        if (i % 2 == 0) {
            must_hear_error(&clients[i], "1", -32002, NULL);
        }
        must_hear_closing(&clients[i], "shutdown", NULL);
        client_release(&clients[i]);
    }
    must_hear_closing(&fixture->client, "shutdown", NULL);
    assert_true(fixture->server.stopped);
    free(clients);
}

static void a_client_that_does_not_read_holds_up_a_stop_for_a_second(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->client.hold = true;
    ask(&fixture->client, "1", "about", NULL);
    stop_server(fixture);
    assert_false(fixture->client.closed);
    server_pass(&fixture->server, 999);
    assert_false(fixture->client.closed);
    assert_false(fixture->server.stopped);
    server_pass(&fixture->server, 1);
    assert_true(fixture->client.released);
    assert_true(fixture->server.stopped);
    must_hear_nothing(&fixture->client);
}

static void what_is_read_within_that_second_is_all_of_it(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->client.hold = true;
    ask(&fixture->client, "1", "about", NULL);
    ask(&fixture->client, "2", "wait", "['busy']");
    stop_server(fixture);
    server_pass(&fixture->server, 900);
    fixture->client.hold = false;
    client_take(&fixture->client, 0);
    must_hear_result(&fixture->client, "1", "'$any'");
    must_hear_error(&fixture->client, "2", -32002, NULL);
    must_hear_closing(&fixture->client, "shutdown", NULL);
    assert_true(fixture->server.stopped);
}

static void what_happened_before_a_stop_is_sent_after_what_is_in_flight(void **state)
{
    struct server_fixture *fixture = *state;
    unsigned last = (unsigned)journal_info(fixture->server.journal)->last_seq;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "'$any'");
    fixture->client.hold = true;
    server_toggle(&fixture->server, 3); /* the first one is in flight */
    stop_server(fixture);
    fixture->client.hold = false;
    client_take(&fixture->client, 0);
    for (unsigned i = 1; i <= 3; i++) {
        must_hear_event(&fixture->client, 1, last + i);
    }
    must_hear_closing(&fixture->client, "shutdown", NULL);
    assert_true(fixture->server.stopped);
}

/* The reason is the stop, even if the last output exceeds a limit. */
static void a_stop_is_announced_as_one_whatever_is_queued(void **state)
{
    struct server_fixture *fixture = *state;
    unsigned last = (unsigned)journal_info(fixture->server.journal)->last_seq;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "'$any'");
    ask(&fixture->client, "2", "wait", "['busy',60000,60000]");
    fixture->client.hold = true;
    server_toggle(&fixture->server, 2);
    fixture->server.rpc.config.limits.queued_bytes = 1;
    stop_server(fixture);
    fixture->client.hold = false;
    client_take(&fixture->client, 0);
    must_hear_event(&fixture->client, 1, last + 1);
    must_hear_error(&fixture->client, "2", -32002, NULL);
    must_hear_event(&fixture->client, 1, last + 2);
    must_hear_closing(&fixture->client, "shutdown", NULL);
    assert_int_equal(fixture->server.metrics.over_limit_total, 0);
    assert_true(fixture->server.stopped);
}

static void after_closing_nothing_is_read_or_said(void **state)
{
    struct server_fixture *fixture = *state;
    size_t size;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "'$any'");
    fixture->client.hold = true;
    stop_server(fixture);
    assert_false(fixture->client.reading);
    assert_null(connection_room(&fixture->client.connection, &size));
    assert_int_equal(size, 0);
    server_toggle(&fixture->server, 5);
    connection_end(&fixture->client.connection, "limit", "line"); /* a second end changes nothing */
    client_take(&fixture->client, 0);
    must_hear_closing(&fixture->client, "shutdown", NULL);
}

/* ---- the first request ---- */

static void a_client_has_5_s_for_its_first_request(void **state)
{
    struct server_fixture *fixture = *state;
    server_pass(&fixture->server, 4999);
    must_hear_nothing(&fixture->client);
    assert_false(fixture->client.closed);
    server_pass(&fixture->server, 1);
    must_hear_closing(&fixture->client, "limit", "first_request");
    assert_int_equal(fixture->server.metrics.over_limit_total, 1);
}

static void who_is_ended_for_a_limit_is_counted_once(void **state)
{
    static char endless[8192];
    struct server_fixture *fixture = *state;
    const struct metrics *metrics = &fixture->server.metrics;
    memset(endless, 'x', sizeof endless);
    client_send(&fixture->client, endless, sizeof endless, sizeof endless);
    must_hear_error(&fixture->client, "null", -32000, "{'limit':'line'}");
    must_hear_closing(&fixture->client, "limit", "line");
    assert_int_equal(metrics->over_limit_total, 1);
    uint64_t all = 0;
    for (unsigned i = 0; i < METRICS_LIMITS; i++) {
        all += metrics->rejected_total[i];
    }
    assert_int_equal(all, 1);
}

static void blank_lines_and_half_a_line_are_no_request(void **state)
{
    struct server_fixture *fixture = *state;
    static const char data[] = "\n  \r\n{\"jsonrpc\":\"2.0\"";
    client_send(&fixture->client, data, sizeof data - 1, 1);
    server_pass(&fixture->server, 5000);
    must_hear_closing(&fixture->client, "limit", "first_request");
}

static void once_it_asked_it_may_be_silent(void **state)
{
    static const char *const lines[] = {"{'jsonrpc':'2.0','id':1,'method':'about'}", "nonsense",
                                        "{'jsonrpc':'2.0','method':'about'}"};
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        struct test_client client;
        client_init(&fixture->server, &client);
        server_pass(&fixture->server, 4999);
        say(&client, lines[i]);
        server_pass(&fixture->server, UINT64_C(86400000));
        assert_false(client.closed);
        assert_int_equal(client.timer_ms, UINT64_MAX); /* it costs no timer, either */
        client_end(&client, 0);
        client_release(&client);
    }
}

/* ---- the client ---- */

static void a_client_that_leaves_is_gone_at_once(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", NULL);
    ask(&fixture->client, "2", "wait", "['busy']");
    client_end(&fixture->client, 0);
    assert_true(fixture->client.released);
    assert_false(fixture->server.waited);
    assert_int_equal(fixture->server.rpc.connections.count, 0);
    assert_int_equal(fixture->server.metrics.subscriptions, 0);
    server_toggle(&fixture->server, 3);
}

static void what_a_client_asked_before_its_last_byte_is_answered(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->server.slow = true;
    test_clock_add(API_FRESH_MS + 1);
    ask(&fixture->client, "1", "status", NULL);
    ask(&fixture->client, "2", "wait", "['busy']"); /* nobody is left to get the answer */
    client_end(&fixture->client, 0);
    assert_false(fixture->client.closed);
    assert_false(fixture->server.waited);
    server_sample(&fixture->server);
    must_hear_result(&fixture->client, "1", STATUS("idle"));
    must_hear_nothing(&fixture->client);
    assert_true(fixture->client.released);
}

static void a_batch_that_waits_is_answered_without_its_waits(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[{'jsonrpc':'2.0','id':1,'method':'cancel','params':[0]},"
                          "{'jsonrpc':'2.0','id':2,'method':'wait','params':['busy']}]");
    client_end(&fixture->client, 0);
    must_hear(&fixture->client, "[{'jsonrpc':'2.0','id':1,'result':false}]");
    must_hear_nothing(&fixture->client);
    assert_true(fixture->client.released);
}

static void a_client_that_leaves_and_does_not_read_has_what_is_in_flight(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->client.hold = true;
    ask(&fixture->client, "1", "about", NULL);
    client_end(&fixture->client, 0);
    assert_false(fixture->client.closed);
    client_take(&fixture->client, 0);
    must_hear_result(&fixture->client, "1", "'$any'");
    assert_true(fixture->client.released);
}

/* At every point: with nothing, half a line, requests in flight, a write in flight. */
static void a_broken_connection_is_gone_at_once(void **state)
{
    struct server_fixture *fixture = *state;
    for (int i = 0; i < 6; i++) {
        struct test_client client;
        client_init(&fixture->server, &client);
        client.hold = i > 2;
        if (i > 0) {
            assert_int_equal(client_send(&client, "{\"json", 6, 2), 6);
        }
        if (i > 1) {
            assert_int_equal(client_send(&client, "\n", 1, 1), 1);
            ask(&client, "1", "wait", "['busy']");
            ask(&client, "2", "subscribe", NULL);
        }
        if (i == 4) {
            client_take(&client, UV_EPIPE); /* the write reports it */
        } else if (i == 5) {
            client.refuse = UV_EPIPE; /* or the next write is refused */
            client_take(&client, 0);
        } else {
            client_end(&client, UV_ECONNRESET);
        }
        assert_true(client.released);
        assert_false(fixture->server.waited);
        client_release(&client);
    }
    assert_int_equal(fixture->server.rpc.connections.count, 1);
    assert_int_equal(fixture->server.metrics.subscriptions, 0);
}

static void one_that_breaks_while_events_are_sent_leaves_the_others_alone(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client others[3];
    for (int i = 0; i < 3; i++) {
        client_init(&fixture->server, &others[i]);
        ask(&others[i], "1", "subscribe", NULL);
        must_hear_result(&others[i], "1", "'$any'");
        others[i].refuse = i == 1 ? UV_EPIPE : 0;
    }
    server_toggle(&fixture->server, 1);
    must_hear_event(&others[0], 1, 2);
    must_hear_event(&others[2], 1, 2);
    assert_true(others[1].released);
    for (int i = 0; i < 3; i++) {
        client_end(&others[i], 0);
        client_release(&others[i]);
    }
}

int endings_tests(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(a_stop_answers_what_is_in_flight_and_then_says_closing),
        WITH_SERVER(a_stop_without_clients_is_over_at_once),
        WITH_SERVER(a_stop_tells_everybody),
        WITH_SERVER(a_client_that_does_not_read_holds_up_a_stop_for_a_second),
        WITH_SERVER(what_is_read_within_that_second_is_all_of_it),
        WITH_SERVER(what_happened_before_a_stop_is_sent_after_what_is_in_flight),
        WITH_SERVER(a_stop_is_announced_as_one_whatever_is_queued),
        WITH_SERVER(after_closing_nothing_is_read_or_said),
        WITH_SERVER(a_client_has_5_s_for_its_first_request),
        WITH_SERVER(who_is_ended_for_a_limit_is_counted_once),
        WITH_SERVER(blank_lines_and_half_a_line_are_no_request),
        WITH_SERVER(once_it_asked_it_may_be_silent),
        WITH_SERVER(a_client_that_leaves_is_gone_at_once),
        WITH_SERVER(what_a_client_asked_before_its_last_byte_is_answered),
        WITH_SERVER(a_batch_that_waits_is_answered_without_its_waits),
        WITH_SERVER(a_client_that_leaves_and_does_not_read_has_what_is_in_flight),
        WITH_SERVER(a_broken_connection_is_gone_at_once),
        WITH_SERVER(one_that_breaks_while_events_are_sent_leaves_the_others_alone),
    };
    return cmocka_run_group_tests_name("endings", tests, NULL, NULL);
}
