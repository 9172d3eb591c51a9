/* sampler_test.c: the sensor thread, with sensors that read what a test sets.
 *
 * Samples are taken one by one: the interval is a minute, and each hint causes one. Samples without
 * a hint are waited for, up to a limit.
 */
#include "unit.h"

#include "observe/sampler.h"
#include "test_clock.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define LONG_MS 60000u
#define BOUND_MS 20000u /* nothing takes this long */

/* The sensor of a test, and its readings. */
struct sampler_fixture {
    struct sensor sensor;
    struct sampler *sampler;
    uv_mutex_t lock; /* guards all below */
    uv_cond_t changed;
    struct observation now; /* what will be read next */
    unsigned read, posted, closed;
    unsigned closed_as; /* the n-th of all that were closed */
    bool alternate;     /* ui_clients changes from one reading to the next */
    bool stuck;         /* reading does not return while this is set */
    bool hint;          /* the next reading reports a hint */
    bool real_time;     /* samples have the time when they began, not their number */
};

static void read_fixture(struct sensor *self, struct observation *into)
{
    struct sampler_fixture *fixture = (struct sampler_fixture *)self;
    uv_mutex_lock(&fixture->lock);
    fixture->read++;
    uv_cond_broadcast(&fixture->changed);
    while (fixture->stuck) {
        uv_cond_wait(&fixture->changed, &fixture->lock);
    }
    uint64_t begun_ms = into->mono_ms;
    *into = fixture->now;
    into->mono_ms = fixture->real_time ? begun_ms : fixture->read; /* distinguishes the samples */
    self->hinted = fixture->hint;
    fixture->hint = false;
    if (fixture->alternate) {
        into->ui_clients = (int32_t)fixture->read % 2;
    }
    uv_mutex_unlock(&fixture->lock);
}

static unsigned closings; /* of all fixtures; sensor threads end one after the other */

static void close_fixture(struct sensor *self)
{
    struct sampler_fixture *fixture = (struct sampler_fixture *)self;
    uv_mutex_lock(&fixture->lock);
    fixture->closed++;
    fixture->closed_as = ++closings;
    uv_mutex_unlock(&fixture->lock);
}

static void on_posted(void *arg)
{
    struct sampler_fixture *fixture = arg;
    uv_mutex_lock(&fixture->lock);
    fixture->posted++;
    uv_cond_broadcast(&fixture->changed);
    uv_mutex_unlock(&fixture->lock);
}

static void make(struct sampler_fixture *fixture, const struct sampler_settings *settings)
{
    test_clock_run();
    memset(fixture, 0, sizeof *fixture);
    fixture->sensor = (struct sensor){.read = read_fixture, .close = close_fixture};
    fixture->now.ui_clients = -1;
    fixture->now.msiserver.state = MSISERVER_STOPPED;
    assert_int_equal(uv_mutex_init(&fixture->lock), 0);
    assert_int_equal(uv_cond_init(&fixture->changed), 0);
    assert_int_equal(sampler_new(&fixture->sampler, settings), 0);
    assert_int_equal(sampler_add(fixture->sampler, &fixture->sensor), 0);
}

static void start(struct sampler_fixture *fixture)
{
    assert_int_equal(sampler_start(fixture->sampler, on_posted, fixture), 0);
}

static void release(struct sampler_fixture *fixture)
{
    uv_cond_destroy(&fixture->changed);
    uv_mutex_destroy(&fixture->lock);
}

static void end(struct sampler_fixture *fixture)
{
    assert_true(sampler_free(fixture->sampler));
    assert_int_equal(fixture->closed, 1);
    release(fixture);
}

/* Waits until this many samples were begun, or were handed over. */
static bool await(struct sampler_fixture *fixture, const unsigned *counter, unsigned count)
{
    uint64_t until = uv_hrtime() + BOUND_MS * UINT64_C(1000000);
    uv_mutex_lock(&fixture->lock);
    while (*counter < count && uv_hrtime() < until) {
        uv_cond_timedwait(&fixture->changed, &fixture->lock, UINT64_C(100000000));
    }
    bool reached = *counter >= count;
    uv_mutex_unlock(&fixture->lock);
    return reached;
}

