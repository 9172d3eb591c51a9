/* waiting_test.c: wait and cancel. The clock is the test's, and samples are made when it says. */
#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must_be_answered(struct caller *caller, const char *id, const char *state,
                             unsigned waited)
{
    char pattern[128];
    snprintf(pattern, sizeof pattern, "{'status':{'state':'%s','...':0},'waited_ms':%u}", state,
             waited);
    must_hear_result(caller, id, pattern);
}

/* Time passes, and samples are made each `interval`. */
static void pass(struct room *room, unsigned ms, unsigned interval)
{
    for (unsigned i = 0; i < ms; i += interval) {
        house_pass(&room->house, interval);
        house_sample(&room->house);
    }
}

static void what_is_so_already_is_answered_at_once(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "wait", NULL);
    must_be_answered(&room->caller, "1", "idle", 0);
    ask(&room->caller, "2", "wait", "['idle']");
    must_be_answered(&room->caller, "2", "idle", 0);
    house_set_mutex(&room->house, MUTEX_HELD);
    ask(&room->caller, "3", "wait", "{'for':'busy'}");
    must_be_answered(&room->caller, "3", "busy", 0);
    assert_int_equal(room->house.looks, 0); /* the sample was fresh */
}

static void an_old_sample_is_not_believed(void **state)
{
    struct room *room = *state;
    room->house.slow = true;
    test_clock_add(API_FRESH_MS + 1);
    ask(&room->caller, "1", "wait", NULL);
    must_hear_nothing(&room->caller);
    assert_true(room->house.look_wanted);
    test_clock_add(20);
    house_sample_begun(&room->house, 21 + API_FRESH_MS); /* nor one that was under way */
    must_hear_nothing(&room->caller);
    room->house.machine.mutex.state = MUTEX_HELD; /* it no longer is idle */
    house_sample(&room->house);
    must_hear_nothing(&room->caller);
    test_clock_add(30);
    house_set_mutex(&room->house, MUTEX_FREE);
    must_be_answered(&room->caller, "1", "idle", 50);
}

static void it_is_answered_when_the_state_comes(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "wait", "['busy']");
    ask(&room->caller, "2", "wait", "['busy']");
    pass(room, 5000, 20);
    must_hear_nothing(&room->caller);
    house_set_mutex(&room->house, MUTEX_HELD);
    must_be_answered(&room->caller, "1", "busy", 5000);
    must_be_answered(&room->caller, "2", "busy", 5000);
}

static void unknown_is_neither_idle_nor_busy(void **state)
{
    struct room *room = *state;
    house_set_mutex(&room->house, MUTEX_DENIED);
    ask(&room->caller, "1", "wait", "['idle']");
    ask(&room->caller, "2", "wait", "['busy']");
    pass(room, 1000, 20);
    must_hear_nothing(&room->caller);
    house_set_mutex(&room->house, MUTEX_FREE);
    must_be_answered(&room->caller, "1", "idle", 1000);
    must_hear_nothing(&room->caller);
}

/* ---- settling ---- */

static void the_state_must_have_lasted_so_long(void **state)
{
    struct room *room = *state;
    house_set_mutex(&room->house, MUTEX_HELD);
    ask(&room->caller, "1", "wait", "{'for':'idle','settle_ms':500}");
    pass(room, 100, 20);
    house_set_mutex(&room->house, MUTEX_FREE);
    pass(room, 480, 20);
    must_hear_nothing(&room->caller);
    pass(room, 20, 20);
    must_be_answered(&room->caller, "1", "idle", 600);
}

static void time_that_passed_already_counts(void **state)
{
    struct room *room = *state;
    pass(room, 300, 20);
    ask(&room->caller, "1", "wait", "['idle',500]");
    pass(room, 180, 20);
    must_hear_nothing(&room->caller);
    pass(room, 20, 20);
    must_be_answered(&room->caller, "1", "idle", 200);
    ask(&room->caller, "2", "wait", "['idle',500]");
    must_be_answered(&room->caller, "2", "idle", 0);
}

