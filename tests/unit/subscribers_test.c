/* subscribers_test.c: subscribe and unsubscribe: where delivery begins; and each subscriber gets
 * each event once, in order. */
#include "ask.h"

#include "api/subscribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must_hear_events(struct test_client *client, unsigned subscription, unsigned first,
                             unsigned last)
{
    for (unsigned seq = first; seq <= last; seq++) {
        must_hear_event(client, subscription, seq);
    }
}

/* ---- where it begins ---- */

static void it_begins_behind_the_seq_of_its_own_reply(void **state)
{
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 5);
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1",
                     "{'subscription':1,'journal':'$uuid','reset':false,"
                     "'status':{'state':'busy','seq':6,'...':0}}");
    must_hear_nothing(&fixture->client);
    server_toggle(&fixture->server, 3);
    must_hear_events(&fixture->client, 1, 7, 9);
    must_hear_nothing(&fixture->client);
}

static void events_are_those_of_the_protocol(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", "[0]");
    must_hear_result(&fixture->client, "1", "'$any'");
    must_hear(&fixture->client,
              "{'jsonrpc':'2.0','method':'event','params':{'subscription':1,"
              "'event':{'seq':1,'kind':'transition','at':'2026-11-22T00:16:40.000Z',"
              "'from':'unknown','to':'idle','reasons':[],'after_ms':null}}}");
    test_clock_add(53211);
    server_set_mutex(&fixture->server, MUTEX_HELD);
    must_hear(&fixture->client,
              "{'jsonrpc':'2.0','method':'event','params':{'subscription':1,"
              "'event':{'seq':2,'kind':'transition','at':'2026-11-22T00:17:33.211Z',"
              "'from':'idle','to':'busy','reasons':['mutex'],'after_ms':53211}}}");
}

static void it_begins_behind_the_seq_that_is_given(void **state)
{
    static const struct {
        const char *params;
        unsigned first;
    } rows[] = {{"[0]", 1},         {"[1]", 2}, {"{'after':4}", 5},
                {"{'after':5}", 6}, {"[6]", 7}, {"{'after':null}", 7},
                {"[null,null]", 7}};
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 5);
    for (unsigned i = 0; i < COUNT(rows); i++) {
        ask(&fixture->client, "1", "subscribe", rows[i].params);
        must_hear_result(&fixture->client, "1", "{'reset':false,'...':0}");
        must_hear_events(&fixture->client, i + 1, rows[i].first, 6);
        must_hear_nothing(&fixture->client);
    }
}

static void a_seq_above_the_last_is_an_error_that_names_the_last(void **state)
{
    static const char *const params[] = {"[7]", "{'after':8}", "[18446744073709551615]"};
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 5);
    for (size_t i = 0; i < COUNT(params); i++) {
        ask(&fixture->client, "1", "subscribe", params[i]);
        must_hear_error(&fixture->client, "1", -32602,
                        "{'param':'after','takes':'$text','last_seq':6}");
    }
    assert_int_equal(subscriptions_count(&fixture->client.connection), 0);
}

static void params_that_do_not_fit_are_named(void **state)
{
    static const struct {
        const char *params, *wrong;
    } rows[] = {
        {"[-1]", "after"},
        {"['0']", "after"},
        {"[18446744073709551616]", "after"},
        {"[0,1]", "journal"},
        {"{'journal':[]}", "journal"},
        {"{'after':1.0}", "after"},
    };
    struct server_fixture *fixture = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char data[128];
        snprintf(data, sizeof data, "{'param':'%s','takes':'$text'}", rows[i].wrong);
        ask(&fixture->client, "1", "subscribe", rows[i].params);
        must_hear_error(&fixture->client, "1", -32602, data);
    }
    assert_int_equal(subscriptions_count(&fixture->client.connection), 0);
}

static void a_journal_that_is_the_present_one_is_no_reset(void **state)
{
    struct server_fixture *fixture = *state;
    char params[128];
    server_toggle(&fixture->server, 2);
    snprintf(params, sizeof params, "{'after':2,'journal':'%s'}",
             journal_info(fixture->server.journal)->id);
    ask(&fixture->client, "1", "subscribe", params);
    must_hear_result(&fixture->client, "1", "{'reset':false,'...':0}");
    must_hear_events(&fixture->client, 1, 3, 3);
    must_hear_nothing(&fixture->client);
}