static void must_read(struct sampler_fixture *fixture, unsigned count)
{
    must(await(fixture, &fixture->read, count), "sample %u was not begun", count);
}

static void must_post(struct sampler_fixture *fixture, unsigned count)
{
    must(await(fixture, &fixture->posted, count), "sample %u was not made", count);
}

static unsigned value_of(struct sampler_fixture *fixture, const unsigned *counter)
{
    uv_mutex_lock(&fixture->lock);
    unsigned count = *counter;
    uv_mutex_unlock(&fixture->lock);
    return count;
}

static unsigned posted(struct sampler_fixture *fixture)
{
    return value_of(fixture, &fixture->posted);
}

/* Takes one more sample, with a hint. */
static void sample(struct sampler_fixture *fixture)
{
    unsigned before = posted(fixture);
    sampler_hint(fixture->sampler);
    must_post(fixture, before + 1);
}

static void set_mutex(struct sampler_fixture *fixture, enum mutex_state state)
{
    uv_mutex_lock(&fixture->lock);
    fixture->now.mutex.state = state;
    uv_mutex_unlock(&fixture->lock);
}

static void set_stuck(struct sampler_fixture *fixture, bool stuck)
{
    uv_mutex_lock(&fixture->lock);
    fixture->stuck = stuck;
    uv_cond_broadcast(&fixture->changed);
    uv_mutex_unlock(&fixture->lock);
}

static const struct sampler_settings slow = {{LONG_MS, LONG_MS, LONG_MS, LONG_MS}};
static const struct sampler_settings quick = {{1, 1, 1, 1}};

/* Clients that ask for the status cause hints, and so do changes that any user can make. */
static void hints_in_a_flood_make_a_sample_every_10_ms_at_most(void **state)
{
    enum { FLOOD_MS = 500 };
    struct sampler_fixture fixture;
    (void)state;
    make(&fixture, &slow);
    start(&fixture);
    must_post(&fixture, 1);
    uint64_t begun = uv_hrtime(), took_ms = 0;
    while (took_ms < FLOOD_MS) {
        sampler_hint(fixture.sampler);
        took_ms = (uv_hrtime() - begun) / 1000000;
    }
    unsigned made = posted(&fixture);
    print_message("%u samples in %u ms\n", made, (unsigned)took_ms);
    assert_in_range(made, 2, took_ms / 9 + 2);
    end(&fixture);
}

/* ---- the paces ---- */

/* In each situation, only its own interval is short, and samples follow by themselves. */
static void the_interval_is_that_of_the_pace(void **state)
{
    (void)state;
    for (int pace = 0; pace < PACE_COUNT; pace++) {
        struct sampler_settings settings = slow;
        struct sampler_fixture fixture;
        struct sampler_gauges gauges;
        settings.interval_ms[pace] = 1;
        make(&fixture, &settings);
        if (pace == PACE_ALERT) {
            fixture.now.msiserver.state = MSISERVER_RUNNING;
        } else if (pace != PACE_CALM) {
            fixture.now.mutex.state = MUTEX_HELD;
        }
        sampler_set_waited(fixture.sampler, pace == PACE_WAITED);
        start(&fixture);
        must_read(&fixture, 21); /* so 20 have ended */
        sampler_read_gauges(fixture.sampler, &gauges);
        assert_in_range(gauges.samples, 20, UINT32_MAX);
        for (int other = 0; other < PACE_COUNT; other++) {
            assert_int_equal(gauges.gap_max_ms[other] > 0, other == pace);
        }
        end(&fixture);
    }
}