static void a_break_begins_the_settling_again(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "wait", "['idle',500]");
    for (int i = 0; i < 3; i++) {
        pass(room, 480, 20);
        house_set_mutex(&room->house, i == 1 ? MUTEX_DENIED : MUTEX_HELD);
        house_set_mutex(&room->house, MUTEX_FREE);
    }
    pass(room, 480, 20);
    must_hear_nothing(&room->caller);
    pass(room, 20, 20);
    must_be_answered(&room->caller, "1", "idle", 3 * 480 + 500);
}

static void another_owner_is_a_break_of_busy(void **state)
{
    struct room *room = *state;
    room->house.machine.mutex.owner_known = true;
    room->house.machine.mutex.owner_tid = 1;
    house_set_mutex(&room->house, MUTEX_HELD);
    ask(&room->caller, "1", "wait", "['busy',100]");
    pass(room, 80, 20);
    room->house.machine.mutex.owner_tid = 2;
    house_sample(&room->house);
    pass(room, 80, 20);
    must_hear_nothing(&room->caller);
    pass(room, 20, 20);
    must_be_answered(&room->caller, "1", "busy", 180);
}

/* What a sample said counts, not the clock: between two samples it may have been busy. */
static void settling_is_confirmed_by_a_sample(void **state)
{
    struct room *room = *state;
    room->house.slow = true;
    ask(&room->caller, "1", "wait", "['idle',500]");
    house_pass(&room->house, 10000); /* no samples */
    must_hear_nothing(&room->caller);
    assert_true(room->house.look_wanted); /* one was asked for when it should have settled */
    house_sample(&room->house);
    must_be_answered(&room->caller, "1", "idle", 10000);
}

static void a_wait_that_settles_asks_for_a_sample_when_it_should_have(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "wait", "['idle',500]");
    house_pass(&room->house, 499); /* samples are made when they are asked for alone */
    must_hear_nothing(&room->caller);
    assert_int_equal(room->house.looks, 0);
    house_pass(&room->house, 1);
    must_be_answered(&room->caller, "1", "idle", 500);
    assert_int_equal(room->house.looks, 1);
}

/* ---- timeouts ---- */

static void at_its_timeout_it_is_told_the_status(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "wait", "{'for':'busy','timeout_ms':1000}");
    pass(room, 999, 27);
    must_hear_nothing(&room->caller);
    house_pass(&room->house, 1);
    must_hear_error(&room->caller, "1", -32001, STATUS("idle"));
    assert_int_equal(room->caller.connection.request_count, 0);
    assert_false(room->house.waited);
    house_set_mutex(&room->house, MUTEX_HELD);
    must_hear_nothing(&room->caller);
}

static void without_a_timeout_it_waits_for_ever(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "wait", "['busy',0,null]");
    house_pass(&room->house, UINT64_C(1000) * 86400 * 400);
    must_hear_nothing(&room->caller);
    house_set_mutex(&room->house, MUTEX_HELD);
    must_hear_result(&room->caller, "1", "'$any'");
}

static void a_timeout_before_the_state_has_settled_counts(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "wait", "['idle',1000,900]");
    pass(room, 899, 29);
    must_hear_nothing(&room->caller);
    house_pass(&room->house, 1);
    must_hear_error(&room->caller, "1", -32001, STATUS("idle"));
}

static void settling_and_timeout_at_the_same_moment_are_an_answer(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "wait", "['idle',1000,1001]");
    pass(room, 1000, 20);
    must_be_answered(&room->caller, "1", "idle", 1000);
}

/* "Is it idle now?" is answered by a sample made for it, as `status` is. */
static void a_timeout_of_0_asks_about_now(void **state)
{
    struct room *room = *state;
    room->house.slow = true;
    ask(&room->caller, "1", "wait", "['idle',0,0]"); /* the sample is fresh */
    must_be_answered(&room->caller, "1", "idle", 0);
    for (int held = 0; held < 2; held++) {
        test_clock_add(500); /* now it is old */
        ask(&room->caller, "2", "wait", "['idle',0,0]");
        house_pass(&room->house, 3);
        must_hear_nothing(&room->caller);
        assert_true(room->house.look_wanted);
        house_set_mutex(&room->house, held ? MUTEX_HELD : MUTEX_FREE);
        house_pass(&room->house, 0);
        if (held) {
            must_hear_error(&room->caller, "2", -32001, STATUS("busy"));
        } else {
            must_be_answered(&room->caller, "2", "idle", 3);
        }
    }
    must_hear_nothing(&room->caller);
    assert_int_equal(room->caller.connection.request_count, 0);
}

