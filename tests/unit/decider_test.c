/* decider_test.c: what the verdict needs memory for: since when, owners that change, which controls
 * msiserver has shown, remnants. */
#include "watch.h"

static void begins_as_unknown_since_its_start(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 50);
    assert_int_equal(watch.decider.verdict.state, VERDICT_UNKNOWN);
    assert_int_equal(watch.decider.since_wall_ms, WATCH_WALL_MS + 50);
    watch_end(&watch);
}

static void only_a_change_of_verdict_is_a_transition(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    assert_true(look_mutex(&watch, 10, MUTEX_ABSENT));
    must_be_event(&watch, VERDICT_UNKNOWN, VERDICT_IDLE, 0);
    assert_false(look_mutex(&watch, 20, MUTEX_FREE));
    assert_false(look_mutex(&watch, 30, MUTEX_ABANDONED));
    assert_true(look_mutex(&watch, 40, MUTEX_HELD));
    must_be_event(&watch, VERDICT_IDLE, VERDICT_BUSY, REASON_MUTEX);
    assert_false(look_mutex(&watch, 50, MUTEX_HELD));
    assert_true(look_mutex(&watch, 60, MUTEX_DENIED));
    must_be_event(&watch, VERDICT_BUSY, VERDICT_UNKNOWN, 0);
    assert_false(look_mutex(&watch, 70, MUTEX_ERROR));
    watch_end(&watch);
}

static void first_transition_does_not_know_how_long_the_state_before_lasted(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    assert_true(look_mutex(&watch, 1000, MUTEX_HELD));
    assert_false(watch.event.after_known);
    assert_int_equal(watch.event.after_ms, 0);
    watch_end(&watch);
}

static void after_ms_is_how_long_the_state_before_lasted(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    look_mutex(&watch, 1000, MUTEX_HELD);
    look_mutex(&watch, 1500, MUTEX_HELD);
    assert_true(look_mutex(&watch, 4321, MUTEX_FREE));
    assert_true(watch.event.after_known);
    assert_int_equal(watch.event.after_ms, 3321);
    assert_int_equal(watch.decider.since_mono_ms, 4321);
    assert_int_equal(watch.decider.since_wall_ms, WATCH_WALL_MS + 4321);
    assert_true(look_mutex(&watch, 4322, MUTEX_HELD));
    assert_int_equal(watch.event.after_ms, 1);
    watch_end(&watch);
}

/* The wall clock may be set at any time; durations do not depend on it. */
static void after_ms_does_not_follow_the_wall_clock(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    look_mutex(&watch, 1000, MUTEX_HELD);
    watch.seen.mutex.state = MUTEX_FREE;
    watch.seen.mono_ms = 1700;
    watch.seen.wall_ms = -5;
    assert_true(decider_look(&watch.decider, &watch.seen, &watch.event));
    assert_int_equal(watch.event.after_ms, 700);
    assert_int_equal(watch.event.at_ms, -5);
    watch_end(&watch);
}

/* ---- owners ---- */

static void another_owner_thread_ends_one_busy_period_and_begins_another(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    assert_true(look_owner(&watch, 100, 10, 11));
    assert_false(look_owner(&watch, 200, 10, 11));
    assert_true(look_owner(&watch, 300, 10, 12)); /* another thread of the same process */
    must_be_event(&watch, VERDICT_BUSY, VERDICT_BUSY, REASON_MUTEX);
    assert_int_equal(watch.event.after_ms, 200);
    assert_true(look_owner(&watch, 400, 20, 12)); /* the same thread id in another process */
    assert_int_equal(watch.event.after_ms, 100);
    assert_int_equal(watch.decider.since_mono_ms, 400);
    watch_end(&watch);
}

static void owner_that_is_not_known_is_no_change(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    assert_true(look_owner(&watch, 100, 0, 0));
    assert_false(look_owner(&watch, 200, 10, 11)); /* it became known, and did not change */
    assert_false(look_owner(&watch, 300, 0, 0));
    assert_false(look_owner(&watch, 400, 10, 11));
    assert_false(look_owner(&watch, 500, 0, 0));
    assert_true(look_owner(&watch, 600, 10, 12)); /* not the owner that was known before the gap */
    watch_end(&watch);
}