static void a_gap_is_never_shorter_than_what_was_slept(void **state)
{
    struct sampler_settings settings = slow;
    struct sampler_fixture fixture;
    struct sampler_gauges gauges;
    (void)state;
    settings.interval_ms[PACE_CALM] = 30;
    make(&fixture, &settings);
    start(&fixture);
    must_read(&fixture, 6);
    sampler_read_gauges(fixture.sampler, &gauges);
    /* The interval is rounded down to whole milliseconds after the sample's own time was
     * subtracted. */
    assert_in_range(gauges.gap_max_ms[PACE_CALM], 29, BOUND_MS);
    end(&fixture);
}

/* ---- hints ---- */

static void a_hint_makes_a_sample_at_once(void **state)
{
    struct sampler_fixture fixture;
    (void)state;
    make(&fixture, &slow);
    start(&fixture);
    must_post(&fixture, 1);
    for (int i = 0; i < 100; i++) {
        sample(&fixture);
    }
    assert_int_equal(posted(&fixture), 101);
    end(&fixture);
}

static void many_hints_make_one_sample(void **state)
{
    struct sampler_fixture fixture;
    (void)state;
    make(&fixture, &slow);
    set_stuck(&fixture, true);
    start(&fixture);
    assert_true(await(&fixture, &fixture.read, 1));
    for (int i = 0; i < 1000; i++) {
        sampler_hint(fixture.sampler);
    }
    set_stuck(&fixture, false);
    must_post(&fixture, 2);
    uv_sleep(30); /* a third one would mostly have come by now */
    assert_int_equal(posted(&fixture), 2);
    end(&fixture);
}

static void a_sensor_that_hears_of_something_makes_a_burst_that_the_loop_does_not_hear(void **state)
{
    struct sampler_fixture fixture;
    (void)state;
    make(&fixture, &slow);
    start(&fixture);
    must_post(&fixture, 1);
    uv_mutex_lock(&fixture.lock);
    fixture.hint = true;
    uv_mutex_unlock(&fixture.lock);
    sample(&fixture);
    must_read(&fixture, 1 + 2); /* 50 of them, if the machine is not too busy */
    uv_sleep(150);              /* the burst has ended */
    unsigned made = value_of(&fixture, &fixture.read);
    print_message("%u samples\n", made);
    assert_in_range(made, 1 + 2, 1 + 51);
    assert_int_equal(posted(&fixture), 2);
    end(&fixture);
}

static void somebody_who_waits_makes_it_look_at_once_and_more_often(void **state)
{
    struct sampler_settings settings = slow;
    struct sampler_fixture fixture;
    (void)state;
    settings.interval_ms[PACE_WAITED] = 1;
    make(&fixture, &settings);
    set_mutex(&fixture, MUTEX_HELD);
    start(&fixture);
    must_post(&fixture, 1);
    sampler_set_waited(fixture.sampler, true);
    must_post(&fixture, 10);
    sampler_set_waited(fixture.sampler, false);
    sample(&fixture); /* may still belong to the burst */
    sample(&fixture); /* but the next one does not */
    unsigned before = posted(&fixture);
    uv_sleep(30);
    assert_in_range(posted(&fixture), before, before + 1);
    end(&fixture);
}

static void new_intervals_count_at_once(void **state)
{
    struct sampler_fixture fixture;
    (void)state;
    make(&fixture, &slow);
    start(&fixture);
    must_post(&fixture, 1);
    sampler_set(fixture.sampler, &quick);
    must_read(&fixture, 20);
    end(&fixture);
}

/* ---- which samples are delivered ---- */

/* Sets it at the first sample; later samples are identical. */
static void begin_quick(struct sampler_fixture *fixture, enum msiserver_state msiserver)
{
    make(fixture, &quick);
    fixture->now.msiserver.state = msiserver;
    fixture->real_time = true;
    start(fixture);
    must_post(fixture, 1);
}