static void a_short_timeout_does_not_wait_long_for_sensors_that_do_not_answer(void **state)
{
    struct room *room = *state;
    room->house.slow = true;
    for (int timeout = 0; timeout < 2; timeout++) {
        test_clock_add(500);
        ask(&room->caller, "1", "wait", timeout == 0 ? "['idle',0,0]" : "['idle',0,20]");
        house_pass(&room->house, API_SAMPLE_WAIT_MS - 1);
        must_hear_nothing(&room->caller);
        house_pass(&room->house, 1);
        must_hear_error(&room->caller, "1", -32001, STATUS("idle"));
    }
}

static void many_waits_end_each_at_its_own_time(void **state)
{
    struct room *room = *state;
    for (unsigned i = 0; i < 60; i++) {
        char id[16], params[64];
        unsigned place = i * 37 % 60; /* in no order */
        snprintf(id, sizeof id, "%u", place);
        snprintf(params, sizeof params, "['busy',0,%u]", 100 + place);
        ask(&room->caller, id, "wait", params);
    }
    house_pass(&room->house, 99);
    must_hear_nothing(&room->caller);
    for (unsigned i = 0; i < 60; i++) {
        char id[16];
        house_pass(&room->house, 1);
        snprintf(id, sizeof id, "%u", i);
        must_hear_error(&room->caller, id, -32001, STATUS("idle"));
        must_hear_nothing(&room->caller);
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
    struct room *room = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char data[128];
        snprintf(data, sizeof data, "{'param':'%s','takes':'$text'}", rows[i].wrong);
        ask(&room->caller, "1", "wait", rows[i].params);
        must_hear_error(&room->caller, "1", -32602, data);
    }
    assert_false(room->house.waited);
    ask(&room->caller, "2", "wait", "['busy',31622400000,31622400000]"); /* the most there is */
    must_hear_nothing(&room->caller);
}

/* ---- whether somebody waits ---- */

static void the_sampler_knows_whether_somebody_waits(void **state)
{
    struct room *room = *state;
    struct caller other;
    caller_init(&room->house, &other);
    ask(&room->caller, "1", "wait", "['busy']");
    assert_true(room->house.waited);
    ask(&other, "1", "wait", "['busy']");
    ask(&room->caller, "2", "cancel", "[1]");
    assert_true(room->house.waited);
    caller_end(&other, 0); /* nobody is there to wait any more */
    assert_false(room->house.waited);
    caller_release(&other);
}

static void one_wait_that_is_over_does_not_end_the_hurry_for_the_others(void **state)
{
    struct room *room = *state;
    for (int i = 0; i < 2; i++) { /* whoever came first */
        ask(&room->caller, "1", "wait", i == 0 ? "['busy']" : "['idle',100000]");
        ask(&room->caller, "2", "wait", i == 0 ? "['idle',100000]" : "['busy']");
        house_set_mutex(&room->house, MUTEX_HELD);
        must_hear_result(&room->caller, i == 0 ? "1" : "2", "'$any'");
        must_hear_nothing(&room->caller);
        assert_true(room->house.waited);
        ask(&room->caller, "3", "cancel", i == 0 ? "[2]" : "[1]");
        must_hear_error(&room->caller, i == 0 ? "2" : "1", -32004, NULL);
        must_hear_result(&room->caller, "3", "true");
        assert_false(room->house.waited);
        house_set_mutex(&room->house, MUTEX_FREE);
    }
}

/* ---- cancel ---- */

static void cancel_ends_the_request_with_that_very_id(void **state)
{
    static const char *const ids[] = {
        "1", "'1'", "1.0", "null", "'a\\u0000b'", "123456789012345678901", "'\\\"'"};
    struct room *room = *state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        ask(&room->caller, ids[i], "wait", "['busy']");
    }
    for (size_t i = 0; i < COUNT(ids); i++) {
        char params[64];
        snprintf(params, sizeof params, i % 2 == 0 ? "[%s]" : "{'id':%s}", ids[i]);
        ask(&room->caller, "'c'", "cancel", params);
        must_hear_error(&room->caller, ids[i], -32004, NULL);
        must_hear_result(&room->caller, "'c'", "true");
        ask(&room->caller, "'d'", "cancel", params);
        must_hear_result(&room->caller, "'d'", "false");
    }
    assert_int_equal(room->caller.connection.request_count, 0);
}