static void another_journal_is_a_reset_to_the_first_event_held(void **state)
{
    static const char *const params[] = {
        "{'after':2,'journal':'00000000-0000-4000-8000-000000000000'}",
        "{'after':99,'journal':'00000000-0000-4000-8000-000000000000'}",
        "[null,'']",
        "{'journal':'x'}",
    };
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, 2);
    for (unsigned i = 0; i < COUNT(params); i++) {
        ask(&fixture->client, "1", "subscribe", params[i]);
        must_hear_result(&fixture->client, "1", "{'reset':true,'journal':'$uuid','...':0}");
        must_hear_events(&fixture->client, i + 1, 1, 3);
        must_hear_nothing(&fixture->client);
    }
}

static void a_reset_begins_at_the_first_held_without_a_gap(void **state)
{
    struct server_fixture fixture;
    struct rpc_limits limits = test_server_limits();
    (void)state;
    fixture_begin(&fixture, 4, &limits);
    server_toggle(&fixture.server, 9); /* kept: 7 to 10 */
    ask(&fixture.client, "1", "subscribe", "{'journal':'another'}");
    must_hear_result(&fixture.client, "1", "{'reset':true,'...':0}");
    must_hear_events(&fixture.client, 1, 7, 10);
    must_hear_nothing(&fixture.client);
    fixture_end(&fixture);
}

static void what_is_no_longer_held_is_said_to_be_a_gap(void **state)
{
    struct server_fixture fixture;
    struct rpc_limits limits = test_server_limits();
    (void)state;
    fixture_begin(&fixture, 4, &limits);
    server_toggle(&fixture.server, 9);
    ask(&fixture.client, "1", "subscribe", "[0]");
    must_hear_result(&fixture.client, "1", "{'reset':false,'...':0}");
    must_hear_gap(&fixture.client, 1, 1, 6);
    must_hear_events(&fixture.client, 1, 7, 10);
    ask(&fixture.client, "2", "subscribe", "[5]");
    must_hear_result(&fixture.client, "2", "{'subscription':2,'...':0}");
    must_hear_gap(&fixture.client, 2, 6, 6);
    must_hear_events(&fixture.client, 2, 7, 10);
    ask(&fixture.client, "3", "subscribe", "[6]"); /* still kept */
    must_hear_result(&fixture.client, "3", "{'subscription':3,'...':0}");
    must_hear_events(&fixture.client, 3, 7, 10);
    must_hear_nothing(&fixture.client);
    fixture_end(&fixture);
}

/* ---- how many, and their end ---- */

static void eight_subscriptions_a_connection_and_no_more(void **state)
{
    struct server_fixture *fixture = *state;
    struct test_client other;
    for (unsigned i = 1; i <= 8; i++) {
        char pattern[64];
        snprintf(pattern, sizeof pattern, "{'subscription':%u,'...':0}", i);
        ask(&fixture->client, "1", "subscribe", NULL);
        must_hear_result(&fixture->client, "1", pattern);
    }
    ask(&fixture->client, "9", "subscribe", NULL);
    must_hear_error(&fixture->client, "9", -32000, "{'limit':'subscriptions'}");
    server_pass(&fixture->server, CONNECTION_REST_MS);
    client_init(&fixture->server, &other);
    ask(&other, "1", "subscribe", NULL); /* another connection has its own eight */
    must_hear_result(&other, "1", "{'subscription':1,'...':0}");
    server_toggle(&fixture->server, 2);
    for (unsigned seq = 2; seq <= 3; seq++) {
        must_hear_event(&other, 1, seq);
        for (unsigned i = 1; i <= 8; i++) {
            must_hear(&fixture->client, "{'method':'event','...':0}");
        }
    }
    must_hear_nothing(&fixture->client);
    ask(&fixture->client, "10", "unsubscribe", "[3]");
    must_hear_result(&fixture->client, "10", "true");
    ask(&fixture->client, "11", "subscribe", NULL);
    must_hear_result(&fixture->client, "11",
                     "{'subscription':9,'...':0}"); /* with a number of its own */
    client_end(&other, 0);
    client_release(&other);
    assert_int_equal(fixture->server.metrics.subscriptions, 8);
}

