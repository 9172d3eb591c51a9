/* slow_readers_test.c: clients that do not read: one write in flight, nothing lost, nobody delayed,
 * and a limit on what they cost. */
#include "ask.h"

#include "api/subscribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void subscribe(struct test_client *client)
{
    ask(client, "1", "subscribe", NULL);
    must_hear_result(client, "1", "'$any'");
}

static void must_hear_events(struct test_client *client, unsigned subscription, unsigned first,
                             unsigned last)
{
    for (unsigned seq = first; seq <= last; seq++) {
        must_hear_event(client, subscription, seq);
    }
}

/* Reads everything that is in flight or waits, now and from now on. */
static void read_on(struct test_client *client)
{
    client->hold = false;
    client_take(client, 0);
}

static void one_write_is_in_flight_and_the_rest_stays_in_the_journal(void **state)
{
    struct server_fixture *fixture = *state;
    subscribe(&fixture->client);
    fixture->client.hold = true;
    unsigned before = fixture->client.writes;
    server_toggle(&fixture->server, 1000);
    assert_int_equal(fixture->client.writes, before + 1);
    assert_int_equal(fixture->client.connection.output.size, 0);
    assert_in_range(fixture->client.most_unread, 1, 1024); /* the one event that was first */
    read_on(&fixture->client);
    must_hear_events(&fixture->client, 1, 2, 1001);
    must_hear_nothing(&fixture->client);
    assert_in_range(fixture->client.most_unread, 1, SUBSCRIPTIONS_WRITE_BYTES);
}

static void it_delays_nobody(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client other;
    client_init(&fixture->server, &other);
    subscribe(&fixture->client);
    subscribe(&other);
    fixture->client.hold = true;
    for (unsigned seq = 2; seq <= 500; seq++) {
        server_toggle(&fixture->server, 1);
        must_hear_event(&other, 1, seq);
    }
    must_hear_nothing(&fixture->client);
    read_on(&fixture->client);
    must_hear_events(&fixture->client, 1, 2, 500);
    client_end(&other, 0);
    client_release(&other);
}

static void what_the_journal_released_meanwhile_is_a_gap(void **state)
{
    struct rpc_limits limits = test_server_limits();
    struct server_fixture fixture;
    (void)state;
    fixture_begin(&fixture, 16, &limits);
    subscribe(&fixture.client);
    fixture.client.hold = true;
    server_toggle(&fixture.server, 1); /* event 2 is in flight */
    server_toggle(&fixture.server, 15);
    read_on(&fixture.client); /* kept: 2 to 17 */
    must_hear_events(&fixture.client, 1, 2, 17);
    fixture.client.hold = true;
    server_toggle(&fixture.server, 1);
    server_toggle(&fixture.server, 17);
    read_on(&fixture.client); /* kept: 20 to 35, and 18 was in flight */
    must_hear_event(&fixture.client, 1, 18);
    must_hear_gap(&fixture.client, 1, 19, 19);
    must_hear_events(&fixture.client, 1, 20, 35);
    fixture.client.hold = true;
    server_toggle(&fixture.server, 1000);
    read_on(&fixture.client);
    must_hear_event(&fixture.client, 1, 36);
    must_hear_gap(&fixture.client, 1, 37, 1019);
    must_hear_events(&fixture.client, 1, 1020, 1035);
    must_hear_nothing(&fixture.client);
    fixture_end(&fixture);
}

static void each_subscription_has_a_gap_of_its_own(void **state)
{
    struct rpc_limits limits = test_server_limits();
    struct server_fixture fixture;
    (void)state;
    fixture_begin(&fixture, 4, &limits);
    subscribe(&fixture.client);
    server_toggle(&fixture.server, 1);
    must_hear_event(&fixture.client, 1, 2);
    fixture.client.hold = true;
    ask(&fixture.client, "2", "subscribe", "[1]");
    server_toggle(&fixture.server, 10); /* kept: 9 to 12 */
    read_on(&fixture.client);
    must_hear_result(&fixture.client, "2", "{'subscription':2,'...':0}");
    must_hear_gap(&fixture.client, 1, 3, 8);
    must_hear_events(&fixture.client, 1, 9, 12);
    must_hear_gap(&fixture.client, 2, 2, 8);
    must_hear_events(&fixture.client, 2, 9, 12);
    must_hear_nothing(&fixture.client);
    fixture_end(&fixture);
}

