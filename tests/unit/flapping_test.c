/* flapping_test.c: a mutex that changes too often to follow: the number of events is bounded, and
 * the verdict is busy until the mutex has been quiet (rule 6). */
#include "watch.h"

/* Toggles the mutex so that the n-th transition is at begun + n * step. Returns the time of the
 * last one. */
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
        assert_false(watch.decider.flapping.on);
        /* The first of them was at 60000 / (limit - 1), so this one is within 60 s of it. */
        toggle(&watch, 1, watch.seen.mono_ms, 60000 / (limit - 1));
        assert_true(watch.decider.flapping.on);
        watch_end(&watch);
    }
}

/* Makes four transitions; the last comes `last` ms after the first. */
static bool flaps_when_four_take(uint64_t last)
{
    struct watch watch;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    toggle(&watch, 1, 1000, 0);
    toggle(&watch, 1, 11000, 0);
    toggle(&watch, 1, 21000, 0);
    toggle(&watch, 1, 1000 + last, 0);
    bool flapping = watch.decider.flapping.on;
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
    assert_false(watch.decider.flapping.on);
    toggle(&watch, 3, now, 20000);
    assert_true(watch.decider.flapping.on);
    watch_end(&watch);
}

static void while_it_flaps_it_stays_busy_and_makes_no_events(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 10, 0);
    uint64_t now = toggle(&watch, 10, 0, 30);
    assert_true(watch.decider.flapping.on);
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
    assert_true(watch.decider.flapping.on);
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
    assert_false(look_mutex(&watch, now += 4999, MUTEX_HELD)); /* a break: the time starts again */
    look_mutex(&watch, now += 10, MUTEX_FREE);
    assert_false(look_mutex(&watch, now + 4999, MUTEX_FREE));
    assert_true(look_mutex(&watch, now + 5000, MUTEX_FREE));
    must_be_event(&watch, VERDICT_BUSY, VERDICT_IDLE, 0);
    assert_false(watch.decider.flapping.on);
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

/* Stays quiet until flapping ends, and returns how long that took. */
static uint64_t end_flapping(struct watch *watch, uint64_t *now)
{
    look_mutex(watch, *now += 10, MUTEX_FREE);
    uint64_t quiet = *now;
    while (watch->decider.flapping.on) {
        look_mutex(watch, *now += 10, MUTEX_FREE);
    }
    must_be_event(watch, VERDICT_BUSY, VERDICT_IDLE, 0);
    return *now - quiet;
}

static void what_was_counted_counts_when_flapping_has_ended(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    uint64_t now = toggle(&watch, 4, 0, 10);
    end_flapping(&watch, &now);
    toggle(&watch, 1, now, 10); /* the fifth within a minute */
    assert_true(watch.decider.flapping.on);
    watch_end(&watch);
}

static void the_quiet_time_doubles_at_each_relapse_within_an_hour(void **state)
{
    static const uint64_t quiet_s[] = {5, 10, 20, 40, 80, 160, 300, 300};
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    uint64_t now = 0;
    for (size_t i = 0; i < COUNT(quiet_s); i++) {
        while (!watch.decider.flapping.on) {
            now = toggle(&watch, 1, now, 10);
        }
        assert_int_equal(end_flapping(&watch, &now), quiet_s[i] * 1000);
    }
    now += 3600000;
    look_mutex(&watch, now, MUTEX_FREE);
    now = toggle(&watch, 4, now, 10);
    assert_true(watch.decider.flapping.on);
    assert_int_equal(end_flapping(&watch, &now), 5000);
    watch_end(&watch);
}

static void flaps_at_exactly_the_limit_within_an_hour(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    uint64_t step = 3600000 / 1999;
    uint64_t now = toggle(&watch, 1999, 0, step);
    assert_false(watch.decider.flapping.on);
    toggle(&watch, 1, now, step);
    assert_true(watch.decider.flapping.on);
    watch_end(&watch);
}

static void what_was_not_recorded_is_counted_in_the_event_that_ends_it(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 4, 0);
    uint64_t now = toggle(&watch, 4, 0, 10);
    assert_int_equal(watch.event.folded, 0);
    for (int i = 0; i < 50; i++) {
        look_mutex(&watch, now += 10, MUTEX_HELD);
        look_mutex(&watch, now += 10, MUTEX_FREE);
    }
    end_flapping(&watch, &now);
    assert_int_equal(watch.event.folded, 100);
    toggle(&watch, 1, now, 10);
    assert_int_equal(watch.event.folded, 0);
    watch_end(&watch);
}

/* An hour in which somebody toggles the mutex for `burst` ms, or until it flaps (0), then stops for
 * `pause` ms, or until it no longer flaps (0), and so on. */
struct hour {
    unsigned events, first_minute;
    uint64_t folded, longest_wait_ms; /* of one that began with a pause */
};

