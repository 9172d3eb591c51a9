/* late_reads_test.c: connections with a journal whose reads answer later, or fail: while a read is
 * in progress, others ask, unsubscribe or leave, or the service stops. */
#include "ask.h"
#include "late_journal.h"

#include <stdio.h>

static int enter_late(void **state)
{
    int error = fixture_enter(state);
    late_journal_begin();
    return error;
}

static int leave_late(void **state)
{
    struct server_fixture *fixture = *state;
    for (struct list *node = fixture->server.clients.next; node != &fixture->server.clients;
         node = node->next) {
        connection_close(&LIST_ENTRY(node, struct test_client, node)->connection);
    }
    late_journal_end(); /* fails if a read is still waiting */
    return fixture_leave(state);
}

/* Answers what waits, and what is requested as a result. */
static void answer_all(struct server_fixture *fixture)
{
    while (late_journal_waiting() > 0) {
        late_journal_answer(0);
        server_settle(&fixture->server);
    }
}

static void answer_one(struct server_fixture *fixture, int error)
{
    late_journal_answer(error);
    server_settle(&fixture->server);
}

static void must_hear_events(struct test_client *client, unsigned subscription, unsigned first,
                             unsigned last)
{
    for (unsigned seq = first; seq <= last; seq++) {
        must_hear_event(client, subscription, seq);
    }
}

/* ---- history ---- */

static void history_is_in_flight_until_it_was_read(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "history", NULL);
    assert_int_equal(late_journal_waiting(), 1);
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "2", "cancel", "[0]"); /* it need not wait */
    must_hear_result(&fixture->client, "2", "false");
    ask(&fixture->client, "3", "history", NULL);
    server_toggle(&fixture->server, 1);
    answer_all(fixture);
    must_hear_result(&fixture->client, "1", "{'last_seq':2,'...':0}");
    must_hear_result(&fixture->client, "3", "{'last_seq':2,'...':0}");
    assert_int_equal(fixture->client.connection.request_count, 0);
}

static void history_that_cannot_be_read_is_an_internal_error(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "history", NULL);
    answer_one(fixture, UV_EIO);
    must_hear_error(&fixture->client, "1", -32603, NULL);
    ask(&fixture->client, "2", "cancel", "[0]"); /* the connection stays */
    must_hear_result(&fixture->client, "2", "false");
}

static void history_can_be_cancelled(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "history", NULL);
    ask(&fixture->client, "2", "cancel", "[1]");
    assert_int_equal(late_journal_waiting(), 0);
    must_hear_error(&fixture->client, "1", -32004, NULL);
    must_hear_result(&fixture->client, "2", "true");
}

static void a_batch_waits_for_its_histories(void **state)
{
    struct server_fixture *fixture = *state;
    say(&fixture->client, "[{'jsonrpc':'2.0','id':1,'method':'history'},"
                          "{'jsonrpc':'2.0','id':2,'method':'history'},"
                          "{'jsonrpc':'2.0','id':3,'method':'cancel','params':[0]}]");
    must_hear_nothing(&fixture->client);
    answer_one(fixture, 0);
    must_hear_nothing(&fixture->client);
    answer_one(fixture, UV_EIO);
    must_hear(&fixture->client, "[{'id':3,'result':false,'...':0},"
                                "{'id':1,'result':{'first_seq':1,'...':0},'...':0},"
                                "{'id':2,'error':{'code':-32603,'...':0},'...':0}]");
}

static void history_in_flight_at_a_stop_is_answered_so(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "history", NULL);
    ask(&fixture->client, "2", "history", NULL);
    rpc_server_stop(&fixture->server.rpc, NULL, NULL);
    server_settle(&fixture->server);
    must_hear_error(&fixture->client, "1", -32002, NULL);
    must_hear_error(&fixture->client, "2", -32002, NULL);
    must_hear_closing(&fixture->client, "shutdown", NULL);
    assert_int_equal(late_journal_waiting(), 0);
}

