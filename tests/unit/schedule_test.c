/* schedule_test.c: when to take samples, at simulated times. */
#include "unit.h"

#include "observe/schedule.h"

#define BEGIN_US UINT64_C(5000000)

/* The product's defaults. */
static const struct sampler_settings usual = {{1000, 20, 20, 10}};

static void the_pace_is_that_of_the_situation(void **state)
{
    static const enum pace paces[] = {
        [MSISERVER_STOPPED] = PACE_CALM,
        [MSISERVER_START_PENDING] = PACE_ALERT,
        [MSISERVER_STOP_PENDING] = PACE_CALM,
        [MSISERVER_RUNNING] = PACE_ALERT,
        [MSISERVER_CONTINUE_PENDING] = PACE_ALERT,
        [MSISERVER_PAUSE_PENDING] = PACE_ALERT,
        [MSISERVER_PAUSED] = PACE_ALERT,
        [MSISERVER_MISSING] = PACE_CALM,
        [MSISERVER_DENIED] = PACE_CALM,
        [MSISERVER_ERROR] = PACE_CALM,
    };
    (void)state;
    for (int mutex = MUTEX_ABSENT; mutex <= MUTEX_NOT_A_MUTEX; mutex++) {
        for (int msiserver = 0; msiserver < (int)COUNT(paces); msiserver++) {
            for (uint32_t controls = 0; controls < 8; controls++) {
                struct observation seen = {.ui_clients = -1};
                seen.mutex.state = (enum mutex_state)mutex;
                seen.msiserver.state = (enum msiserver_state)msiserver;
                seen.msiserver.controls = controls;
                bool busy = mutex == MUTEX_HELD ||
                            (msiserver == MSISERVER_RUNNING && controls == 4);
                assert_int_equal(pace_of(&seen, false), busy ? PACE_BUSY : paces[msiserver]);
                assert_int_equal(pace_of(&seen, true), PACE_WAITED);
            }
        }
    }
}

static void paces_have_names(void **state)
{
    (void)state;
    assert_string_equal(pace_name(PACE_CALM), "calm");
    assert_string_equal(pace_name(PACE_ALERT), "alert");
    assert_string_equal(pace_name(PACE_BUSY), "busy");
    assert_string_equal(pace_name(PACE_WAITED), "waited");
    assert_string_equal(pace_name(PACE_COUNT), "error");
}

/* One sample after another: what it found, and what must follow. */
struct step {
    uint64_t at_us; /* since the first sample */
    enum mutex_state mutex;
    enum msiserver_state msiserver;
    uint32_t controls;
    bool hinted, waited;
    uint64_t interval_us, least_us;
};

static void must_follow(const char *what, const struct sampler_settings *settings,
                        const struct step *steps, size_t count)
{
    struct schedule schedule = {.looked = false};
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        struct observation seen = {.ui_clients = -1};
        struct sighting sighting = {BEGIN_US + step->at_us, &seen, step->hinted, step->waited};
        seen.mutex.state = step->mutex;
        seen.msiserver.state = step->msiserver;
        seen.msiserver.controls = step->controls;
        struct pause pause = schedule_next(&schedule, settings, &sighting);
        must(pause.interval_us == step->interval_us && pause.least_us == step->least_us,
             "%s: after look %u: %u us, %u at least", what, (unsigned)i,
             (unsigned)pause.interval_us, (unsigned)pause.least_us);
    }
}

#define STEPS(what, ...)                                                                           \
    must_follow(what, &usual, (const struct step[])__VA_ARGS__,                                    \
                COUNT(((const struct step[])__VA_ARGS__)))

static void the_interval_is_that_of_the_settings(void **state)
{
    (void)state;
    STEPS("nothing runs",
          {{0, MUTEX_ABSENT, MSISERVER_STOPPED, 0, false, false, 1000000, 10000},
           {1000000, MUTEX_ABSENT, MSISERVER_STOPPED, 0, false, false, 1000000, 10000}});
    STEPS("msiserver runs", {{0, MUTEX_FREE, MSISERVER_RUNNING, 5, false, false, 20000, 10000}});
    STEPS("busy", {{0, MUTEX_HELD, MSISERVER_RUNNING, 5, false, false, 20000, 10000}});
    STEPS("busy, as msiserver says",
          {{0, MUTEX_FREE, MSISERVER_RUNNING, 4, false, false, 20000, 10000}});
    STEPS("busy, somebody waits",
          {{0, MUTEX_HELD, MSISERVER_RUNNING, 5, false, true, 10000, 10000}});
    STEPS("idle, somebody waits",
          {{0, MUTEX_FREE, MSISERVER_RUNNING, 5, false, true, 10000, 10000}});
    STEPS("nothing runs, somebody waits",
          {{0, MUTEX_ABSENT, MSISERVER_STOPPED, 0, false, true, 10000, 10000}});
}

static void who_waits_is_never_served_later_than_others(void **state)
{
    static const struct sampler_settings odd = {{1000, 3, 5, 100}};
    static const struct step steps[] = {
        {0, MUTEX_HELD, MSISERVER_RUNNING, 5, false, true, 5000, 5000},
        {9000, MUTEX_FREE, MSISERVER_RUNNING, 5, false, true, 3000, 3000},
        {9000, MUTEX_FREE, MSISERVER_RUNNING, 5, false, false, 3000, 3000},
    };
    (void)state;
    must_follow("odd settings", &odd, steps, COUNT(steps));
}