static void replies_come_before_further_events(void **state)
{
    struct server_fixture *fixture = *state;
    subscribe(&fixture->client);
    fixture->client.hold = true;
    server_toggle(&fixture->server, 100);
    ask(&fixture->client, "2", "cancel", "[0]");
    ask(&fixture->client, "3", "cancel", "[0]");
    read_on(&fixture->client);
    must_hear_event(&fixture->client, 1, 2); /* was in flight */
    must_hear_result(&fixture->client, "2", "false");
    must_hear_result(&fixture->client, "3", "false");
    must_hear_events(&fixture->client, 1, 3, 101);
    must_hear_nothing(&fixture->client);
}

/* ---- what a transport accepts immediately ---- */

static void what_is_taken_at_once_is_never_in_flight(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->client.at_once = SIZE_MAX;
    subscribe(&fixture->client);
    server_toggle(&fixture->server, 10);
    must_hear_events(&fixture->client, 1, 2, 11);
    assert_int_equal(fixture->client.writes, 0);
    assert_int_equal(fixture->server.metrics.bytes_written_total, fixture->client.received_size);
}

/* Requests must be processed further without the end of a write, because there is none here. */
static void a_pause_that_a_write_at_once_ends_is_over(void **state)
{
    struct server_fixture *fixture = *state;
    static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"about\"}\n";
    enum { LINES = 400, MANY = LINES * (sizeof line - 1) };
    static char many[MANY];
    for (size_t i = 0; i < LINES; i++) {
        memcpy(many + i * (sizeof line - 1), line, sizeof line - 1);
    }
    fixture->client.at_once = SIZE_MAX;
    assert_int_equal(client_send(&fixture->client, many, MANY, 1000000), MANY);
    assert_true(fixture->client.received_size > 2 * 64u * 1024u); /* it paused more than once */
    for (size_t i = 0; i < LINES; i++) {
        must_hear_result(&fixture->client, "1", "'$any'");
    }
    assert_true(fixture->client.reading);
}

static void the_rest_of_a_write_follows_in_order(void **state)
{
    struct server_fixture *fixture = *state;
    subscribe(&fixture->client);
    for (size_t taken = 1; taken <= 100; taken += 33) {
        fixture->client.at_once = taken;
        server_toggle(&fixture->server, 1);
        ask(&fixture->client, "5", "status", NULL);
        must_hear_event(&fixture->client, 1, (unsigned)(2 + taken / 33));
        must_hear_result(&fixture->client, "5",
                         taken / 33 % 2 == 0 ? STATUS("busy") : STATUS("idle"));
    }
    assert_int_equal(fixture->server.metrics.bytes_written_total, fixture->client.received_size);
}

static void a_transport_that_is_broken_ends_the_connection(void **state)
{
    struct server_fixture *fixture = *state;
    fixture->client.at_once = SIZE_MAX;
    fixture->client.refuse = UV_EPIPE;
    ask(&fixture->client, "1", "status", NULL);
    assert_true(fixture->client.released);
}

/* ---- replies that the client does not read ---- */

#define PAUSE_BYTES (64u * 1024u)

static size_t unread(const struct test_client *client)
{
    return client->connection.output.size + client->connection.flying.size;
}

static void who_does_not_read_is_not_read_from(void **state)
{
    static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"about\"}\n";
    enum { LINES = 300 };
    static char data[LINES * (sizeof line - 1)];
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < LINES; i++) {
        memcpy(data + i * (sizeof line - 1), line, sizeof line - 1);
    }
    fixture->client.hold = true;
    size_t sent = client_send(&fixture->client, data, sizeof data, 1000);
    assert_in_range(sent, sizeof line, sizeof data / 2);
    assert_false(fixture->client.reading);
    assert_in_range(unread(&fixture->client), PAUSE_BYTES, PAUSE_BYTES + 1024);
    read_on(&fixture->client);
    assert_true(fixture->client.reading);
    /* Nothing that was sent is lost: neither what was read and waited, nor what comes now. */
    sent += client_send(&fixture->client, data + sent, sizeof data - sent, 1000);
    assert_int_equal(sent, sizeof data);
    for (int i = 0; i < LINES; i++) {
        must_hear_result(&fixture->client, "1", "{'name':'msiwatch','...':0}");
    }
    must_hear_nothing(&fixture->client);
    assert_in_range(fixture->client.most_unread, PAUSE_BYTES, PAUSE_BYTES + 2048);
}