static void who_leaves_is_not_waited_for(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "history", NULL);
    ask(&fixture->client, "2", "subscribe", "[0]");
    must_hear_result(&fixture->client, "2", "'$any'");
    assert_int_equal(late_journal_waiting(), 2);
    client_end(&fixture->client, UV_ECONNRESET);
    assert_true(fixture->client.released);
    assert_int_equal(late_journal_waiting(), 0);
}

static void history_asked_before_the_last_byte_is_answered(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "history", NULL);
    client_end(&fixture->client, 0);
    assert_false(fixture->client.closed);
    answer_one(fixture, 0);
    must_hear_result(&fixture->client, "1", "'$any'");
    assert_true(fixture->client.released);
}

/* ---- subscriptions ---- */

static void events_that_come_while_one_is_read_follow(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "'$any'");
    server_toggle(&fixture->server, 1);
    assert_int_equal(late_journal_waiting(), 1);
    server_toggle(&fixture->server, 20); /* one read at a time, however many there are */
    assert_int_equal(late_journal_waiting(), 1);
    must_hear_nothing(&fixture->client);
    answer_all(fixture);
    must_hear_events(&fixture->client, 1, 2, 22);
    must_hear_nothing(&fixture->client);
}

/* More events than are searched at a time, and none of them matches. */
static void a_search_goes_on_while_somebody_waits_for_it(void **state)
{
    enum { HELD = 3 * FIXTURE_HELD };
    static struct server_fixture fixture;
    struct rpc_limits limits = test_server_limits();
    struct test_client *client = &fixture.client;
    (void)state;
    for (int leaves = 0; leaves < 2; leaves++) {
        fixture_begin(&fixture, HELD, &limits);
        server_toggle(&fixture.server, HELD - 2);
        late_journal_begin();
        ask(client, "1", "history", "{'until':'1999-01-01T00:00:00Z'}");
        answer_one(&fixture, 0);
        must_hear_nothing(client);
        assert_int_equal(late_journal_waiting(), 1);
        if (leaves) { /* it sends no more, and may be gone */
            client_end(client, 0);
            answer_one(&fixture, 0);
            must_hear_result(client, "1", "{'events':[],'more':true,'...':0}");
            assert_true(client->closed);
        } else {
            answer_all(&fixture);
            must_hear_result(client, "1", "{'events':[],'more':false,'...':0}");
        }
        assert_int_equal(late_journal_waiting(), 0);
        late_journal_end();
        fixture_end(&fixture);
    }
}

static void answers_go_out_while_events_are_read(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "'$any'");
    server_toggle(&fixture->server, 3);
    fixture->client.hold = true;
    ask(&fixture->client, "2", "cancel", "[0]");
    answer_one(fixture, 0); /* while that answer is in flight */
    fixture->client.hold = false;
    client_take(&fixture->client, 0);
    answer_all(fixture);
    must_hear_result(&fixture->client, "2", "false");
    must_hear_events(&fixture->client, 1, 2, 4);
    must_hear_nothing(&fixture->client);
}

static void unsubscribe_while_its_events_are_read_ends_it(void **state)
{
    struct server_fixture *fixture = *state;
    for (int i = 0; i < 3; i++) {
        ask(&fixture->client, "1", "subscribe", "[0]");
        must_hear_result(&fixture->client, "1", "'$any'");
    }
    assert_int_equal(late_journal_waiting(), 1); /* that of the first subscription */
    ask(&fixture->client, "2", "unsubscribe", "[1]");
    must_hear_result(&fixture->client, "2", "true");
    ask(&fixture->client, "3", "unsubscribe", "[3]"); /* not the one for which a read waits */
    must_hear_result(&fixture->client, "3", "true");
    answer_all(fixture);
    must_hear_event(&fixture->client, 2, 1);
    must_hear_nothing(&fixture->client);
    server_toggle(&fixture->server, 2);
    answer_all(fixture);
    must_hear_events(&fixture->client, 2, 2, 3);
    must_hear_nothing(&fixture->client);
}