static void the_time_of_a_sample_is_there_without_taking_it_if_it_read_the_same(void **state)
{
    struct sampler_fixture fixture;
    struct observation seen;
    uint64_t mono_ms = 0;
    int64_t wall_ms = 0;
    (void)state;
    make(&fixture, &slow);
    start(&fixture);
    must_post(&fixture, 1);
    assert_false(sampler_last(fixture.sampler, &mono_ms, &wall_ms)); /* it was not taken */
    assert_true(sampler_take(fixture.sampler, &seen));
    assert_false(sampler_last(fixture.sampler, &mono_ms, &wall_ms)); /* there is none */
    sampler_set(fixture.sampler, &quick);
    must_post(&fixture, 2); /* it is delivered, because the change may lead to another verdict */
    while (sampler_take(fixture.sampler, &seen)) { /* an earlier one may be there, too */
    }
    must_read(&fixture, value_of(&fixture, &fixture.read) + 2);
    assert_true(sampler_last(fixture.sampler, &mono_ms, &wall_ms));
    assert_in_range(mono_ms, 2, UINT32_MAX);
    set_mutex(&fixture, MUTEX_HELD);
    must_post(&fixture, 3);
    assert_false(sampler_last(fixture.sampler, &mono_ms, &wall_ms));
    while (sampler_take(fixture.sampler, &seen)) {
    }
    uint64_t before = mono_ms;
    must_read(&fixture, value_of(&fixture, &fixture.read) + 2);
    assert_true(sampler_last(fixture.sampler, &mono_ms, &wall_ms));
    assert_true(mono_ms > before);
    end(&fixture);
}

static void of_samples_that_read_the_same_the_loop_is_told_now_and_then(void **state)
{
    static const enum msiserver_state situations[] = {MSISERVER_RUNNING, MSISERVER_STOPPED};
    static const uint64_t tell_ms[] = {SAMPLER_TELL_MS, SAMPLER_TELL_CALM_MS};
    (void)state;
    for (size_t i = 0; i < COUNT(situations); i++) {
        struct sampler_fixture fixture;
        uint64_t begun = uv_hrtime();
        begin_quick(&fixture, situations[i]);
        must_post(&fixture, 2);
        uint64_t took_ms = (uv_hrtime() - begun) / 1000000;
        struct observation seen;
        unsigned taken = 0;
        while (sampler_take(fixture.sampler, &seen)) {
            taken++;
        }
        unsigned made = value_of(&fixture, &fixture.read);
        print_message("%u ms, %u samples\n", (unsigned)took_ms, made);
        assert_in_range(took_ms, tell_ms[i], BOUND_MS);
        assert_in_range(made, 3, UINT32_MAX);
        assert_in_range(taken, 2, 3); /* the first and the last of the run, and perhaps one that
                                       * just came */
        end(&fixture);
    }
}

static void the_loop_is_told_at_once_of_what_it_waits_for(void **state)
{
    struct sampler_fixture fixture;
    struct observation seen;
    (void)state;
    begin_quick(&fixture, MSISERVER_STOPPED);
    uint64_t begun = uv_hrtime();
    set_mutex(&fixture, MUTEX_HELD);
    must_post(&fixture, 2);
    set_mutex(&fixture, MUTEX_FREE);
    must_post(&fixture, 3);
    sampler_tell_by(fixture.sampler, clock_mono_ms() + 1);
    must_post(&fixture, 4);
    sampler_tell_by(fixture.sampler, UINT64_MAX);
    while (sampler_take(fixture.sampler, &seen)) {
    }
    unsigned before = posted(&fixture);
    sampler_hint(fixture.sampler);
    must_post(&fixture, before + 1);
    sampler_set_waited(fixture.sampler, true);
    must_post(&fixture, before + 10);
    assert_in_range((uv_hrtime() - begun) / 1000000, 0, SAMPLER_TELL_CALM_MS);
    end(&fixture);
}

/* ---- the queue ---- */

static void must_take(struct sampler_fixture *fixture, uint64_t sample_number,
                      enum mutex_state mutex)
{
    struct observation seen;
    must(sampler_take(fixture->sampler, &seen), "sample %u is not there", (unsigned)sample_number);
    assert_int_equal(seen.mono_ms, sample_number);
    assert_int_equal(seen.mutex.state, mutex);
}