/* Takes samples of an idle machine as often as the schedule says, with a hint at each of them from
 * `from_us` on. Returns how many begin in that time; *first and *last: when the first and the last
 * of the burst began. */
static unsigned looks_of_idle(uint64_t from_us, uint64_t until_us, uint64_t *first, uint64_t *last)
{
    struct schedule schedule = {.looked = false};
    unsigned quick = 0;
    for (uint64_t at_us = 0; at_us < until_us;) {
        struct observation seen = {.ui_clients = -1};
        struct sighting sighting = {BEGIN_US + at_us, &seen, at_us >= from_us, false};
        seen.mutex.state = MUTEX_ABSENT;
        seen.msiserver.state = MSISERVER_STOPPED;
        struct pause pause = schedule_next(&schedule, &usual, &sighting);
        bool hints_come = at_us + pause.interval_us >= from_us;
        uint64_t next_us = at_us + (hints_come ? pause.least_us : pause.interval_us);
        if (pause.interval_us == BURST_STEP_US) {
            *first = quick == 0 ? at_us : *first;
            *last = at_us;
            quick++;
        }
        at_us = next_us;
    }
    return quick;
}

static void a_hint_while_idle_makes_a_burst_of_50_looks_1_ms_apart(void **state)
{
    struct schedule schedule = {.looked = false};
    struct observation seen = {.ui_clients = -1};
    uint64_t at_us = BEGIN_US;
    (void)state;
    seen.mutex.state = MUTEX_ABSENT;
    seen.msiserver.state = MSISERVER_STOPPED;
    for (int i = 0; i < 50; i++) {
        struct sighting sighting = {at_us, &seen, i == 0, false};
        struct pause pause = schedule_next(&schedule, &usual, &sighting);
        must(pause.interval_us == 1000 && pause.least_us == 1000, "look %u: %u", (unsigned)i,
             (unsigned)pause.interval_us);
        at_us += pause.interval_us;
    }
    struct pause pause = schedule_next(&schedule, &usual,
                                       &(struct sighting){at_us, &seen, false, false});
    assert_int_equal(pause.interval_us, 1000000);
    assert_int_equal(pause.least_us, 10000);
}

static void hints_without_end_make_one_burst_a_second_and_none_is_longer(void **state)
{
    uint64_t first = 0, last = 0;
    (void)state;
    assert_int_equal(looks_of_idle(0, 900000, &first, &last), 50);
    assert_int_equal(first, 0);
    assert_int_equal(last, 49000);
    assert_int_equal(looks_of_idle(0, 10 * BURST_EVERY_US, &first, &last), 10 * 50);
    assert_int_equal(looks_of_idle(3000000, 3500000, &first, &last), 50);
    assert_in_range(first, 3000000 - 10000, 3000000 + 10000);
}

static void msiserver_hints_by_any_change_but_not_at_the_first_look(void **state)
{
    (void)state;
    STEPS("it starts",
          {{0, MUTEX_ABSENT, MSISERVER_STOPPED, 0, false, false, 1000000, 10000},
           {500000, MUTEX_ABSENT, MSISERVER_START_PENDING, 0, false, false, 1000, 1000},
           {501000, MUTEX_ABSENT, MSISERVER_RUNNING, 5, false, false, 1000, 1000},
           {551000, MUTEX_ABSENT, MSISERVER_RUNNING, 5, false, false, 20000, 10000}});
    STEPS("its controls change",
          {{0, MUTEX_FREE, MSISERVER_RUNNING, 5, false, false, 20000, 10000},
           {20000, MUTEX_FREE, MSISERVER_RUNNING, 0, false, false, 1000, 1000}});
}

static void a_burst_ends_when_it_has_found_something(void **state)
{
    (void)state;
    STEPS("taken", {{0, MUTEX_ABSENT, MSISERVER_STOPPED, 0, true, false, 1000, 1000},
                    {1000, MUTEX_ABSENT, MSISERVER_STOPPED, 0, false, false, 1000, 1000},
                    {2000, MUTEX_HELD, MSISERVER_STOPPED, 0, false, false, 20000, 10000},
                    {22000, MUTEX_FREE, MSISERVER_STOPPED, 0, true, false, 1000000, 10000},
                    {1000000, MUTEX_FREE, MSISERVER_STOPPED, 0, true, false, 1000, 1000}});
    STEPS("busy as it is",
          {{0, MUTEX_HELD, MSISERVER_STOPPED, 0, true, false, 20000, 10000},
           {10000, MUTEX_FREE, MSISERVER_STOPPED, 0, false, false, 1000000, 10000}});
    STEPS("unreadable", {{0, MUTEX_DENIED, MSISERVER_STOPPED, 0, true, false, 1000000, 10000}});
    STEPS("somebody waits", {{0, MUTEX_FREE, MSISERVER_STOPPED, 0, true, true, 1000, 1000},
                             {50000, MUTEX_FREE, MSISERVER_STOPPED, 0, true, true, 10000, 10000}});
}

int schedule_tests(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pace_is_that_of_the_situation),
        cmocka_unit_test(paces_have_names),
        cmocka_unit_test(the_interval_is_that_of_the_settings),
        cmocka_unit_test(who_waits_is_never_served_later_than_others),
        cmocka_unit_test(a_hint_while_idle_makes_a_burst_of_50_looks_1_ms_apart),
        cmocka_unit_test(hints_without_end_make_one_burst_a_second_and_none_is_longer),
        cmocka_unit_test(msiserver_hints_by_any_change_but_not_at_the_first_look),
        cmocka_unit_test(a_burst_ends_when_it_has_found_something),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
