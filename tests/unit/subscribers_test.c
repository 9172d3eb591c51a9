/* subscribers_test.c: subscribe and unsubscribe: where delivery begins, and that each subscriber
 * gets each event once, in order. */
#include "ask.h"

#include "api/subscribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must_hear_events(struct caller *caller, unsigned subscription, unsigned first,
                             unsigned last)
{
    for (unsigned seq = first; seq <= last; seq++) {
        must_hear_event(caller, subscription, seq);
    }
}

/* ---- where it begins ---- */

static void it_begins_behind_the_seq_of_its_own_reply(void **state)
{
    struct room *room = *state;
    house_toggle(&room->house, 5);
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1",
                     "{'subscription':1,'journal':'$uuid','reset':false,"
                     "'status':{'state':'busy','seq':6,'...':0}}");
    must_hear_nothing(&room->caller);
    house_toggle(&room->house, 3);
    must_hear_events(&room->caller, 1, 7, 9);
    must_hear_nothing(&room->caller);
}

static void events_are_those_of_the_protocol(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", "[0]");
    must_hear_result(&room->caller, "1", "'$any'");
    must_hear(&room->caller, "{'jsonrpc':'2.0','method':'event','params':{'subscription':1,"
                             "'event':{'seq':1,'kind':'transition','at':'2026-11-22T00:16:40.000Z',"
                             "'from':'unknown','to':'idle','reasons':[],'after_ms':null}}}");
    test_clock_add(53211);
    house_set_mutex(&room->house, MUTEX_HELD);
    must_hear(&room->caller, "{'jsonrpc':'2.0','method':'event','params':{'subscription':1,"
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
    struct room *room = *state;
    house_toggle(&room->house, 5);
    for (unsigned i = 0; i < COUNT(rows); i++) {
        ask(&room->caller, "1", "subscribe", rows[i].params);
        must_hear_result(&room->caller, "1", "{'reset':false,'...':0}");
        must_hear_events(&room->caller, i + 1, rows[i].first, 6);
        must_hear_nothing(&room->caller);
    }
}

static void a_seq_above_the_last_is_an_error_that_names_the_last(void **state)
{
    static const char *const params[] = {"[7]", "{'after':8}", "[18446744073709551615]"};
    struct room *room = *state;
    house_toggle(&room->house, 5);
    for (size_t i = 0; i < COUNT(params); i++) {
        ask(&room->caller, "1", "subscribe", params[i]);
        must_hear_error(&room->caller, "1", -32602,
                        "{'param':'after','takes':'$text','last_seq':6}");
    }
    assert_int_equal(subscriptions_count(&room->caller.connection), 0);
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
    struct room *room = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char data[128];
        snprintf(data, sizeof data, "{'param':'%s','takes':'$text'}", rows[i].wrong);
        ask(&room->caller, "1", "subscribe", rows[i].params);
        must_hear_error(&room->caller, "1", -32602, data);
    }
    assert_int_equal(subscriptions_count(&room->caller.connection), 0);
}

static void a_journal_that_is_the_present_one_is_no_reset(void **state)
{
    struct room *room = *state;
    char params[128];
    house_toggle(&room->house, 2);
    snprintf(params, sizeof params, "{'after':2,'journal':'%s'}",
             journal_info(room->house.journal)->id);
    ask(&room->caller, "1", "subscribe", params);
    must_hear_result(&room->caller, "1", "{'reset':false,'...':0}");
    must_hear_events(&room->caller, 1, 3, 3);
    must_hear_nothing(&room->caller);
}

static void another_journal_is_a_reset_to_the_first_event_held(void **state)
{
    static const char *const params[] = {
        "{'after':2,'journal':'00000000-0000-4000-8000-000000000000'}",
        "{'after':99,'journal':'00000000-0000-4000-8000-000000000000'}",
        "[null,'']",
        "{'journal':'x'}",
    };
    struct room *room = *state;
    house_toggle(&room->house, 2);
    for (unsigned i = 0; i < COUNT(params); i++) {
        ask(&room->caller, "1", "subscribe", params[i]);
        must_hear_result(&room->caller, "1", "{'reset':true,'journal':'$uuid','...':0}");
        must_hear_events(&room->caller, i + 1, 1, 3);
        must_hear_nothing(&room->caller);
    }
}

static void a_reset_begins_at_the_first_held_without_a_gap(void **state)
{
    struct room room;
    struct rpc_limits limits = house_limits();
    (void)state;
    room_begin(&room, 4, &limits);
    house_toggle(&room.house, 9); /* held: 7 to 10 */
    ask(&room.caller, "1", "subscribe", "{'journal':'another'}");
    must_hear_result(&room.caller, "1", "{'reset':true,'...':0}");
    must_hear_events(&room.caller, 1, 7, 10);
    must_hear_nothing(&room.caller);
    room_end(&room);
}

