/* late_reads_test.c: sessions over a journal whose reads are answered later, or fail: in flight
 * while others ask, unsubscribe, leave, or the service stops. */
#include "ask.h"
#include "late_journal.h"

#include <stdio.h>

static int enter_late(void **state)
{
    int error = room_enter(state);
    late_journal_begin();
    return error;
}

static int leave_late(void **state)
{
    struct room *room = *state;
    for (struct list *node = room->house.callers.next; node != &room->house.callers;
         node = node->next) {
        connection_close(&LIST_ENTRY(node, struct caller, node)->connection);
    }
    late_journal_end(); /* nobody waits for a read who is not there */
    return room_leave(state);
}

/* Answers what waits, and what is asked in turn. */
static void answer_all(struct room *room)
{
    while (late_journal_waiting() > 0) {
        late_journal_answer(0);
        house_settle(&room->house);
    }
}

static void answer_one(struct room *room, int error)
{
    late_journal_answer(error);
    house_settle(&room->house);
}

static void must_hear_events(struct caller *caller, unsigned subscription, unsigned first,
                             unsigned last)
{
    for (unsigned seq = first; seq <= last; seq++) {
        must_hear_event(caller, subscription, seq);
    }
}

/* ---- history ---- */

static void history_is_in_flight_until_it_was_read(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "history", NULL);
    assert_int_equal(late_journal_waiting(), 1);
    must_hear_nothing(&room->caller);
    ask(&room->caller, "2", "cancel", "[0]"); /* holds up nobody */
    must_hear_result(&room->caller, "2", "false");
    ask(&room->caller, "3", "history", NULL);
    house_toggle(&room->house, 1);
    answer_all(room);
    must_hear_result(&room->caller, "1", "{'last_seq':2,'...':0}");
    must_hear_result(&room->caller, "3", "{'last_seq':2,'...':0}");
    assert_int_equal(room->caller.connection.request_count, 0);
}

static void history_that_cannot_be_read_is_an_internal_error(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "history", NULL);
    answer_one(room, UV_EIO);
    must_hear_error(&room->caller, "1", -32603, NULL);
    ask(&room->caller, "2", "cancel", "[0]"); /* the connection stays */
    must_hear_result(&room->caller, "2", "false");
}

static void history_can_be_cancelled(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "history", NULL);
    ask(&room->caller, "2", "cancel", "[1]");
    assert_int_equal(late_journal_waiting(), 0);
    must_hear_error(&room->caller, "1", -32004, NULL);
    must_hear_result(&room->caller, "2", "true");
}

static void a_batch_waits_for_its_histories(void **state)
{
    struct room *room = *state;
    say(&room->caller, "[{'jsonrpc':'2.0','id':1,'method':'history'},"
                       "{'jsonrpc':'2.0','id':2,'method':'history'},"
                       "{'jsonrpc':'2.0','id':3,'method':'cancel','params':[0]}]");
    must_hear_nothing(&room->caller);
    answer_one(room, 0);
    must_hear_nothing(&room->caller);
    answer_one(room, UV_EIO);
    must_hear(&room->caller, "[{'id':3,'result':false,'...':0},"
                             "{'id':1,'result':{'first_seq':1,'...':0},'...':0},"
                             "{'id':2,'error':{'code':-32603,'...':0},'...':0}]");
}

static void history_in_flight_at_a_stop_is_answered_so(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "history", NULL);
    ask(&room->caller, "2", "history", NULL);
    rpc_server_stop(&room->house.server, NULL, NULL);
    house_settle(&room->house);
    must_hear_error(&room->caller, "1", -32002, NULL);
    must_hear_error(&room->caller, "2", -32002, NULL);
    must_hear_closing(&room->caller, "shutdown", NULL);
    assert_int_equal(late_journal_waiting(), 0);
}

static void who_leaves_is_not_waited_for(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "history", NULL);
    ask(&room->caller, "2", "subscribe", "[0]");
    must_hear_result(&room->caller, "2", "'$any'");
    assert_int_equal(late_journal_waiting(), 2);
    caller_end(&room->caller, UV_ECONNRESET);
    assert_true(room->caller.released);
    assert_int_equal(late_journal_waiting(), 0);
}

static void history_asked_before_the_last_byte_is_answered(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "history", NULL);
    caller_end(&room->caller, 0);
    assert_false(room->caller.closed);
    answer_one(room, 0);
    must_hear_result(&room->caller, "1", "'$any'");
    assert_true(room->caller.released);
}

/* ---- subscriptions ---- */

static void events_that_come_while_one_is_read_follow(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "'$any'");
    house_toggle(&room->house, 1);
    assert_int_equal(late_journal_waiting(), 1);
    house_toggle(&room->house, 20); /* one read at a time, however many there are */
    assert_int_equal(late_journal_waiting(), 1);
    must_hear_nothing(&room->caller);
    answer_all(room);
    must_hear_events(&room->caller, 1, 2, 22);
    must_hear_nothing(&room->caller);
}