/* Several lines come in one read, and the answer to the second one is already too much. */
static void lines_that_came_in_one_piece_wait_while_it_is_paused(void **state)
{
    enum { LINES = 40 };
    static char data[LINES * 128];
    size_t size = 0, sent = 0;
    unsigned pauses = 0;
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 1000);
    for (int i = 0; i < LINES; i++) {
        size += (size_t)snprintf(data + size, sizeof data - size,
                                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"history\","
                                 "\"params\":[0,null,null,null,256]}\n",
                                 i);
    }
    while (sent < size) {
        fixture->client.hold = true;
        sent += client_send(&fixture->client, data + sent, size - sent, size);
        assert_in_range(unread(&fixture->client), 1, PAUSE_BYTES + WIRE_REPLY_LINE);
        pauses += !fixture->client.reading;
        read_on(&fixture->client);
        assert_true(fixture->client.reading);
    }
    assert_in_range(pauses, 2, LINES / 2);
    for (int i = 0; i < LINES; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        must_hear_result(&fixture->client, id, "{'first_seq':1,'...':0}");
    }
    must_hear_nothing(&fixture->client);
}

/* ---- the limit on what is queued ---- */

#define QUEUED 4000u

static void begin_capped(struct server_fixture *fixture)
{
    struct rpc_limits limits = test_server_limits();
    limits.queued_bytes = QUEUED;
    fixture_begin(fixture, 64, &limits);
    fixture->client.hold = true;
}

/* Asks until one more answer would exceed the limit. */
static void fill(struct server_fixture *fixture)
{
    const struct connection *connection = &fixture->client.connection;
    while (connection_is_live(connection) &&
           unread(&fixture->client) + connection->held_bytes <= QUEUED) {
        ask(&fixture->client, "1", "about", NULL);
    }
    assert_false(!connection_is_live(connection));
}

/* Reads to the end: answers, then closing. */
static void must_hear_over(struct server_fixture *fixture)
{
    size_t size;
    const char *line;
    bool closing = false;
    read_on(&fixture->client);
    while ((line = client_line(&fixture->client, &size)) != NULL) {
        assert_false(closing);
        closing = strcmp(line, "{\"jsonrpc\":\"2.0\",\"method\":\"closing\",\"params\":"
                               "{\"reason\":\"limit\",\"limit\":\"queued_bytes\"}}") == 0;
    }
    assert_true(closing);
    assert_true(fixture->client.released);
    assert_int_equal(fixture->server.metrics.over_limit_total, 1);
}

static void a_reply_over_the_cap_ends_the_connection(void **state)
{
    struct server_fixture fixture;
    (void)state;
    begin_capped(&fixture);
    fill(&fixture);
    ask(&fixture.client, "2", "about", NULL);
    assert_true(!connection_is_live(&fixture.client.connection));
    assert_in_range(fixture.client.most_unread, QUEUED, QUEUED + 2048);
    must_hear_over(&fixture);
    fixture_end(&fixture);
}

static void an_error_over_the_cap_ends_the_connection(void **state)
{
    struct server_fixture fixture;
    (void)state;
    begin_capped(&fixture);
    fill(&fixture);
    say(&fixture.client, "no JSON");
    must_hear_over(&fixture);
    fixture_end(&fixture);
}

static void a_batch_over_the_cap_ends_the_connection(void **state)
{
    struct server_fixture fixture;
    (void)state;
    begin_capped(&fixture);
    fill(&fixture);
    say(&fixture.client, "[{'jsonrpc':'2.0','id':1,'method':'subscribe'},"
                         "{'jsonrpc':'2.0','id':2,'method':'cancel','params':[0]}]");
    must_hear_over(&fixture);
    fixture_end(&fixture);
}

static void the_answer_to_a_wait_over_the_cap_ends_the_connection(void **state)
{
    struct server_fixture fixture;
    (void)state;
    begin_capped(&fixture);
    for (int i = 0; i < 3; i++) {
        ask(&fixture.client, "'w'", "wait", "['busy']");
    }
    fill(&fixture);
    server_set_mutex(&fixture.server, MUTEX_HELD);
    assert_true(!connection_is_live(&fixture.client.connection));
    assert_int_equal(fixture.client.connection.request_count, 0);
    assert_false(fixture.server.waited);
    must_hear_over(&fixture);
    fixture_end(&fixture);
}