static void what_is_no_longer_held_is_said_to_be_a_gap(void **state)
{
    struct room room;
    struct rpc_limits limits = house_limits();
    (void)state;
    room_begin(&room, 4, &limits);
    house_toggle(&room.house, 9);
    ask(&room.caller, "1", "subscribe", "[0]");
    must_hear_result(&room.caller, "1", "{'reset':false,'...':0}");
    must_hear_gap(&room.caller, 1, 1, 6);
    must_hear_events(&room.caller, 1, 7, 10);
    ask(&room.caller, "2", "subscribe", "[5]");
    must_hear_result(&room.caller, "2", "{'subscription':2,'...':0}");
    must_hear_gap(&room.caller, 2, 6, 6);
    must_hear_events(&room.caller, 2, 7, 10);
    ask(&room.caller, "3", "subscribe", "[6]"); /* just held */
    must_hear_result(&room.caller, "3", "{'subscription':3,'...':0}");
    must_hear_events(&room.caller, 3, 7, 10);
    must_hear_nothing(&room.caller);
    room_end(&room);
}

/* ---- how many, and their end ---- */

static void eight_subscriptions_a_connection_and_no_more(void **state)
{
    struct room *room = *state;
    struct caller other;
    for (unsigned i = 1; i <= 8; i++) {
        char pattern[64];
        snprintf(pattern, sizeof pattern, "{'subscription':%u,'...':0}", i);
        ask(&room->caller, "1", "subscribe", NULL);
        must_hear_result(&room->caller, "1", pattern);
    }
    ask(&room->caller, "9", "subscribe", NULL);
    must_hear_error(&room->caller, "9", -32000, "{'limit':'subscriptions'}");
    caller_init(&room->house, &other);
    ask(&other, "1", "subscribe", NULL); /* another connection has its own eight */
    must_hear_result(&other, "1", "{'subscription':1,'...':0}");
    house_toggle(&room->house, 2);
    for (unsigned seq = 2; seq <= 3; seq++) {
        must_hear_event(&other, 1, seq);
        for (unsigned i = 1; i <= 8; i++) {
            must_hear(&room->caller, "{'method':'event','...':0}");
        }
    }
    must_hear_nothing(&room->caller);
    ask(&room->caller, "10", "unsubscribe", "[3]");
    must_hear_result(&room->caller, "10", "true");
    ask(&room->caller, "11", "subscribe", NULL);
    must_hear_result(&room->caller, "11", "{'subscription':9,'...':0}"); /* a number of its own */
    caller_end(&other, 0);
    caller_release(&other);
    assert_int_equal(room->house.metrics.subscriptions, 8);
}

static void after_unsubscribe_no_more_events_come(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", NULL);
    ask(&room->caller, "2", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "'$any'");
    must_hear_result(&room->caller, "2", "'$any'");
    ask(&room->caller, "3", "unsubscribe", "{'subscription':1}");
    must_hear_result(&room->caller, "3", "true");
    house_toggle(&room->house, 3);
    must_hear_events(&room->caller, 2, 2, 4);
    must_hear_nothing(&room->caller);
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
    struct room *room = *state;
    struct caller other;
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "{'subscription':1,'...':0}");
    for (size_t i = 0; i < COUNT(params); i++) {
        ask(&room->caller, "2", "unsubscribe", params[i]);
        must_hear_error(&room->caller, "2", -32602, "{'param':'subscription','takes':'$text'}");
    }
    caller_init(&room->house, &other);
    ask(&other, "1", "unsubscribe", "[1]"); /* another connection's */
    must_hear_error(&other, "1", -32602, "{'param':'subscription','takes':'$text'}");
    caller_end(&other, 0);
    caller_release(&other);
    ask(&room->caller, "3", "unsubscribe", "[1]");
    must_hear_result(&room->caller, "3", "true");
    ask(&room->caller, "4", "unsubscribe", "[1]");
    must_hear_error(&room->caller, "4", -32602, "{'param':'subscription','takes':'$text'}");
}

static void unsubscribe_as_a_notification_ends_it_too(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "'$any'");
    ask(&room->caller, NULL, "unsubscribe", "[1]");
    house_toggle(&room->house, 2);
    must_hear_nothing(&room->caller);
}

/* ---- many ---- */

/* Reads all that came: subscription `number` has `next` next. */
static unsigned read_in_order(struct caller *caller, unsigned next)
{
    size_t size;
    const char *line;
    while ((line = caller_line(caller, &size)) != NULL) {
        const char *seq = strstr(line, "\"seq\":");
        assert_non_null(seq);
        assert_int_equal(strtoul(seq + 6, NULL, 10), next);
        next++;
    }
    return next;
}

