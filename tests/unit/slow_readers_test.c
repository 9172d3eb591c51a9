/* slow_readers_test.c: clients that do not read: one write in flight, nothing lost, nobody
 * delayed, and a bound to what they cost. */
#include "ask.h"

#include "api/subscribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void subscribe(struct caller *caller)
{
    ask(caller, "1", "subscribe", NULL);
    must_hear_result(caller, "1", "'$any'");
}

static void must_hear_events(struct caller *caller, unsigned subscription, unsigned first,
                             unsigned last)
{
    for (unsigned seq = first; seq <= last; seq++) {
        must_hear_event(caller, subscription, seq);
    }
}

/* All that is in flight or waits is read, now and from now on. */
static void read_on(struct caller *caller)
{
    caller->hold = false;
    caller_take(caller, 0);
}

static void one_write_is_in_flight_and_the_rest_stays_in_the_journal(void **state)
{
    struct room *room = *state;
    subscribe(&room->caller);
    room->caller.hold = true;
    unsigned before = room->caller.writes;
    house_toggle(&room->house, 1000);
    assert_int_equal(room->caller.writes, before + 1);
    assert_int_equal(room->caller.connection.output.size, 0);
    assert_in_range(room->caller.most_unread, 1, 1024); /* the one event that was first */
    read_on(&room->caller);
    must_hear_events(&room->caller, 1, 2, 1001);
    must_hear_nothing(&room->caller);
    assert_in_range(room->caller.most_unread, 1, SUBSCRIPTIONS_WRITE_BYTES);
}

static void it_delays_nobody(void **state)
{
    struct room *room = *state;
    struct caller other;
    caller_init(&room->house, &other);
    subscribe(&room->caller);
    subscribe(&other);
    room->caller.hold = true;
    for (unsigned seq = 2; seq <= 500; seq++) {
        house_toggle(&room->house, 1);
        must_hear_event(&other, 1, seq);
    }
    must_hear_nothing(&room->caller);
    read_on(&room->caller);
    must_hear_events(&room->caller, 1, 2, 500);
    caller_end(&other, 0);
    caller_release(&other);
}

static void what_the_journal_let_go_of_meanwhile_is_a_gap(void **state)
{
    struct rpc_limits limits = house_limits();
    struct room room;
    (void)state;
    room_begin(&room, 16, &limits);
    subscribe(&room.caller);
    room.caller.hold = true;
    house_toggle(&room.house, 1); /* event 2 is in flight */
    house_toggle(&room.house, 15);
    read_on(&room.caller); /* held: 2 to 17 */
    must_hear_events(&room.caller, 1, 2, 17);
    room.caller.hold = true;
    house_toggle(&room.house, 1);
    house_toggle(&room.house, 17);
    read_on(&room.caller); /* held: 20 to 35, and 18 was in flight */
    must_hear_event(&room.caller, 1, 18);
    must_hear_gap(&room.caller, 1, 19, 19);
    must_hear_events(&room.caller, 1, 20, 35);
    room.caller.hold = true;
    house_toggle(&room.house, 1000);
    read_on(&room.caller);
    must_hear_event(&room.caller, 1, 36);
    must_hear_gap(&room.caller, 1, 37, 1019);
    must_hear_events(&room.caller, 1, 1020, 1035);
    must_hear_nothing(&room.caller);
    room_end(&room);
}

static void each_subscription_has_a_gap_of_its_own(void **state)
{
    struct rpc_limits limits = house_limits();
    struct room room;
    (void)state;
    room_begin(&room, 4, &limits);
    subscribe(&room.caller);
    house_toggle(&room.house, 1);
    must_hear_event(&room.caller, 1, 2);
    room.caller.hold = true;
    ask(&room.caller, "2", "subscribe", "[1]");
    house_toggle(&room.house, 10); /* held: 9 to 12 */
    read_on(&room.caller);
    must_hear_result(&room.caller, "2", "{'subscription':2,'...':0}");
    must_hear_gap(&room.caller, 1, 3, 8);
    must_hear_events(&room.caller, 1, 9, 12);
    must_hear_gap(&room.caller, 2, 2, 8);
    must_hear_events(&room.caller, 2, 9, 12);
    must_hear_nothing(&room.caller);
    room_end(&room);
}

