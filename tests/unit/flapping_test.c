/* flapping_test.c: a mutex that changes too often to follow: a bounded number of events, and busy
 * until it has been quiet (rule 6). */
#include "watch.h"

/* Toggles the mutex, so that the n-th transition is at begun + n * step. The last one's time. */
static uint64_t toggle(struct watch *watch, size_t transitions, uint64_t begun, uint64_t step)
{
    uint64_t now = begun;
    for (size_t i = 0; i < transitions; i++) {
        bool held = watch->decider.verdict.state == VERDICT_BUSY;
        now += step;
        assert_true(look_mutex(watch, now, held ? MUTEX_FREE : MUTEX_HELD));
    }
    return now;
}

static void flaps_at_exactly_the_limit_within_60_s(void **state)
{
    (void)state;
    static const size_t limits[] = {2, 3, 61, 240};
    for (size_t i = 0; i < COUNT(limits); i++) {
        size_t limit = limits[i];
        struct watch watch;
        watch_begin(&watch, SIGNALS_AUTO, limit, 0);
        toggle(&watch, limit - 1, 0, 60000 / (limit - 1));
        assert_false(watch.decider.flapping);
        /* The first of them was at 60000 / (limit - 1), so this one is within 60 s of it. */
        toggle(&watch, 1, watch.seen.mono_ms, 60000 / (limit - 1));
        assert_true(watch.decider.flapping);
        watch_end(&watch);
    }
}

/* Four transitions; the last comes `last` ms after the first. */
static bool flaps_when_four_take(uint64_t last)
{
    struct watch watch;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    toggle(&watch, 1, 1000, 0);
    toggle(&watch, 1, 11000, 0);
    toggle(&watch, 1, 21000, 0);
    toggle(&watch, 1, 1000 + last, 0);
    bool flapping = watch.decider.flapping;
    watch_end(&watch);
    return flapping;
}

static void does_not_flap_when_the_same_number_takes_longer_than_60_s(void **state)
{
    (void)state;
    assert_true(flaps_when_four_take(60000));
    assert_false(flaps_when_four_take(60001));
    assert_false(flaps_when_four_take(61000));
}

static void only_the_last_60_s_count(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    uint64_t now = toggle(&watch, 200, 0, 20001); /* for over an hour, never 4 within 60 s */
    assert_false(watch.decider.flapping);
    toggle(&watch, 3, now, 20000);
    assert_true(watch.decider.flapping);
    watch_end(&watch);
}

static void while_it_flaps_it_stays_busy_and_makes_no_events(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 10, 0);
    uint64_t now = toggle(&watch, 10, 0, 30);
    assert_true(watch.decider.flapping);
    unsigned events = 0;
    for (int i = 0; i < 10000; i++) {
        now += 30;
        events += look_mutex(&watch, now, i % 2 == 0 ? MUTEX_HELD : MUTEX_FREE);
        assert_int_equal(watch.decider.verdict.state, VERDICT_BUSY);
        assert_true((watch.decider.verdict.reasons & REASON_FLAPPING) != 0);
    }
    assert_in_range(events, 0, 1); /* the one that makes it busy, if it was not */
    watch_end(&watch);
}

static void reasons_tell_flapping_from_the_mutex(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 2, 0);
    toggle(&watch, 2, 0, 10);
    assert_true(watch.decider.flapping);
    look_mutex(&watch, 100, MUTEX_HELD);
    assert_int_equal(watch.decider.verdict.reasons, REASON_MUTEX | REASON_FLAPPING);
    look_mutex(&watch, 110, MUTEX_FREE);
    assert_int_equal(watch.decider.verdict.reasons, REASON_FLAPPING);
    watch_end(&watch);
}

static void flapping_ends_after_5_s_without_a_break(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    uint64_t now = toggle(&watch, 4, 0, 10);
    look_mutex(&watch, now += 10, MUTEX_HELD);
    look_mutex(&watch, now += 10, MUTEX_FREE);
    assert_false(look_mutex(&watch, now + 4999, MUTEX_FREE));
    assert_false(look_mutex(&watch, now += 4999, MUTEX_HELD)); /* a break: from the beginning */
    look_mutex(&watch, now += 10, MUTEX_FREE);
    assert_false(look_mutex(&watch, now + 4999, MUTEX_FREE));
    assert_true(look_mutex(&watch, now + 5000, MUTEX_FREE));
    must_be_event(&watch, VERDICT_BUSY, VERDICT_IDLE, 0);
    assert_false(watch.decider.flapping);
    watch_end(&watch);
}