/* The cancelled request's answer ends the connection, and with it the cancel itself. */
static void a_cancel_over_the_cap_ends_the_connection(void **state)
{
    struct server_fixture fixture;
    (void)state;
    begin_capped(&fixture);
    ask(&fixture.client, "'w'", "wait", "['busy']");
    fill(&fixture);
    ask(&fixture.client, "'c'", "cancel", "['w']");
    assert_true(!connection_is_live(&fixture.client.connection));
    must_hear_over(&fixture);
    fixture_end(&fixture);
}

/* The first wait that is forgotten completes a batch, whose answer ends the connection. */
static void the_end_of_the_input_over_the_cap_ends_the_connection(void **state)
{
    struct server_fixture fixture;
    (void)state;
    begin_capped(&fixture);
    for (int i = 0; i < 3; i++) {
        say(&fixture.client, "[{'jsonrpc':'2.0','id':1,'method':'wait','params':['busy']},"
                             "{'jsonrpc':'2.0','id':2,'method':'cancel','params':[0]}]");
    }
    fill(&fixture);
    /* Over the limit even when the batch is no longer counted. */
    fixture.server.rpc.config.limits.queued_bytes = (uint32_t)unread(&fixture.client) - 1;
    client_end(&fixture.client, 0);
    must_hear_over(&fixture);
    fixture_end(&fixture);
}

/* A client that hears of a stop comes back; one that hears of a limit may not. */
static void a_stop_over_the_cap_is_announced_as_a_stop(void **state)
{
    struct server_fixture fixture;
    size_t size;
    unsigned abouts = 0;
    (void)state;
    begin_capped(&fixture);
    for (int i = 0; i < 3; i++) {
        ask(&fixture.client, "'w'", "wait", "['busy']");
    }
    while (unread(&fixture.client) <= QUEUED) {
        ask(&fixture.client, "1", "about", NULL);
        abouts++;
    }
    rpc_server_stop(&fixture.server.rpc, NULL, NULL);
    read_on(&fixture.client);
    for (; abouts > 0; abouts--) {
        assert_non_null(client_line(&fixture.client, &size));
    }
    for (int i = 0; i < 3; i++) {
        must_hear_error(&fixture.client, "'w'", -32002, NULL);
    }
    must_hear_closing(&fixture.client, "shutdown", NULL);
    assert_int_equal(fixture.server.metrics.over_limit_total, 0);
    fixture_end(&fixture);
}

/* ---- batches whose last member waits ---- */

#define PAGES 15 /* pages of history in addition to the wait: 180 KiB */

static void say_waiting_batch(struct test_client *client)
{
    char text[WIRE_REQUEST_LINE] = "[{'jsonrpc':'2.0','id':'w','method':'wait','params':['busy']}";
    size_t size = strlen(text);
    for (int i = 0; i < PAGES; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size,
                                 ",{'jsonrpc':'2.0','id':%d,'method':'history',"
                                 "'params':[0,null,null,null,256]}%s",
                                 i, i == PAGES - 1 ? "]" : "");
    }
    say(client, text);
}

/* All pages of a batch must come, and the wait's answer last. */
static void must_hear_waiting_batch(struct test_client *client, const char *last)
{
    size_t size;
    const char *line = client_line(client, &size);
    assert_non_null(line);
    assert_in_range(size, PAGES * 11 * 1024, WIRE_REPLY_LINE);
    unsigned pages = 0;
    for (const char *at = line; (at = strstr(at, "\"first_seq\":1")) != NULL; at++) {
        pages++;
    }
    assert_int_equal(pages, PAGES);
    assert_non_null(strstr(line, last));
    assert_string_equal(line + size - 2, "}]");
}