static void answers_go_out_while_events_are_read(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "'$any'");
    house_toggle(&room->house, 3);
    room->caller.hold = true;
    ask(&room->caller, "2", "cancel", "[0]");
    answer_one(room, 0); /* while that answer is in flight */
    room->caller.hold = false;
    caller_take(&room->caller, 0);
    answer_all(room);
    must_hear_result(&room->caller, "2", "false");
    must_hear_events(&room->caller, 1, 2, 4);
    must_hear_nothing(&room->caller);
}

static void unsubscribe_while_its_events_are_read_ends_it(void **state)
{
    struct room *room = *state;
    for (int i = 0; i < 3; i++) {
        ask(&room->caller, "1", "subscribe", "[0]");
        must_hear_result(&room->caller, "1", "'$any'");
    }
    assert_int_equal(late_journal_waiting(), 1); /* the first one's */
    ask(&room->caller, "2", "unsubscribe", "[1]");
    must_hear_result(&room->caller, "2", "true");
    ask(&room->caller, "3", "unsubscribe", "[3]"); /* not the one that is read for */
    must_hear_result(&room->caller, "3", "true");
    answer_all(room);
    must_hear_event(&room->caller, 2, 1);
    must_hear_nothing(&room->caller);
    house_toggle(&room->house, 2);
    answer_all(room);
    must_hear_events(&room->caller, 2, 2, 3);
    must_hear_nothing(&room->caller);
}

static void the_last_unsubscribe_while_events_are_read_leaves_nothing(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", "[0]");
    must_hear_result(&room->caller, "1", "'$any'");
    ask(&room->caller, "2", "unsubscribe", "[1]");
    must_hear_result(&room->caller, "2", "true");
    assert_int_equal(late_journal_waiting(), 0);
    house_toggle(&room->house, 2);
    assert_int_equal(late_journal_waiting(), 0);
    must_hear_nothing(&room->caller);
}

static void a_stop_while_events_are_read_ends_with_closing(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", "[0]");
    must_hear_result(&room->caller, "1", "'$any'");
    assert_int_equal(late_journal_waiting(), 1);
    rpc_server_stop(&room->house.server, NULL, NULL);
    house_settle(&room->house);
    assert_int_equal(late_journal_waiting(), 0);
    must_hear_closing(&room->caller, "shutdown", NULL);
}

/* Better a connection that breaks, and comes back with its seq, than events left out. */
static void events_that_cannot_be_read_end_the_connection(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", "[0]");
    ask(&room->caller, "2", "wait", "['busy']");
    must_hear_result(&room->caller, "1", "'$any'");
    answer_one(room, UV_EIO);
    assert_true(room->caller.released);
    assert_false(room->house.waited);
    must_hear_nothing(&room->caller);
}

static void a_stop_with_events_that_cannot_be_read_says_the_rest(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "subscribe", NULL);
    must_hear_result(&room->caller, "1", "'$any'");
    ask(&room->caller, "2", "wait", "['busy',60000,60000]");
    room->caller.hold = true;
    ask(&room->caller, "3", "cancel", "[0]");
    house_toggle(&room->house, 1);
    late_journal_fail(UV_EIO);
    rpc_server_stop(&room->house.server, NULL, NULL);
    late_journal_fail(0);
    room->caller.hold = false;
    caller_take(&room->caller, 0);
    must_hear_result(&room->caller, "3", "false");
    must_hear_error(&room->caller, "2", -32002, NULL);
    must_hear_closing(&room->caller, "shutdown", NULL);
}

static void what_was_let_go_of_before_it_was_read_is_a_gap(void **state)
{
    struct rpc_limits limits = house_limits();
    struct room room;
    (void)state;
    room_begin(&room, 4, &limits);
    late_journal_begin();
    ask(&room.caller, "1", "subscribe", NULL);
    must_hear_result(&room.caller, "1", "'$any'");
    house_toggle(&room.house, 1);
    house_toggle(&room.house, 10); /* held: 9 to 12 */
    answer_all(&room);
    must_hear_gap(&room.caller, 1, 2, 8);
    must_hear_events(&room.caller, 1, 9, 12);
    must_hear_nothing(&room.caller);
    late_journal_end();
    room_end(&room);
}

#define LATE(test) cmocka_unit_test_setup_teardown(test, enter_late, leave_late)

int late_reads_tests(void)
{
    const struct CMUnitTest tests[] = {
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
        IN_ROOM(a_stop_with_events_that_cannot_be_read_says_the_rest),
        cmocka_unit_test(what_was_let_go_of_before_it_was_read_is_a_gap),
    };
    return cmocka_run_group_tests_name("late_reads", tests, NULL, NULL);
}