static void of_a_run_the_first_and_the_last_are_kept(void **state)
{
    static const enum mutex_state readings[] = {
        MUTEX_FREE, MUTEX_FREE, MUTEX_FREE, MUTEX_FREE, /* 1 to 4 */
        MUTEX_HELD, MUTEX_HELD, MUTEX_HELD,             /* 5 to 7 */
        MUTEX_FREE,                                     /* 8 */
        MUTEX_HELD, MUTEX_HELD,                         /* 9 and 10 */
    };
    struct sampler_fixture fixture;
    struct observation seen;
    (void)state;
    make(&fixture, &slow);
    set_mutex(&fixture, readings[0]);
    start(&fixture);
    must_post(&fixture, 1);
    for (size_t i = 1; i < COUNT(readings); i++) {
        set_mutex(&fixture, readings[i]);
        sample(&fixture);
    }
    must_take(&fixture, 1, MUTEX_FREE);
    must_take(&fixture, 4, MUTEX_FREE);
    must_take(&fixture, 5, MUTEX_HELD);
    must_take(&fixture, 7, MUTEX_HELD);
    must_take(&fixture, 8, MUTEX_FREE);
    must_take(&fixture, 9, MUTEX_HELD);
    must_take(&fixture, 10, MUTEX_HELD);
    assert_false(sampler_take(fixture.sampler, &seen));
    sample(&fixture);
    must_take(&fixture, 11, MUTEX_HELD); /* what was taken no longer belongs to a run */
    assert_false(sampler_take(fixture.sampler, &seen));
    end(&fixture);
}

#define QUEUE 256

static void a_full_queue_keeps_the_first_and_the_latest_and_counts_the_rest(void **state)
{
    struct sampler_fixture fixture;
    struct sampler_gauges gauges;
    struct observation seen;
    (void)state;
    make(&fixture, &slow);
    fixture.alternate = true;
    start(&fixture);
    must_post(&fixture, 1);
    for (int i = 1; i < QUEUE; i++) {
        sample(&fixture);
    }
    sampler_read_gauges(fixture.sampler, &gauges);
    assert_int_equal(gauges.merged, 0);
    for (int i = 0; i < 10; i++) {
        sample(&fixture);
    }
    sampler_read_gauges(fixture.sampler, &gauges);
    assert_int_equal(gauges.merged, 10);
    assert_int_equal(gauges.samples, QUEUE + 10);
    for (uint64_t i = 1; i < QUEUE; i++) {
        must_take(&fixture, i, MUTEX_ABSENT);
    }
    must_take(&fixture, QUEUE + 10, MUTEX_ABSENT);
    assert_false(sampler_take(fixture.sampler, &seen));
    end(&fixture);
}

/* Around the ring many times; one thread takes while the other fills it. */
static void nothing_is_lost_while_it_is_taken(void **state)
{
    struct sampler_fixture fixture;
    struct sampler_gauges gauges;
    uint64_t next = 1;
    (void)state;
    make(&fixture, &quick);
    fixture.alternate = true;
    start(&fixture);
    while (next <= UINT64_C(2) * QUEUE) {
        struct observation seen;
        sampler_hint(fixture.sampler);
        while (sampler_take(fixture.sampler, &seen)) {
            assert_int_equal(seen.mono_ms, next);
            next++;
        }
    }
    sampler_read_gauges(fixture.sampler, &gauges);
    assert_int_equal(gauges.merged, 0);
    end(&fixture);
}

/* ---- the end ---- */

static void it_ends_at_once_however_long_the_interval(void **state)
{
    struct sampler_fixture fixture;
    (void)state;
    for (int i = 0; i < 50; i++) { /* at any moment */
        make(&fixture, &slow);
        start(&fixture);
        if (i % 2 == 0) {
            must_post(&fixture, 1);
        }
        uint64_t before = uv_hrtime();
        end(&fixture);
        assert_in_range(uv_hrtime() - before, 0, LONG_MS * UINT64_C(1000000) / 2);
    }
}