static void replies_come_before_further_events(void **state)
{
    struct room *room = *state;
    subscribe(&room->caller);
    room->caller.hold = true;
    house_toggle(&room->house, 100);
    ask(&room->caller, "2", "cancel", "[0]");
    ask(&room->caller, "3", "cancel", "[0]");
    read_on(&room->caller);
    must_hear_event(&room->caller, 1, 2); /* was in flight */
    must_hear_result(&room->caller, "2", "false");
    must_hear_result(&room->caller, "3", "false");
    must_hear_events(&room->caller, 1, 3, 101);
    must_hear_nothing(&room->caller);
}

/* ---- replies that are not read ---- */

#define PAUSE_BYTES (64u * 1024u)

static size_t unread(const struct caller *caller)
{
    return caller->connection.output.size + caller->connection.flying_size;
}

static void who_does_not_read_is_not_read_from(void **state)
{
    static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"about\"}\n";
    enum { LINES = 300 };
    static char data[LINES * (sizeof line - 1)];
    struct room *room = *state;
    for (size_t i = 0; i < LINES; i++) {
        memcpy(data + i * (sizeof line - 1), line, sizeof line - 1);
    }
    room->caller.hold = true;
    size_t sent = caller_send(&room->caller, data, sizeof data, 1000);
    assert_in_range(sent, sizeof line, sizeof data / 2);
    assert_false(room->caller.reading);
    assert_in_range(unread(&room->caller), PAUSE_BYTES, PAUSE_BYTES + 1024);
    read_on(&room->caller);
    assert_true(room->caller.reading);
    /* Nothing that was sent is lost: not what was taken and waited, nor what comes now. */
    sent += caller_send(&room->caller, data + sent, sizeof data - sent, 1000);
    assert_int_equal(sent, sizeof data);
    for (int i = 0; i < LINES; i++) {
        must_hear_result(&room->caller, "1", "{'name':'msiwatch','...':0}");
    }
    must_hear_nothing(&room->caller);
    assert_in_range(room->caller.most_unread, PAUSE_BYTES, PAUSE_BYTES + 2048);
}

/* Several lines come in one read, and the answer to the second is already too much. */
static void lines_that_came_in_one_piece_wait_while_it_is_paused(void **state)
{
    enum { LINES = 40 };
    static char data[LINES * 128];
    size_t size = 0, sent = 0;
    unsigned pauses = 0;
    struct room *room = *state;
    house_toggle(&room->house, 1000);
    for (int i = 0; i < LINES; i++) {
        size += (size_t)snprintf(data + size, sizeof data - size,
                                 "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"history\","
                                 "\"params\":[0,null,null,null,256]}\n",
                                 i);
    }
    while (sent < size) {
        room->caller.hold = true;
        sent += caller_send(&room->caller, data + sent, size - sent, size);
        assert_in_range(unread(&room->caller), 1, PAUSE_BYTES + WIRE_REPLY_LINE);
        pauses += !room->caller.reading;
        read_on(&room->caller);
        assert_true(room->caller.reading);
    }
    assert_in_range(pauses, 2, LINES / 2);
    for (int i = 0; i < LINES; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i);
        must_hear_result(&room->caller, id, "{'first_seq':1,'...':0}");
    }
    must_hear_nothing(&room->caller);
}

/* ---- the cap on what is queued ---- */

#define QUEUED 4000u

static void begin_capped(struct room *room)
{
    struct rpc_limits limits = house_limits();
    limits.queued_bytes = QUEUED;
    room_begin(room, 64, &limits);
    room->caller.hold = true;
}

/* Asks until the next answer is one too many. */
static void fill(struct room *room)
{
    const struct connection *session = &room->caller.connection;
    while (connection_is_live(session) && unread(&room->caller) + session->held_bytes <= QUEUED) {
        ask(&room->caller, "1", "about", NULL);
    }
    assert_false(!connection_is_live(session));
}

/* Reads to the end: answers, then closing. */
static void must_hear_over(struct room *room)
{
    size_t size;
    const char *line;
    bool closing = false;
    read_on(&room->caller);
    while ((line = caller_line(&room->caller, &size)) != NULL) {
        assert_false(closing);
        closing = strcmp(line, "{\"jsonrpc\":\"2.0\",\"method\":\"closing\",\"params\":"
                               "{\"reason\":\"limit\",\"limit\":\"queued_bytes\"}}") == 0;
    }
    assert_true(closing);
    assert_true(room->caller.released);
    assert_int_equal(room->house.metrics.over_limit_total, 1);
}