static void after_unsubscribe_no_more_events_come(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", NULL);
    ask(&fixture->client, "2", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "'$any'");
    must_hear_result(&fixture->client, "2", "'$any'");
    ask(&fixture->client, "3", "unsubscribe", "{'subscription':1}");
    must_hear_result(&fixture->client, "3", "true");
    server_toggle(&fixture->server, 3);
    must_hear_events(&fixture->client, 2, 2, 4);
    must_hear_nothing(&fixture->client);
}

static void unsubscribe_takes_the_number_of_one_that_is_there(void **state)
{
    static const char *const params[] = {NULL,
                                         "[]",
                                         "[0]",
                                         "[2]",
                                         "[-1]",
                                         "['1']",
                                         "[1.0]",
                                         "[[]]",
                                         "{}",
                                         "[null]",
                                         "{'subscription':2}"};
    struct server_fixture *fixture = *state;
    struct test_client other;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "{'subscription':1,'...':0}");
    for (size_t i = 0; i < COUNT(params); i++) {
        ask(&fixture->client, "2", "unsubscribe", params[i]);
        must_hear_error(&fixture->client, "2", -32602, "{'param':'subscription','takes':'$text'}");
    }
    client_init(&fixture->server, &other);
    ask(&other, "1", "unsubscribe", "[1]"); /* of another connection */
    must_hear_error(&other, "1", -32602, "{'param':'subscription','takes':'$text'}");
    client_end(&other, 0);
    client_release(&other);
    ask(&fixture->client, "3", "unsubscribe", "[1]");
    must_hear_result(&fixture->client, "3", "true");
    ask(&fixture->client, "4", "unsubscribe", "[1]");
    must_hear_error(&fixture->client, "4", -32602, "{'param':'subscription','takes':'$text'}");
}

static void unsubscribe_as_a_notification_ends_it_too(void **state)
{
    struct server_fixture *fixture = *state;
    ask(&fixture->client, "1", "subscribe", NULL);
    must_hear_result(&fixture->client, "1", "'$any'");
    ask(&fixture->client, NULL, "unsubscribe", "[1]");
    server_toggle(&fixture->server, 2);
    must_hear_nothing(&fixture->client);
}

/* ---- many ---- */

/* Reads everything that came: for subscription `number`, `next` is next. */
static unsigned read_in_order(struct test_client *client, unsigned next)
{
    size_t size;
    const char *line;
    while ((line = client_line(client, &size)) != NULL) {
        const char *seq = strstr(line, "\"seq\":");
        assert_non_null(seq);
        assert_int_equal(strtoul(seq + 6, NULL, 10), next);
        next++;
    }
    return next;
}

static void a_long_way_behind_it_catches_up_in_writes_of_32_kib(void **state)
{
    struct server_fixture *fixture = *state;
    server_toggle(&fixture->server, FIXTURE_HELD - 1);
    unsigned before = fixture->client.writes;
    size_t size_before = fixture->client.received_size;
    ask(&fixture->client, "1", "subscribe", "[0]");
    must_hear_result(&fixture->client, "1", "'$any'");
    assert_int_equal(read_in_order(&fixture->client, 1), FIXTURE_HELD + 1);
    size_t size = fixture->client.received_size - size_before;
    size_t least = size / (size_t)SUBSCRIPTIONS_WRITE_BYTES;
    assert_in_range(fixture->client.writes - before, least, least * 4 / 3 + 2);
    assert_in_range(fixture->client.most_unread, 1, SUBSCRIPTIONS_WRITE_BYTES);
}