static void the_last_unsubscribe_while_events_are_read_leaves_nothing(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", "[0]");
    must_hear_result(&fixture->client, "1", "'$any'");
    ask(&fixture->client, "2", "unsubscribe", "[1]");
    must_hear_result(&fixture->client, "2", "true");
    assert_int_equal(late_journal_waiting(), 0);
    server_toggle(&fixture->server, 2);
    assert_int_equal(late_journal_waiting(), 0);
    must_hear_nothing(&fixture->client);
}

static void a_stop_while_events_are_read_ends_with_closing(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", "[0]");
    must_hear_result(&fixture->client, "1", "'$any'");
    assert_int_equal(late_journal_waiting(), 1);
    rpc_server_stop(&fixture->server.rpc, NULL, NULL);
    server_settle(&fixture->server);
    assert_int_equal(late_journal_waiting(), 0);
    must_hear_closing(&fixture->client, "shutdown", NULL);
}

/* A connection that breaks, and comes back with its seq, is better than missing events. */
static void events_that_cannot_be_read_end_the_connection(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", "[0]");
    ask(&fixture->client, "2", "wait", "['busy']");
    must_hear_result(&fixture->client, "1", "'$any'");
    answer_one(fixture, UV_EIO);
    assert_true(fixture->client.released);
    assert_false(fixture->server.waited);
    must_hear_nothing(&fixture->client);
}

static void a_stop_with_events_that_cannot_be_read_says_the_rest(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "'$any'");
    ask(&fixture->client, "2", "wait", "['busy',60000,60000]");
    fixture->client.hold = true;
    ask(&fixture->client, "3", "cancel", "[0]");
    server_toggle(&fixture->server, 1);
    late_journal_fail(UV_EIO);
    rpc_server_stop(&fixture->server.rpc, NULL, NULL);
    late_journal_fail(0);
    fixture->client.hold = false;
    client_take(&fixture->client, 0);
    must_hear_result(&fixture->client, "3", "false");
    must_hear_error(&fixture->client, "2", -32002, NULL);
    must_hear_closing(&fixture->client, "shutdown", NULL);
}

static void what_was_released_before_it_was_read_is_a_gap(void **state)
{
    struct rpc_limits limits = test_server_limits();
    struct server_fixture fixture;
    (void)state;
    fixture_begin(&fixture, 4, &limits);
    late_journal_begin();
    ask(&fixture.client, "1", "subscribe", NULL);
    must_hear_result(&fixture.client, "1", "'$any'");
    server_toggle(&fixture.server, 1);
    server_toggle(&fixture.server, 10); /* kept: 9 to 12 */
    answer_all(&fixture);
    must_hear_gap(&fixture.client, 1, 2, 8);
    must_hear_events(&fixture.client, 1, 9, 12);
    must_hear_nothing(&fixture.client);
    late_journal_end();
    fixture_end(&fixture);
}

#define LATE(test) cmocka_unit_test_setup_teardown(test, enter_late, leave_late)

int late_reads_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_search_goes_on_while_somebody_waits_for_it),
        LATE(history_is_in_flight_until_it_was_read),
        LATE(history_that_cannot_be_read_is_an_internal_error),
        LATE(history_can_be_cancelled),
        LATE(a_batch_waits_for_its_histories),
        LATE(history_in_flight_at_a_stop_is_answered_so),
        LATE(who_leaves_is_not_waited_for),
        LATE(history_asked_before_the_last_byte_is_answered),
        LATE(events_that_come_while_one_is_read_follow),
        LATE(answers_go_out_while_events_are_read),
        LATE(unsubscribe_while_its_events_are_read_ends_it),
        LATE(the_last_unsubscribe_while_events_are_read_leaves_nothing),
        LATE(a_stop_while_events_are_read_ends_with_closing),
        LATE(events_that_cannot_be_read_end_the_connection),
        WITH_SERVER(a_stop_with_events_that_cannot_be_read_says_the_rest),
        cmocka_unit_test(what_was_released_before_it_was_read_is_a_gap),
    };
    return cmocka_run_group_tests_name("late_reads", tests, NULL, NULL);
}
