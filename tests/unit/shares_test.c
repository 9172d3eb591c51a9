/* shares_test.c: a client that sends a lot does not delay the others: input is processed round
 * robin by user, a little in each loop iteration. */
#include "ask.h"

#include "rpc/shares.h"

#include <stdio.h>
#include <string.h>

enum { CROWD = 64, ASKS = 60, CROWDS_USER = 1, OTHERS_USER = 2 };

#define UNKNOWN_METHOD "{\"jsonrpc\":\"2.0\",\"id\":%u,\"method\":\"x\"}\n"

struct crowd {
    struct server_fixture fixture;
    struct test_client members[CROWD];
};

static void crowd_begin(struct crowd *crowd)
{
    struct rpc_limits limits = test_server_limits();
    fixture_begin(&crowd->fixture, FIXTURE_HELD, &limits);
    crowd->fixture.client.connection.user = OTHERS_USER;
    crowd->fixture.client.connection.client.privileged = false;
    for (size_t i = 0; i < CROWD; i++) {
        client_init(&crowd->fixture.server, &crowd->members[i]);
        crowd->members[i].at_once = SIZE_MAX;
        crowd->members[i].connection.user = CROWDS_USER;
        crowd->members[i].connection.client.privileged = false;
    }
}

static void crowd_end(struct crowd *crowd)
{
    crowd->fixture.server.busy = false;
    server_settle(&crowd->fixture.server);
    for (size_t i = 0; i < CROWD; i++) {
        client_end(&crowd->members[i], 0);
        client_release(&crowd->members[i]);
    }
    fixture_end(&crowd->fixture);
}

/* Sends this many requests, which are read but not processed. Returns where it stopped. */
static size_t send_many(struct test_client *client, unsigned requests, size_t from)
{
    char text[ASKS * 64] = "";
    size_t size = 0;
    for (unsigned id = 1; id <= requests; id++) {
        size += (size_t)snprintf(text + size, sizeof text - size, UNKNOWN_METHOD, id);
    }
    return from + client_send(client, text + from, size - from, SIZE_MAX);
}

static size_t bytes_of(unsigned requests)
{
    size_t size = 0;
    for (unsigned id = 1; id <= requests; id++) {
        size += (size_t)snprintf(NULL, 0, UNKNOWN_METHOD, id);
    }
    return size;
}

static uint64_t turn(struct test_server *server)
{
    uint64_t before = server->metrics.requests_total;
    connections_take(&server->rpc.connections);
    server->busy = true;
    server_settle(server);
    return server->metrics.requests_total - before;
}

static void another_users_request_waits_for_a_share_at_most(void **state)
{
    static struct crowd crowd;
    struct test_server *server = &crowd.fixture.server;
    struct test_client *other = &crowd.fixture.client;
    (void)state;
    crowd_begin(&crowd);
    server->busy = true;
    for (size_t i = 0; i < CROWD; i++) {
        send_many(&crowd.members[i], ASKS, 0);
    }
    for (unsigned i = 0; i < 10; i++) {
        ask(other, "1", "cancel", "[-1]");
        assert_in_range(turn(server), 1, SHARES_TURN);
        must_hear_result(other, "1", "false"); /* within one turn, whatever the crowd sent */
    }
    crowd_end(&crowd);
}

static void all_that_was_sent_is_answered_in_order(void **state)
{
    static struct crowd crowd;
    static size_t sent[CROWD];
    struct test_server *server = &crowd.fixture.server;
    unsigned turns = 0;
    bool left = true;
    (void)state;
    crowd_begin(&crowd);
    memset(sent, 0, sizeof sent);
    server->busy = true;
    for (; left; turns++) {
        left = false;
        for (size_t i = 0; i < CROWD; i++) {
            sent[i] = send_many(&crowd.members[i], ASKS, sent[i]);
            left = left || sent[i] < bytes_of(ASKS);
        }
        assert_in_range(turn(server), 0, SHARES_TURN);
        left = left || !fair_queue_is_empty(&server->rpc.connections.waiting);
    }
    assert_in_range(turns, CROWD * ASKS / SHARES_TURN, CROWD * ASKS / SHARES_CONNECTION);
    for (size_t i = 0; i < CROWD; i++) {
        for (unsigned id = 1; id <= ASKS; id++) {
            char text[16];
            snprintf(text, sizeof text, "%u", id);
            must_hear_error(&crowd.members[i], text, WIRE_METHOD_NOT_FOUND, NULL);
        }
        must_hear_nothing(&crowd.members[i]);
    }
    crowd_end(&crowd);
}

/* The connection has read a full buffer, and leaves the rest in the pipe. */
static void who_waits_is_not_read_from(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client *client = &fixture->client;
    fixture->server.busy = true;
    size_t sent = send_many(client, ASKS, 0);
    assert_false(client->reading);
    assert_in_range(sent, 1, LINES_FIRST_SIZE);
    fixture->server.busy = false;
    server_settle(&fixture->server);
    assert_true(client->reading);
    send_many(client, ASKS, sent);
    assert_null(client->connection.input.buffer);
}

static void a_last_word_is_heard_after_what_was_said_before(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client *client = &fixture->client;
    fixture->server.busy = true;
    assert_int_equal(send_many(client, SHARES_CONNECTION + 2, 0), bytes_of(SHARES_CONNECTION + 2));
    client_end(client, 0);
    must_hear_nothing(client);
    fixture->server.busy = false;
    server_settle(&fixture->server);
    for (unsigned id = 1; id <= SHARES_CONNECTION + 2; id++) {
        char text[16];
        snprintf(text, sizeof text, "%u", id);
        must_hear_error(client, text, WIRE_METHOD_NOT_FOUND, NULL);
    }
    assert_true(client->closed);
}