static void a_long_way_behind_it_catches_up_in_writes_of_32_kib(void **state)
{
    struct room *room = *state;
    house_toggle(&room->house, ROOM_HELD - 1);
    unsigned before = room->caller.writes;
    size_t size_before = room->caller.received_size;
    ask(&room->caller, "1", "subscribe", "[0]");
    must_hear_result(&room->caller, "1", "'$any'");
    assert_int_equal(read_in_order(&room->caller, 1), ROOM_HELD + 1);
    size_t size = room->caller.received_size - size_before;
    size_t least = size / (size_t)SUBSCRIPTIONS_WRITE_BYTES;
    assert_in_range(room->caller.writes - before, least, least * 4 / 3 + 2);
    assert_in_range(room->caller.most_unread, 1, SUBSCRIPTIONS_WRITE_BYTES);
}

static void three_hundred_subscribers_get_every_event_once_in_order(void **state)
{
    enum { CALLERS = 300 };
    struct room *room = *state;
    struct caller *callers = calloc(CALLERS, sizeof *callers);
    assert_non_null(callers);
    for (unsigned i = 0; i < CALLERS; i++) {
        caller_init(&room->house, &callers[i]);
        ask(&callers[i], "1", "subscribe", NULL);
        must_hear_result(&callers[i], "1", "'$any'");
        callers[i].hold = i % 3 == 1; /* some read now and then alone */
    }
    for (unsigned round = 0; round < 20; round++) {
        house_toggle(&room->house, 10);
        for (unsigned i = 0; i < CALLERS; i++) {
            if (callers[i].hold && (round + i) % 4 == 0) {
                caller_take(&callers[i], 0);
            }
        }
    }
    for (unsigned i = 0; i < CALLERS; i++) {
        callers[i].hold = false;
        caller_take(&callers[i], 0);
        assert_int_equal(read_in_order(&callers[i], 2), 202);
        caller_end(&callers[i], i % 2 == 0 ? 0 : UV_ECONNRESET);
        caller_release(&callers[i]);
    }
    assert_int_equal(room->house.server.connections.count, 1);
    assert_int_equal(room->house.metrics.subscriptions, 0);
    assert_int_equal(room->house.metrics.events_sent_total, CALLERS * 200);
    free(callers);
}

static void subscriptions_of_one_connection_take_turns(void **state)
{
    struct room *room = *state;
    unsigned next[9] = {0, 1, 1, 1, 1, 1, 1, 1, 1};
    size_t size;
    char *line;
    house_toggle(&room->house, ROOM_HELD - 1);
    room->caller.hold = true;
    for (unsigned i = 1; i <= 8; i++) {
        ask(&room->caller, "1", "subscribe", "[0]");
    }
    room->caller.hold = false;
    caller_take(&room->caller, 0);
    for (unsigned i = 1; i <= 8; i++) {
        must_hear_result(&room->caller, "1", "'$any'");
    }
    unsigned furthest = 0;
    while ((line = caller_line(&room->caller, &size)) != NULL) {
        unsigned n = (unsigned)strtoul(strstr(line, "\"subscription\":") + 15, NULL, 10);
        unsigned seq = (unsigned)strtoul(strstr(line, "\"seq\":") + 6, NULL, 10);
        assert_in_range(n, 1, 8);
        assert_int_equal(seq, next[n]);
        next[n]++;
        furthest = next[n] > furthest ? next[n] : furthest;
        for (unsigned i = 1; i <= 8; i++) { /* none is left behind by more than a page */
            assert_in_range(furthest - next[i], 0, JOURNAL_READ_MOST);
        }
    }
    for (unsigned i = 1; i <= 8; i++) {
        assert_int_equal(next[i], ROOM_HELD + 1);
    }
}

int subscribers_tests(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(it_begins_behind_the_seq_of_its_own_reply),
        IN_ROOM(events_are_those_of_the_protocol),
        IN_ROOM(it_begins_behind_the_seq_that_is_given),
        IN_ROOM(a_seq_above_the_last_is_an_error_that_names_the_last),
        IN_ROOM(params_that_do_not_fit_are_named),
        IN_ROOM(a_journal_that_is_the_present_one_is_no_reset),
        IN_ROOM(another_journal_is_a_reset_to_the_first_event_held),
        cmocka_unit_test(a_reset_begins_at_the_first_held_without_a_gap),
        cmocka_unit_test(what_is_no_longer_held_is_said_to_be_a_gap),
        IN_ROOM(eight_subscriptions_a_connection_and_no_more),
        IN_ROOM(after_unsubscribe_no_more_events_come),
        IN_ROOM(unsubscribe_takes_the_number_of_one_that_is_there),
        IN_ROOM(unsubscribe_as_a_notification_ends_it_too),
        IN_ROOM(a_long_way_behind_it_catches_up_in_writes_of_32_kib),
        IN_ROOM(three_hundred_subscribers_get_every_event_once_in_order),
        IN_ROOM(subscriptions_of_one_connection_take_turns),
    };
    return cmocka_run_group_tests_name("subscribers", tests, NULL, NULL);
}