/* 63 of them once kept 11 MiB, and the client was still read from all the time. */
static void what_batches_hold_back_counts_as_queued(void **state)
{
    struct rpc_limits limits = test_server_limits();
    struct server_fixture fixture;
    unsigned batches = 0;
    (void)state;
    fixture_begin(&fixture, FIXTURE_HELD, &limits);
    server_toggle(&fixture.server, 500);
    while (!fixture.client.closed && batches < 63) {
        say_waiting_batch(&fixture.client);
        assert_in_range(fixture.client.connection.held_bytes, 0,
                        limits.queued_bytes + 2 * WIRE_REPLY_LINE);
        batches++;
    }
    assert_in_range(batches, 3, 8);
    assert_int_equal(fixture.client.connection.held_bytes, 0);
    must_hear_over(&fixture);
    assert_false(fixture.server.waited);
    fixture_end(&fixture);
}

/* If a client does not read the answers, nothing more is read from it, wherever the answers are
 * kept. */
static void what_batches_hold_back_counts_when_answers_are_not_read(void **state)
{
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 500);
    say_waiting_batch(&fixture->client);
    fixture->client.hold = true;
    ask(&fixture->client, "1", "about", NULL);
    assert_false(fixture->client.reading);
    read_on(&fixture->client);
    assert_true(fixture->client.reading);
}

static void a_large_batch_that_waits_can_be_cancelled(void **state)
{
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 500);
    say_waiting_batch(&fixture->client);
    must_hear_nothing(&fixture->client);
    assert_in_range(fixture->client.connection.held_bytes, 2 * PAUSE_BYTES, 2 * WIRE_REPLY_LINE);
    assert_true(fixture->client.reading);
    ask(&fixture->client, "'c'", "cancel", "['w']");
    must_hear_waiting_batch(&fixture->client, "{\"jsonrpc\":\"2.0\",\"id\":\"w\",\"error\":");
    must_hear_result(&fixture->client, "'c'", "true");
    assert_int_equal(fixture->client.connection.held_bytes, 0);
}

/* A single answer may always be as large as a reply line. */
static void a_batch_larger_than_the_cap_is_answered(void **state)
{
    struct rpc_limits limits = test_server_limits();
    struct server_fixture fixture;
    (void)state;
    limits.queued_bytes = 65536; /* the least that the setting accepts */
    fixture_begin(&fixture, FIXTURE_HELD, &limits);
    server_toggle(&fixture.server, 500);
    say_waiting_batch(&fixture.client);
    server_set_mutex(&fixture.server, MUTEX_HELD);
    must_hear_waiting_batch(&fixture.client, "{\"jsonrpc\":\"2.0\",\"id\":\"w\",\"result\":");
    must_hear_nothing(&fixture.client);
    assert_int_equal(fixture.server.metrics.over_limit_total, 0);
    fixture_end(&fixture);
}

int slow_readers_tests(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(one_write_is_in_flight_and_the_rest_stays_in_the_journal),
        WITH_SERVER(it_delays_nobody),
        cmocka_unit_test(what_the_journal_released_meanwhile_is_a_gap),
        cmocka_unit_test(each_subscription_has_a_gap_of_its_own),
        WITH_SERVER(replies_come_before_further_events),
        WITH_SERVER(what_is_taken_at_once_is_never_in_flight),
        WITH_SERVER(a_pause_that_a_write_at_once_ends_is_over),
        WITH_SERVER(the_rest_of_a_write_follows_in_order),
        WITH_SERVER(a_transport_that_is_broken_ends_the_connection),
        WITH_SERVER(who_does_not_read_is_not_read_from),
        WITH_SERVER(lines_that_came_in_one_piece_wait_while_it_is_paused),
        cmocka_unit_test(a_reply_over_the_cap_ends_the_connection),
        cmocka_unit_test(an_error_over_the_cap_ends_the_connection),
        cmocka_unit_test(a_batch_over_the_cap_ends_the_connection),
        cmocka_unit_test(the_answer_to_a_wait_over_the_cap_ends_the_connection),
        cmocka_unit_test(a_cancel_over_the_cap_ends_the_connection),
        cmocka_unit_test(the_end_of_the_input_over_the_cap_ends_the_connection),
        cmocka_unit_test(a_stop_over_the_cap_is_announced_as_a_stop),
        cmocka_unit_test(what_batches_hold_back_counts_as_queued),
        WITH_SERVER(what_batches_hold_back_counts_when_answers_are_not_read),
        WITH_SERVER(a_large_batch_that_waits_can_be_cancelled),
        cmocka_unit_test(a_batch_larger_than_the_cap_is_answered),
    };
    return cmocka_run_group_tests_name("slow_readers", tests, NULL, NULL);
}