static void owner_after_a_free_moment_is_not_compared_with_the_one_before(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    look_owner(&watch, 100, 10, 11);
    assert_true(look_mutex(&watch, 200, MUTEX_FREE));
    assert_true(look_owner(&watch, 300, 20, 21));
    must_be_event(&watch, VERDICT_IDLE, VERDICT_BUSY, REASON_MUTEX);
    assert_false(look_owner(&watch, 400, 20, 21));
    watch_end(&watch);
}

/* msiserver keeps it busy while the mutex is free for a moment: that is one busy period, not
 * two. */
static void mutex_taken_again_while_msiserver_says_busy_is_no_transition(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_MUTEX_MSISERVER, 240, 0);
    watch.seen.msiserver.state = MSISERVER_RUNNING;
    watch.seen.msiserver.controls = MSISERVER_ACCEPT_SHUTDOWN;
    assert_true(look_owner(&watch, 100, 10, 11));
    must_be_event(&watch, VERDICT_UNKNOWN, VERDICT_BUSY, REASON_MUTEX | REASON_MSISERVER);
    assert_false(look_mutex(&watch, 200, MUTEX_FREE));
    assert_int_equal(watch.decider.verdict.reasons, REASON_MSISERVER);
    assert_false(look_owner(&watch, 300, 20, 21));
    assert_int_equal(watch.decider.since_mono_ms, 100);
    watch_end(&watch);
}

/* ---- signals=auto ---- */

static void auto_learns_from_other_controls_that_the_reading_tells(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    watch.seen.msiserver.state = MSISERVER_RUNNING;
    watch.seen.msiserver.controls = MSISERVER_ACCEPT_SHUTDOWN;
    look_mutex(&watch, 100, MUTEX_FREE);
    assert_int_equal(watch.decider.verdict.state, VERDICT_IDLE); /* it may always read so */
    watch.seen.msiserver.controls = 5;
    assert_false(look(&watch, 200));
    assert_true(watch.decider.controls_meaningful);
    watch.seen.msiserver.controls = MSISERVER_ACCEPT_SHUTDOWN;
    assert_true(look(&watch, 300));
    must_be_event(&watch, VERDICT_IDLE, VERDICT_BUSY, REASON_MSISERVER);
    watch.seen.msiserver.state = MSISERVER_STOPPED;
    watch.seen.msiserver.controls = 0;
    assert_true(look(&watch, 400));
    assert_true(watch.decider.controls_meaningful); /* once known, it stays known */
    watch_end(&watch);
}

static void auto_learns_nothing_while_msiserver_does_not_run(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    uint64_t now = 0;
    for (int msiserver = 0; msiserver <= MSISERVER_ERROR; msiserver++) {
        if (msiserver != MSISERVER_RUNNING) {
            watch.seen.msiserver.state = (enum msiserver_state)msiserver;
            watch.seen.msiserver.controls = 5;
            look(&watch, now += 100);
            assert_false(watch.decider.controls_meaningful);
        }
    }
    watch_end(&watch);
}

static void auto_believes_msiserver_while_the_mutex_cannot_be_read(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    watch.seen.msiserver.state = MSISERVER_RUNNING;
    watch.seen.msiserver.controls = MSISERVER_ACCEPT_SHUTDOWN;
    assert_true(look_mutex(&watch, 100, MUTEX_DENIED));
    must_be_event(&watch, VERDICT_UNKNOWN, VERDICT_BUSY, REASON_MSISERVER);
    assert_true(look_mutex(&watch, 200, MUTEX_FREE)); /* it can be read again, so msiserver's report
                                                       * no longer counts */
    must_be_event(&watch, VERDICT_BUSY, VERDICT_IDLE, 0);
    watch_end(&watch);
}

static void what_was_learnt_in_an_earlier_run_counts(void **state)
{
    const struct flapping_limits limits = {240, 2000};
    struct decider decider;
    struct event event;
    struct observation seen = {.mono_ms = 1, .ui_clients = -1};
    (void)state;
    assert_int_equal(decider_init(&decider, SIGNALS_AUTO, &limits, true, 0, WATCH_WALL_MS), 0);
    seen.msiserver.state = MSISERVER_RUNNING;
    seen.msiserver.controls = MSISERVER_ACCEPT_SHUTDOWN;
    assert_true(decider_look(&decider, &seen, &event));
    assert_int_equal(event.to, VERDICT_BUSY);
    decider_release(&decider);
}