static void sensors_are_closed_once_in_reverse_started_or_not(void **state)
{
    (void)state;
    for (int started = 0; started < 2; started++) {
        struct sampler_fixture first, second;
        make(&first, &slow);
        make(&second, &slow);
        assert_true(sampler_free(second.sampler)); /* its sensor moves to the other sampler */
        second.closed = 0;
        assert_int_equal(sampler_add(first.sampler, &second.sensor), 0);
        if (started) {
            start(&first);
            must_post(&first, 1);
        }
        assert_true(sampler_free(first.sampler));
        assert_int_equal(first.closed, 1);
        assert_int_equal(second.closed, 1);
        assert_int_equal(first.closed_as, second.closed_as + 1);
        release(&second);
        release(&first);
    }
}

/* The thread that is left behind uses the fixture until this program ends. */
static void a_sensor_that_hangs_is_left_behind(void **state)
{
    static struct sampler_fixture fixture;
    (void)state;
    make(&fixture, &slow);
    set_stuck(&fixture, true);
    start(&fixture);
    assert_true(await(&fixture, &fixture.read, 1));
    uint64_t before = uv_hrtime();
    assert_false(sampler_free(fixture.sampler));
    assert_in_range((uv_hrtime() - before) / 1000000, SAMPLER_END_MS - 1, BOUND_MS);
    set_stuck(&fixture, false);
    uv_sleep(30); /* in this time it would post */
    uv_mutex_lock(&fixture.lock);
    assert_int_equal(fixture.posted, 0);
    assert_int_equal(fixture.closed, 0);
    uv_mutex_unlock(&fixture.lock);
}

static void a_ninth_sensor_is_refused_and_closed(void **state)
{
    struct sampler_fixture fixture;
    (void)state;
    make(&fixture, &slow);
    for (int i = 1; i < 8; i++) {
        assert_int_equal(sampler_add(fixture.sampler, &fixture.sensor), 0);
    }
    assert_int_equal(fixture.closed, 0);
    assert_int_equal(sampler_add(fixture.sampler, &fixture.sensor), UV_ENOBUFS);
    assert_int_equal(fixture.closed, 1);
    assert_true(sampler_free(fixture.sampler));
    assert_int_equal(fixture.closed, 9);
    release(&fixture);
    assert_true(sampler_free(NULL));
}

int sampler_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hints_in_a_flood_make_a_sample_every_10_ms_at_most),
        cmocka_unit_test(the_interval_is_that_of_the_pace),
        cmocka_unit_test(a_gap_is_never_shorter_than_what_was_slept),
        cmocka_unit_test(a_hint_makes_a_sample_at_once),
        cmocka_unit_test(many_hints_make_one_sample),
        cmocka_unit_test(
            a_sensor_that_hears_of_something_makes_a_burst_that_the_loop_does_not_hear),
        cmocka_unit_test(somebody_who_waits_makes_it_look_at_once_and_more_often),
        cmocka_unit_test(new_intervals_count_at_once),
        cmocka_unit_test(of_samples_that_read_the_same_the_loop_is_told_now_and_then),
        cmocka_unit_test(the_time_of_a_sample_is_there_without_taking_it_if_it_read_the_same),
        cmocka_unit_test(the_loop_is_told_at_once_of_what_it_waits_for),
        cmocka_unit_test(of_a_run_the_first_and_the_last_are_kept),
        cmocka_unit_test(a_full_queue_keeps_the_first_and_the_latest_and_counts_the_rest),
        cmocka_unit_test(nothing_is_lost_while_it_is_taken),
        cmocka_unit_test(it_ends_at_once_however_long_the_interval),
        cmocka_unit_test(sensors_are_closed_once_in_reverse_started_or_not),
        cmocka_unit_test(a_sensor_that_hangs_is_left_behind),
        cmocka_unit_test(a_ninth_sensor_is_refused_and_closed),
    };
    return cmocka_run_group_tests_name("sampler", tests, NULL, NULL);
}