static void a_reply_over_the_cap_ends_the_connection(void **state)
{
    struct room room;
    (void)state;
    begin_capped(&room);
    fill(&room);
    ask(&room.caller, "2", "about", NULL);
    assert_true(!connection_is_live(&room.caller.connection));
    assert_in_range(room.caller.most_unread, QUEUED, QUEUED + 2048);
    must_hear_over(&room);
    room_end(&room);
}

static void an_error_over_the_cap_ends_the_connection(void **state)
{
    struct room room;
    (void)state;
    begin_capped(&room);
    fill(&room);
    say(&room.caller, "no JSON");
    must_hear_over(&room);
    room_end(&room);
}

static void a_batch_over_the_cap_ends_the_connection(void **state)
{
    struct room room;
    (void)state;
    begin_capped(&room);
    fill(&room);
    say(&room.caller, "[{'jsonrpc':'2.0','id':1,'method':'subscribe'},"
                      "{'jsonrpc':'2.0','id':2,'method':'cancel','params':[0]}]");
    must_hear_over(&room);
    room_end(&room);
}

static void the_answer_to_a_wait_over_the_cap_ends_the_connection(void **state)
{
    struct room room;
    (void)state;
    begin_capped(&room);
    for (int i = 0; i < 3; i++) {
        ask(&room.caller, "'w'", "wait", "['busy']");
    }
    fill(&room);
    house_set_mutex(&room.house, MUTEX_HELD);
    assert_true(!connection_is_live(&room.caller.connection));
    assert_int_equal(room.caller.connection.request_count, 0);
    assert_false(room.house.waited);
    must_hear_over(&room);
    room_end(&room);
}

/* Here the cancelled request's answer ends the session, and with it the cancel itself. */
static void a_cancel_over_the_cap_ends_the_connection(void **state)
{
    struct room room;
    (void)state;
    begin_capped(&room);
    ask(&room.caller, "'w'", "wait", "['busy']");
    fill(&room);
    ask(&room.caller, "'c'", "cancel", "['w']");
    assert_true(!connection_is_live(&room.caller.connection));
    must_hear_over(&room);
    room_end(&room);
}

/* Here the first wait that is forgotten completes a batch, whose answer ends the session. */
static void the_end_of_the_input_over_the_cap_ends_the_connection(void **state)
{
    struct room room;
    (void)state;
    begin_capped(&room);
    for (int i = 0; i < 3; i++) {
        say(&room.caller, "[{'jsonrpc':'2.0','id':1,'method':'wait','params':['busy']},"
                          "{'jsonrpc':'2.0','id':2,'method':'cancel','params':[0]}]");
    }
    fill(&room);
    /* Over the cap even when the batch is no longer counted. */
    room.house.server.config.limits.queued_bytes = (uint32_t)unread(&room.caller) - 1;
    caller_end(&room.caller, 0);
    must_hear_over(&room);
    room_end(&room);
}

/* A client that hears of a stop comes back; of a limit, it may not. */
static void a_stop_over_the_cap_is_told_as_a_stop(void **state)
{
    struct room room;
    size_t size;
    unsigned abouts = 0;
    (void)state;
    begin_capped(&room);
    for (int i = 0; i < 3; i++) {
        ask(&room.caller, "'w'", "wait", "['busy']");
    }
    while (unread(&room.caller) <= QUEUED) {
        ask(&room.caller, "1", "about", NULL);
        abouts++;
    }
    rpc_server_stop(&room.house.server, NULL, NULL);
    read_on(&room.caller);
    for (; abouts > 0; abouts--) {
        assert_non_null(caller_line(&room.caller, &size));
    }
    for (int i = 0; i < 3; i++) {
        must_hear_error(&room.caller, "'w'", -32002, NULL);
    }
    must_hear_closing(&room.caller, "shutdown", NULL);
    assert_int_equal(room.house.metrics.over_limit_total, 0);
    room_end(&room);
}

/* ---- batches whose last member waits ---- */

#define PAGES 15 /* of history beside the wait: 180 KiB */

static void say_waiting_batch(struct caller *caller)
{
    char text[WIRE_REQUEST_LINE] = "[{'jsonrpc':'2.0','id':'w','method':'wait','params':['busy']}";
    size_t size = strlen(text);
    for (int i = 0; i < PAGES; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size,
                                 ",{'jsonrpc':'2.0','id':%d,'method':'history',"
                                 "'params':[0,null,null,null,256]}%s",
                                 i, i == PAGES - 1 ? "]" : "");
    }
    say(caller, text);
}