static void cancel_ends_a_status_that_waits_for_its_sample(void **state)
{
    struct room *room = *state;
    room->house.slow = true;
    test_clock_add(100);
    ask(&room->caller, "1", "status", NULL);
    ask(&room->caller, "2", "cancel", "[1]");
    must_hear_error(&room->caller, "1", -32004, NULL);
    must_hear_result(&room->caller, "2", "true");
    house_sample(&room->house);
    must_hear_nothing(&room->caller);
}

static void cancel_does_not_end_itself_nor_what_is_not_there(void **state)
{
    struct room *room = *state;
    struct caller other;
    ask(&room->caller, "7", "cancel", "[7]");
    must_hear_result(&room->caller, "7", "false");
    caller_init(&room->house, &other);
    ask(&other, "8", "wait", "['busy']");
    ask(&room->caller, "1", "cancel", "[8]"); /* another connection's */
    must_hear_result(&room->caller, "1", "false");
    must_hear_nothing(&other);
    caller_end(&other, 0);
    caller_release(&other);
}

static void cancel_as_a_notification_cancels_without_a_reply(void **state)
{
    struct room *room = *state;
    ask(&room->caller, "1", "wait", "['busy']");
    ask(&room->caller, NULL, "cancel", "[1]");
    must_hear_error(&room->caller, "1", -32004, NULL);
    must_hear_nothing(&room->caller);
}

static void cancel_takes_an_id(void **state)
{
    static const char *const params[] = {NULL, "[]", "{}", "[true]", "[[1]]", "{'id':{}}"};
    struct room *room = *state;
    for (size_t i = 0; i < COUNT(params); i++) {
        ask(&room->caller, "1", "cancel", params[i]);
        must_hear_error(&room->caller, "1", -32602, "{'param':'id','takes':'$text'}");
    }
}

int waiting_tests(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOM(what_is_so_already_is_answered_at_once),
        IN_ROOM(an_old_sample_is_not_believed),
        IN_ROOM(it_is_answered_when_the_state_comes),
        IN_ROOM(unknown_is_neither_idle_nor_busy),
        IN_ROOM(the_state_must_have_lasted_so_long),
        IN_ROOM(time_that_passed_already_counts),
        IN_ROOM(a_break_begins_the_settling_again),
        IN_ROOM(another_owner_is_a_break_of_busy),
        IN_ROOM(settling_is_confirmed_by_a_sample),
        IN_ROOM(a_wait_that_settles_asks_for_a_sample_when_it_should_have),
        IN_ROOM(at_its_timeout_it_is_told_the_status),
        IN_ROOM(without_a_timeout_it_waits_for_ever),
        IN_ROOM(a_timeout_before_the_state_has_settled_counts),
        IN_ROOM(settling_and_timeout_at_the_same_moment_are_an_answer),
        IN_ROOM(a_timeout_of_0_asks_about_now),
        IN_ROOM(a_short_timeout_does_not_wait_long_for_sensors_that_do_not_answer),
        IN_ROOM(many_waits_end_each_at_its_own_time),
        IN_ROOM(params_that_do_not_fit_are_named),
        IN_ROOM(the_sampler_knows_whether_somebody_waits),
        IN_ROOM(one_wait_that_is_over_does_not_end_the_hurry_for_the_others),
        IN_ROOM(cancel_ends_the_request_with_that_very_id),
        IN_ROOM(cancel_ends_a_status_that_waits_for_its_sample),
        IN_ROOM(cancel_does_not_end_itself_nor_what_is_not_there),
        IN_ROOM(cancel_as_a_notification_cancels_without_a_reply),
        IN_ROOM(cancel_takes_an_id),
    };
    return cmocka_run_group_tests_name("waiting", tests, NULL, NULL);
}
