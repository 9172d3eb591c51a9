/* stall_test.c: whether an installation works: how much counts as work, when it has stalled, and
 * what ends that. */
#include "unit.h"

#include "decide/stall.h"

#define AFTER_MS 300000u

static struct stall stall;
static struct observation seen;
static struct activity what; /* of the last event */

static int set_up(void **state)
{
    (void)state;
    stall = (struct stall){.after_ms = AFTER_MS};
    seen = (struct observation){.mono_ms = 1000, .wall_ms = 1000000};
    seen.work.known = true;
    seen.work.processes = 2;
    seen.work.cpu_ms = 777; /* from earlier periods */
    stall_turn(&stall, true, seen.mono_ms, &what);
    return 0;
}

/* A second passes, in which this much was done. */
static enum stall_change pass(uint64_t cpu_ms, uint64_t io_bytes)
{
    seen.mono_ms += 1000;
    seen.wall_ms += 1000;
    seen.work.looked_ms = seen.mono_ms;
    seen.work.cpu_ms += cpu_ms;
    seen.work.io_bytes += io_bytes;
    return stall_look(&stall, &seen, &what);
}

/* How many seconds until this change; 0: it does not come within `most`. */
static unsigned until(enum stall_change change, unsigned most, uint64_t cpu_ms, uint64_t io_bytes)
{
    for (unsigned second = 1; second <= most; second++) {
        enum stall_change found = pass(cpu_ms, io_bytes);
        if (found != STALL_SAME) {
            assert_int_equal(found, change);
            return second;
        }
    }
    return 0;
}

static void what_does_nothing_stalls_after_the_set_time(void **state)
{
    (void)state;
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 300);
    assert_true(stall.activity.stalled);
    assert_int_equal(what.still_ms, 300000);
    assert_true(what.stalled);
    assert_false(stall.activity.last_known);
    assert_int_equal(until(STALL_ENDED, 2000, 0, 0), 0); /* only once */
    assert_int_equal(stall.activity.still_ms, 2300000);
}

/* The machine sleeps just after some work; the list is read a moment later than the clock. */
static void a_sleep_is_no_stall_whenever_the_list_is_read(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(pass(300, 0), STALL_SAME);
    }
    seen.mono_ms += 3600000;
    seen.wall_ms += 3600000;
    seen.work.looked_ms = seen.mono_ms + 3;
    assert_int_equal(stall_look(&stall, &seen, &what), STALL_SAME);
    assert_in_range(stall.activity.still_ms, 0, 1000);
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 300);
}

static void little_is_not_work_and_more_is(void **state)
{
    (void)state;
    static const struct {
        uint64_t cpu_ms, io_bytes;
        bool work;
    } table[] = {{8, 0, false},    {9, 0, true},    {0, 2184, false},  {0, 2185, true},
                 {8, 2184, false}, {1000, 0, true}, {0, 1 << 30, true}};
    for (size_t i = 0; i < COUNT(table); i++) {
        set_up(state);
        unsigned second = until(STALL_BEGAN, 1000, table[i].cpu_ms, table[i].io_bytes);
        must(table[i].work ? second == 0 : second == 300, "row %u: %u", (unsigned)i, second);
        assert_true(stall.activity.last_known == table[i].work);
    }
}

static void the_time_runs_from_the_last_work(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        pass(500, 0);
    }
    int64_t last = seen.wall_ms;
    /* What little follows is no work, although it is in the same half minute. */
    assert_int_equal(until(STALL_BEGAN, 1000, 1, 100), 300);
    assert_true(stall.activity.last_known);
    assert_int_equal(stall.activity.last_ms, last);
}

static void it_moves_within_seconds(void **state)
{
    (void)state;
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 300);
    until(STALL_ENDED, 37, 0, 0);
    assert_int_equal(until(STALL_ENDED, 10, 100, 0), 3);
    assert_int_equal(what.still_ms, 340000);
    assert_false(what.stalled);
    assert_int_equal(what.last_ms, seen.wall_ms);
    assert_int_equal(stall.activity.still_ms, 0);
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 300);
}

static void a_period_that_ends_ends_it(void **state)
{
    (void)state;
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 300);
    until(STALL_ENDED, 60, 0, 0);
    assert_int_equal(stall_turn(&stall, false, seen.mono_ms, &what), STALL_ENDED);
    assert_int_equal(what.still_ms, 360000);
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 0); /* nothing is busy */
    assert_false(stall.activity.known);
    assert_int_equal(stall_turn(&stall, true, seen.mono_ms, &what), STALL_SAME);
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 300);
    /* From busy to busy: another installation, with all of its time before it. */
    assert_int_equal(stall_turn(&stall, true, seen.mono_ms, &what), STALL_ENDED);
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 300);
}

static void it_is_shown_once_the_period_has_lasted(void **state)
{
    (void)state;
    for (int second = 1; second < 10; second++) {
        pass(100, 10);
        assert_false(stall.activity.known);
    }
    pass(100, 10);
    assert_true(stall.activity.known);
    assert_int_equal(stall.activity.processes, 2);
    assert_int_equal(stall.activity.cpu_ms, 900); /* since the first look */
    for (int second = 0; second < 90; second++) {
        pass(100, 10);
    }
    assert_in_range(stall.activity.cpu_ms, 2500, 3000); /* of half a minute */
    assert_in_range(stall.activity.io_bytes, 250, 300);
}

static void what_cannot_be_seen_does_not_stall(void **state)
{
    (void)state;
    seen.work.known = false;
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 0);
    assert_false(stall.activity.known);
    seen.work.known = true; /* from now on it is known */
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 301);
}

static void the_same_look_counts_once(void **state)
{
    (void)state;
    pass(0, 0);
    for (int i = 0; i < 1000; i++) { /* samples are more frequent than looks at processes */
        seen.mono_ms += 20;
        assert_int_equal(stall_look(&stall, &seen, &what), STALL_SAME);
    }
    assert_int_equal(stall.count, 1);
}

static void a_machine_that_sleeps_does_not_stall(void **state)
{
    (void)state;
    assert_int_equal(until(STALL_BEGAN, 200, 0, 0), 0);
    seen.mono_ms += 8 * 3600000u;
    assert_int_equal(until(STALL_BEGAN, 1000, 0, 0), 101);
}

static void zero_is_never_and_a_setting_counts_at_once(void **state)
{
    (void)state;
    stall.after_ms = 0;
    assert_int_equal(until(STALL_BEGAN, 5000, 0, 0), 0);
    stall.after_ms = 60000;
    assert_int_equal(until(STALL_BEGAN, 5000, 0, 0), 1);
    stall.after_ms = 0;
    assert_int_equal(until(STALL_ENDED, 5000, 0, 0), 1);
}

int stall_tests(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
        TEST(what_does_nothing_stalls_after_the_set_time),
        TEST(a_sleep_is_no_stall_whenever_the_list_is_read),
        TEST(little_is_not_work_and_more_is),
        TEST(the_time_runs_from_the_last_work),
        TEST(it_moves_within_seconds),
        TEST(a_period_that_ends_ends_it),
        TEST(it_is_shown_once_the_period_has_lasted),
        TEST(what_cannot_be_seen_does_not_stall),
        TEST(the_same_look_counts_once),
        TEST(a_machine_that_sleeps_does_not_stall),
        TEST(zero_is_never_and_a_setting_counts_at_once),
#undef TEST
    };
    return cmocka_run_group_tests_name("stall", tests, NULL, NULL);
}