/* That all pages of a batch come, and the wait's answer last. */
static void must_hear_waiting_batch(struct caller *caller, const char *last)
{
    size_t size;
    const char *line = caller_line(caller, &size);
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

/* 63 of them held 11 MiB, and the client was read from all the while. */
static void what_batches_hold_back_counts_as_queued(void **state)
{
    struct rpc_limits limits = house_limits();
    struct room room;
    unsigned batches = 0;
    (void)state;
    room_begin(&room, ROOM_HELD, &limits);
    house_toggle(&room.house, 500);
    while (!room.caller.closed && batches < 63) {
        say_waiting_batch(&room.caller);
        assert_in_range(room.caller.connection.held_bytes, 0,
                        limits.queued_bytes + 2 * WIRE_REPLY_LINE);
        batches++;
    }
    assert_in_range(batches, 3, 8);
    assert_int_equal(room.caller.connection.held_bytes, 0);
    must_hear_over(&room);
    assert_false(room.house.waited);
    room_end(&room);
}

/* And who reads none of the answers is not read from, whatever they are kept in. */
static void what_batches_hold_back_counts_when_answers_are_not_read(void **state)
{
    struct room *room = *state;
    house_toggle(&room->house, 500);
    say_waiting_batch(&room->caller);
    room->caller.hold = true;
    ask(&room->caller, "1", "about", NULL);
    assert_false(room->caller.reading);
    read_on(&room->caller);
    assert_true(room->caller.reading);
}

static void a_large_batch_that_waits_can_be_cancelled(void **state)
{
    struct room *room = *state;
    house_toggle(&room->house, 500);
    say_waiting_batch(&room->caller);
    must_hear_nothing(&room->caller);
    assert_in_range(room->caller.connection.held_bytes, 2 * PAUSE_BYTES, 2 * WIRE_REPLY_LINE);
    assert_true(room->caller.reading);
    ask(&room->caller, "'c'", "cancel", "['w']");
    must_hear_waiting_batch(&room->caller, "{\"jsonrpc\":\"2.0\",\"id\":\"w\",\"error\":");
    must_hear_result(&room->caller, "'c'", "true");
    assert_int_equal(room->caller.connection.held_bytes, 0);
}

/* One answer alone may always be as large as a reply line. */
static void a_batch_larger_than_the_cap_is_answered(void **state)
{
    struct rpc_limits limits = house_limits();
    struct room room;
    (void)state;
    limits.queued_bytes = 65536; /* the least that the setting takes */
    room_begin(&room, ROOM_HELD, &limits);
    house_toggle(&room.house, 500);
    say_waiting_batch(&room.caller);
    house_set_mutex(&room.house, MUTEX_HELD);
    must_hear_waiting_batch(&room.caller, "{\"jsonrpc\":\"2.0\",\"id\":\"w\",\"result\":");
    must_hear_nothing(&room.caller);
    assert_int_equal(room.house.metrics.over_limit_total, 0);
    room_end(&room);
}

int slow_readers_tests(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(one_write_is_in_flight_and_the_rest_stays_in_the_journal),
        IN_ROOM(it_delays_nobody),
        cmocka_unit_test(what_the_journal_let_go_of_meanwhile_is_a_gap),
        cmocka_unit_test(each_subscription_has_a_gap_of_its_own),
        IN_ROOM(replies_come_before_further_events),
        IN_ROOM(who_does_not_read_is_not_read_from),
        IN_ROOM(lines_that_came_in_one_piece_wait_while_it_is_paused),
        cmocka_unit_test(a_reply_over_the_cap_ends_the_connection),
        cmocka_unit_test(an_error_over_the_cap_ends_the_connection),
        cmocka_unit_test(a_batch_over_the_cap_ends_the_connection),
        cmocka_unit_test(the_answer_to_a_wait_over_the_cap_ends_the_connection),
        cmocka_unit_test(a_cancel_over_the_cap_ends_the_connection),
        cmocka_unit_test(the_end_of_the_input_over_the_cap_ends_the_connection),
        cmocka_unit_test(a_stop_over_the_cap_is_told_as_a_stop),
        cmocka_unit_test(what_batches_hold_back_counts_as_queued),
        IN_ROOM(what_batches_hold_back_counts_when_answers_are_not_read),
        IN_ROOM(a_large_batch_that_waits_can_be_cancelled),
        cmocka_unit_test(a_batch_larger_than_the_cap_is_answered),
    };
    return cmocka_run_group_tests_name("slow_readers", tests, NULL, NULL);
}