static void not_knowing_does_not_end_flapping(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    toggle(&watch, 4, 0, 10);
    look_mutex(&watch, 100, MUTEX_DENIED);
    look_mutex(&watch, 20000, MUTEX_DENIED);
    assert_int_equal(watch.decider.verdict.state, VERDICT_BUSY);
    look_mutex(&watch, 20010, MUTEX_FREE);
    assert_false(look_mutex(&watch, 25009, MUTEX_FREE));
    assert_true(look_mutex(&watch, 25010, MUTEX_FREE));
    watch_end(&watch);
}

static void transitions_are_counted_again_after_flapping(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    toggle(&watch, 4, 0, 10);
    look_mutex(&watch, 50, MUTEX_FREE);
    assert_true(look_mutex(&watch, 5050, MUTEX_FREE)); /* the first of the new count */
    toggle(&watch, 2, 5050, 10);
    assert_false(watch.decider.flapping);
    toggle(&watch, 1, 5070, 10);
    assert_true(watch.decider.flapping);
    watch_end(&watch);
}

static void events_are_bounded_however_long_it_flaps(void **state)
{
    struct watch watch;
    unsigned events = 0;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    /* 30 ms held, 30 ms free, for an hour, with a pause of 6 s each minute. */
    for (uint64_t now = 1; now < 3600000; now += 30) {
        bool pause = now % 60000 > 54000;
        events += look_mutex(&watch, now, !pause && now / 30 % 2 == 0 ? MUTEX_HELD : MUTEX_FREE);
    }
    /* Each minute at most the limit, the one that makes it busy and the one that ends it. */
    assert_in_range(events, 240, 60 * 242);
    watch_end(&watch);
}

static void owners_that_change_count_as_transitions_and_then_make_none(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    for (uint32_t i = 1; i <= 4; i++) {
        assert_true(look_owner(&watch, UINT64_C(10) * i, i, i));
    }
    assert_true(watch.decider.flapping);
    for (uint32_t i = 5; i <= 20; i++) {
        assert_false(look_owner(&watch, UINT64_C(10) * i, i, i));
    }
    watch_end(&watch);
}

/* Another limit: the last transitions count on. */
static void a_new_limit_goes_on_counting(void **state)
{
    static const size_t limits[] = {5, 6, 20};
    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct watch watch;
        watch_begin(&watch, SIGNALS_AUTO, 12, 0);
        uint64_t now = toggle(&watch, 4, 0, 1000);
        assert_int_equal(decider_set_flapping(&watch.decider, limits[i]), 0);
        now = toggle(&watch, limits[i] - 5, now, 1000);
        assert_false(watch.decider.flapping);
        toggle(&watch, 1, now, 1000);
        assert_true(watch.decider.flapping);
        watch_end(&watch);
    }
}

static void a_smaller_limit_keeps_the_latest(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 8, 0);
    toggle(&watch, 11, 0, 10000); /* once around: those kept are of 40 s and later */
    assert_false(watch.decider.flapping);
    assert_int_equal(decider_set_flapping(&watch.decider, 4), 0);
    /* With the three latest, of 90, 100 and 110 s, this makes four within 60 s; with older ones it
     * would not. */
    toggle(&watch, 1, 110000, 40000);
    assert_true(watch.decider.flapping);
    watch_end(&watch);
}

int flapping_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_limit_goes_on_counting),
        cmocka_unit_test(a_smaller_limit_keeps_the_latest),
        cmocka_unit_test(flaps_at_exactly_the_limit_within_60_s),
        cmocka_unit_test(does_not_flap_when_the_same_number_takes_longer_than_60_s),
        cmocka_unit_test(only_the_last_60_s_count),
        cmocka_unit_test(while_it_flaps_it_stays_busy_and_makes_no_events),
        cmocka_unit_test(reasons_tell_flapping_from_the_mutex),
        cmocka_unit_test(flapping_ends_after_5_s_without_a_break),
        cmocka_unit_test(not_knowing_does_not_end_flapping),
        cmocka_unit_test(transitions_are_counted_again_after_flapping),
        cmocka_unit_test(events_are_bounded_however_long_it_flaps),
        cmocka_unit_test(owners_that_change_count_as_transitions_and_then_make_none),
    };
    return cmocka_run_group_tests_name("flapping", tests, NULL, NULL);
}