static void three_hundred_subscribers_get_every_event_once_in_order(void **state)
{
    enum { CALLERS = 300 };
    struct server_fixture *fixture = *state;
    struct test_client *clients = calloc(CALLERS, sizeof *clients);
    assert_non_null(clients);
    for (unsigned i = 0; i < CALLERS; i++) {
        client_init(&fixture->server, &clients[i]);
        ask(&clients[i], "1", "subscribe", NULL);
        must_hear_result(&clients[i], "1", "'$any'");
        clients[i].hold = i % 3 == 1; /* some read only now and then */
    }
    for (unsigned round = 0; round < 20; round++) {
        server_toggle(&fixture->server, 10);
        for (unsigned i = 0; i < CALLERS; i++) {
            if (clients[i].hold && (round + i) % 4 == 0) {
                client_take(&clients[i], 0);
            }
        }
    }
    for (unsigned i = 0; i < CALLERS; i++) {
        clients[i].hold = false;
        client_take(&clients[i], 0);
        assert_int_equal(read_in_order(&clients[i], 2), 202);
        client_end(&clients[i], i % 2 == 0 ? 0 : UV_ECONNRESET);
        client_release(&clients[i]);
    }
    assert_int_equal(fixture->server.rpc.connections.count, 1);
    assert_int_equal(fixture->server.metrics.subscriptions, 0);
    assert_int_equal(fixture->server.metrics.events_sent_total, CALLERS * 200);
    free(clients);
}

static void subscriptions_of_one_connection_take_turns(void **state)
{
    struct server_fixture *fixture = *state;
    unsigned next[9] = {0, 1, 1, 1, 1, 1, 1, 1, 1};
    size_t size;
    char *line;
    server_toggle(&fixture->server, FIXTURE_HELD - 1);
    fixture->client.hold = true;
    for (unsigned i = 1; i <= 8; i++) {
        ask(&fixture->client, "1", "subscribe", "[0]");
    }
    fixture->client.hold = false;
    client_take(&fixture->client, 0);
    for (unsigned i = 1; i <= 8; i++) {
        must_hear_result(&fixture->client, "1", "'$any'");
    }
    unsigned furthest = 0;
    while ((line = client_line(&fixture->client, &size)) != NULL) {
        unsigned n = (unsigned)strtoul(strstr(line, "\"subscription\":") + 15, NULL, 10);
        unsigned seq = (unsigned)strtoul(strstr(line, "\"seq\":") + 6, NULL, 10);
        assert_in_range(n, 1, 8);
        assert_int_equal(seq, next[n]);
        next[n]++;
        furthest = next[n] > furthest ? next[n] : furthest;
        for (unsigned i = 1; i <= 8; i++) { /* none is behind by more than a page */
            assert_in_range(furthest - next[i], 0, JOURNAL_READ_MOST);
        }
    }
    for (unsigned i = 1; i <= 8; i++) {
        assert_int_equal(next[i], FIXTURE_HELD + 1);
    }
}

int subscribers_tests(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(it_begins_behind_the_seq_of_its_own_reply),
        WITH_SERVER(events_are_those_of_the_protocol),
        WITH_SERVER(it_begins_behind_the_seq_that_is_given),
        WITH_SERVER(a_seq_above_the_last_is_an_error_that_names_the_last),
        WITH_SERVER(params_that_do_not_fit_are_named),
        WITH_SERVER(a_journal_that_is_the_present_one_is_no_reset),
        WITH_SERVER(another_journal_is_a_reset_to_the_first_event_held),
        cmocka_unit_test(a_reset_begins_at_the_first_held_without_a_gap),
        cmocka_unit_test(what_is_no_longer_held_is_said_to_be_a_gap),
        WITH_SERVER(eight_subscriptions_a_connection_and_no_more),
        WITH_SERVER(after_unsubscribe_no_more_events_come),
        WITH_SERVER(unsubscribe_takes_the_number_of_one_that_is_there),
        WITH_SERVER(unsubscribe_as_a_notification_ends_it_too),
        WITH_SERVER(a_long_way_behind_it_catches_up_in_writes_of_32_kib),
        WITH_SERVER(three_hundred_subscribers_get_every_event_once_in_order),
        WITH_SERVER(subscriptions_of_one_connection_take_turns),
    };
    return cmocka_run_group_tests_name("subscribers", tests, NULL, NULL);
}