/* The requests after the last subscription, which is refused, are sent together with it. */
static void subscribe_until_refused(struct test_client *client, unsigned times)
{
    static const char refused[] = "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"subscribe\"}\n",
                      behind[] = "{\"jsonrpc\":\"2.0\",\"id\":10,\"method\":\"cancel\","
                                 "\"params\":[-1]}\n";
    char text[512] = "";
    for (unsigned i = 1; i <= 8; i++) {
        ask(client, "1", "subscribe", NULL);
        must_hear_result(client, "1", "{'subscription':'$any','...':0}");
    }
    for (unsigned i = 0; i < times; i++) {
        strncat(text, refused, sizeof text - strlen(text) - 1);
    }
    strncat(text, behind, sizeof text - strlen(text) - 1);
    assert_int_equal(client_send(client, text, strlen(text), SIZE_MAX), strlen(text));
}

static void who_was_refused_rests_and_others_do_not(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client *client = &fixture->client, other;
    client_init(&fixture->server, &other);
    subscribe_until_refused(client, 3);
    for (unsigned i = 0; i < 3; i++) {
        must_hear_error(client, "9", WIRE_OVER_LIMIT, "{'limit':'subscriptions'}");
        assert_false(client->reading);
        ask(&other, "1", "cancel", "[-1]");
        must_hear_result(&other, "1", "false");
        server_pass(&fixture->server, CONNECTION_REST_MS - 1);
        must_hear_nothing(client);
        server_pass(&fixture->server, 1);
    }
    must_hear_result(client, "10", "false");
    assert_true(client->reading);
    client_end(&other, 0);
    client_release(&other);
}

static void what_was_said_before_an_end_while_resting_is_answered(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client *client = &fixture->client;
    subscribe_until_refused(client, 1);
    must_hear_error(client, "9", WIRE_OVER_LIMIT, "{'limit':'subscriptions'}");
    client_end(client, 0);
    must_hear_nothing(client);
    assert_false(client->closed);
    server_pass(&fixture->server, CONNECTION_REST_MS);
    must_hear_result(client, "10", "false");
    assert_true(client->closed);
}

/* More than one loop iteration processes. */
static void what_came_before_a_stop_is_answered(void **state)
{
    enum { REQUESTS = SHARES_CONNECTION + 2 };
    struct server_fixture *fixture = *state;
    struct test_client other, *clients[] = {&fixture->client, &other};
    client_init(&fixture->server, &other);
    fixture->server.busy = true;
    for (size_t i = 0; i < COUNT(clients); i++) {
        assert_int_equal(send_many(clients[i], REQUESTS, 0), bytes_of(REQUESTS));
        must_hear_nothing(clients[i]);
    }
    rpc_server_stop(&fixture->server.rpc, NULL, NULL);
    server_settle(&fixture->server);
    for (size_t i = 0; i < COUNT(clients); i++) {
        for (unsigned id = 1; id <= REQUESTS; id++) {
            char text[16];
            snprintf(text, sizeof text, "%u", id);
            must_hear_error(clients[i], text, WIRE_METHOD_NOT_FOUND, NULL);
        }
        must_hear_closing(clients[i], "shutdown", NULL);
    }
    client_end(&other, 0);
    client_release(&other);
}

static void who_breaks_off_or_is_turned_out_waits_no_more(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client other, third;
    client_init(&fixture->server, &other);
    client_init(&fixture->server, &third);
    fixture->server.busy = true;
    ask(&other, "1", "cancel", "[-1]");
    ask(&third, "1", "cancel", "[-1]");
    client_end(&other, UV_ECONNRESET);
    connection_end(&third.connection, "limit", "queued_bytes");
    server_settle(&fixture->server);
    assert_true(other.released && third.released);
    assert_true(fair_queue_is_empty(&fixture->server.rpc.connections.waiting));
    must_hear_closing(&third, "limit", "queued_bytes");
    client_release(&other);
    client_release(&third);
}

/* Each line contains as many requests as a connection may process before others. */
static void a_batch_is_as_many_requests_as_it_has_members(void **state)
{
    static const char batch[] = "[{'method':1},{'method':1},{'method':1},{'method':1}]";
    _Static_assert(SHARES_CONNECTION == 4, "as many members as the batch has");
    struct server_fixture *fixture = *state;
    struct test_server *server = &fixture->server;
    server->busy = true;
    for (unsigned i = 0; i < 4; i++) {
        say(&fixture->client, batch);
    }
    assert_int_equal(turn(server), 2 * SHARES_CONNECTION);
    assert_int_equal(turn(server), 2 * SHARES_CONNECTION);
    assert_int_equal(turn(server), 0);
}

int shares_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_users_request_waits_for_a_share_at_most),
        cmocka_unit_test(all_that_was_sent_is_answered_in_order),
        WITH_SERVER(who_waits_is_not_read_from),
        WITH_SERVER(a_last_word_is_heard_after_what_was_said_before),
        WITH_SERVER(who_was_refused_rests_and_others_do_not),
        WITH_SERVER(what_was_said_before_an_end_while_resting_is_answered),
        WITH_SERVER(what_came_before_a_stop_is_answered),
        WITH_SERVER(who_breaks_off_or_is_turned_out_waits_no_more),
        WITH_SERVER(a_batch_is_as_many_requests_as_it_has_members),
    };
    return cmocka_run_group_tests_name("shares", tests, NULL, NULL);
}