/* ---- remnants ---- */

static bool suspended(struct watch *watch, uint64_t now)
{
    return decider_suspended(&watch->decider, &watch->seen, now);
}

static void remnants_are_suspended_once_idle_for_5_s(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    watch.seen.in_progress = true;
    look_mutex(&watch, 1000, MUTEX_HELD);
    assert_false(suspended(&watch, 9000));
    look_mutex(&watch, 10000, MUTEX_FREE);
    assert_false(suspended(&watch, 14999));
    assert_true(suspended(&watch, 15000));
    watch.seen.in_progress = false;
    assert_false(suspended(&watch, 15000));
    watch.seen.in_progress = true;
    watch.seen.registry_known = false;
    assert_false(suspended(&watch, 15000));
    watch.seen.registry_known = true;
    look_mutex(&watch, 16000, MUTEX_DENIED);
    assert_false(suspended(&watch, 30000));
    watch_end(&watch);
}

/* So that a sample comes in time even if no reading changes. */
static void it_says_when_time_alone_will_change_something(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    look_mutex(&watch, 1000, MUTEX_HELD);
    assert_int_equal(decider_due(&watch.decider, &watch.seen), UINT64_MAX);
    look_mutex(&watch, 2000, MUTEX_FREE);
    assert_int_equal(decider_due(&watch.decider, &watch.seen), UINT64_MAX);
    watch.seen.in_progress = true;
    look_mutex(&watch, 2010, MUTEX_FREE);
    assert_int_equal(decider_due(&watch.decider, &watch.seen), 7000);
    look_mutex(&watch, 6999, MUTEX_FREE);
    assert_int_equal(decider_due(&watch.decider, &watch.seen), 7000);
    look_mutex(&watch, 7000, MUTEX_FREE);
    assert_true(suspended(&watch, 7000));
    assert_int_equal(decider_due(&watch.decider, &watch.seen), UINT64_MAX);
    for (uint64_t at_ms = 7100; !watch.decider.flapping.on; at_ms += 100) {
        look_mutex(&watch, at_ms, MUTEX_HELD);
        look_mutex(&watch, at_ms + 50, MUTEX_FREE);
    }
    uint64_t quiet_ms = watch.seen.mono_ms;
    look_mutex(&watch, quiet_ms, MUTEX_FREE);
    assert_int_equal(decider_due(&watch.decider, &watch.seen), quiet_ms + FLAPPING_QUIET_MS);
    assert_true(look_mutex(&watch, quiet_ms + FLAPPING_QUIET_MS, MUTEX_FREE));
    must_be_event(&watch, VERDICT_BUSY, VERDICT_IDLE, 0);
    watch_end(&watch);
}

int decider_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_as_unknown_since_its_start),
        cmocka_unit_test(only_a_change_of_verdict_is_a_transition),
        cmocka_unit_test(first_transition_does_not_know_how_long_the_state_before_lasted),
        cmocka_unit_test(after_ms_is_how_long_the_state_before_lasted),
        cmocka_unit_test(after_ms_does_not_follow_the_wall_clock),
        cmocka_unit_test(another_owner_thread_ends_one_busy_period_and_begins_another),
        cmocka_unit_test(owner_that_is_not_known_is_no_change),
        cmocka_unit_test(owner_after_a_free_moment_is_not_compared_with_the_one_before),
        cmocka_unit_test(mutex_taken_again_while_msiserver_says_busy_is_no_transition),
        cmocka_unit_test(auto_learns_from_other_controls_that_the_reading_tells),
        cmocka_unit_test(auto_learns_nothing_while_msiserver_does_not_run),
        cmocka_unit_test(auto_believes_msiserver_while_the_mutex_cannot_be_read),
        cmocka_unit_test(what_was_learnt_in_an_earlier_run_counts),
        cmocka_unit_test(remnants_are_suspended_once_idle_for_5_s),
        cmocka_unit_test(it_says_when_time_alone_will_change_something),
    };
    return cmocka_run_group_tests_name("decider", tests, NULL, NULL);
}