static struct hour toggle_for_an_hour(uint64_t interval, uint64_t burst, uint64_t pause)
{
    struct watch watch;
    struct hour hour = {0};
    uint64_t changed = 0;
    bool resting = false;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    for (uint64_t now = 1; now < 3600000; now += interval) {
        const struct flapping *flapping = &watch.decider.flapping;
        bool over = resting ? (pause == 0 ? !flapping->on : now - changed >= pause)
                            : (burst == 0 ? flapping->on : now - changed >= burst);
        if (over) {
            resting = !resting;
            changed = now;
        }
        bool held = !resting && watch.seen.mutex.state != MUTEX_HELD;
        bool event = look_mutex(&watch, now, held ? MUTEX_HELD : MUTEX_FREE);
        hour.events += event;
        hour.first_minute += event && now < 60000;
        hour.folded += event ? watch.event.folded : 0;
        assert_true(flapping->on || watch.decider.verdict.state == watch.decider.bare);
        if (resting && watch.decider.verdict.state == VERDICT_BUSY) {
            uint64_t waited = now - changed;
            hour.longest_wait_ms = waited > hour.longest_wait_ms ? waited : hour.longest_wait_ms;
        }
    }
    watch_end(&watch);
    return hour;
}

static void an_hour_of_bursts_and_pauses_is_bounded(void **state)
{
    static const uint64_t intervals[] = {10, 20, 1000}; /* the sampler's */
    static const struct {
        uint64_t burst, pause;
    } ways[] = {
        {3600000, 0}, {0, 0},     {0, 5000},     {54000, 6000}, {2000, 5100}, {2390, 1},
        {30000, 0},   {60, 1740}, {1990, 58010}, {0, 10100},    {0, 300100},  {300000, 300100},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(intervals); i++) {
        for (size_t j = 0; j < COUNT(ways); j++) {
            struct hour hour = toggle_for_an_hour(intervals[i], ways[j].burst, ways[j].pause);
            if (hour.events > 2050 || hour.first_minute > 300 ||
                hour.longest_wait_ms > FLAPPING_QUIET_MOST_MS + intervals[i]) {
                fail_msg(
                    "every %u ms, bursts of %u and pauses of %u ms: %u events, %u in the first "
                    "minute, %u ms until it was idle",
                    (unsigned)intervals[i], (unsigned)ways[j].burst, (unsigned)ways[j].pause,
                    hour.events, hour.first_minute, (unsigned)hour.longest_wait_ms);
            }
        }
    }
    /* The worst of them comes close to the bound. */
    assert_in_range(toggle_for_an_hour(10, 0, 0).events, 2000, 2050);
}

/* Visual Studio's setup runs hundreds of packages. */
static void eight_hundred_installs_in_an_hour_are_all_recorded(void **state)
{
    struct watch watch;
    unsigned events = 0;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 240, 0);
    for (uint64_t now = 20; now <= 3600000; now += 20) {
        bool held = now % 4500 >= 500;
        events += look_mutex(&watch, now, held ? MUTEX_HELD : MUTEX_FREE);
        assert_false(watch.decider.flapping.on);
    }
    assert_int_equal(events, 1 + 2 * 800);
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
    assert_true(watch.decider.flapping.on);
    for (uint32_t i = 5; i <= 20; i++) {
        assert_false(look_owner(&watch, UINT64_C(10) * i, i, i));
    }
    watch_end(&watch);
}

/* Within a minute. */
static void set_limit(struct watch *watch, size_t limit)
{
    const struct flapping_limits limits = {limit, 2000};
    assert_int_equal(flapping_set(&watch->decider.flapping, &limits), 0);
}

/* After a change of the limit, the last transitions still count. */
static void a_new_limit_goes_on_counting(void **state)
{
    static const size_t limits[] = {5, 6, 20};
    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct watch watch;
        watch_begin(&watch, SIGNALS_AUTO, 12, 0);
        uint64_t now = toggle(&watch, 4, 0, 1000);
        set_limit(&watch, limits[i]);
        now = toggle(&watch, limits[i] - 5, now, 1000);
        assert_false(watch.decider.flapping.on);
        toggle(&watch, 1, now, 1000);
        assert_true(watch.decider.flapping.on);
        watch_end(&watch);
    }
}

static void a_smaller_limit_keeps_the_latest(void **state)
{
    struct watch watch;
    (void)state;
    watch_begin(&watch, SIGNALS_AUTO, 8, 0);
    toggle(&watch, 11, 0, 10000); /* once around the ring: it has those from 40 s on */
    assert_false(watch.decider.flapping.on);
    set_limit(&watch, 4);
    /* With the three latest, of 90, 100 and 110 s, this makes four within 60 s; with older ones it
     * would not. */
    toggle(&watch, 1, 110000, 40000);
    assert_true(watch.decider.flapping.on);
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
        cmocka_unit_test(what_was_counted_counts_when_flapping_has_ended),
        cmocka_unit_test(the_quiet_time_doubles_at_each_relapse_within_an_hour),
        cmocka_unit_test(flaps_at_exactly_the_limit_within_an_hour),
        cmocka_unit_test(what_was_not_recorded_is_counted_in_the_event_that_ends_it),
        cmocka_unit_test(an_hour_of_bursts_and_pauses_is_bounded),
        cmocka_unit_test(eight_hundred_installs_in_an_hour_are_all_recorded),
        cmocka_unit_test(owners_that_change_count_as_transitions_and_then_make_none),
    };
    return cmocka_run_group_tests_name("flapping", tests, NULL, NULL);
}
