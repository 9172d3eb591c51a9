/* sampler.c: the sensor thread, which decides when to look. */
#include "observe/sampler.h"

#include "base/clock.h"
#include "observe/waiter.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { MOST_SENSORS = 8, QUEUE = 256 /* a power of two: indices wrap */ };

struct sampler {
    struct waiter *waiter;
    struct sensor *sensors[MOST_SENSORS];
    size_t sensor_count;
    uv_thread_t thread;
    bool running;
    void (*posted)(void *arg);
    void *arg;

    uv_mutex_t lock; /* guards all below */
    struct sampler_settings settings;
    uv_cond_t over; /* the thread needs nothing of others any more */
    bool stop, waited, ended, left;
    struct observation queue[QUEUE]; /* a ring */
    size_t first, count;
    struct sampler_gauges gauges;
};

const uint32_t late_bounds_us[LATE_BUCKETS] = {1000,   2500,   5000,   10000,   25000,  50000,
                                               100000, 250000, 500000, 1000000, 2500000};

/* However many hints come, samples begin so far apart at least, or an interval if that is less:
 * clients, whoever writes to the event log and whoever changes a key can make them come. */
#define HINTED_GAP_US UINT64_C(10000)

/* Sleeps until the next sample is due. */
static void rest(struct sampler *sampler, uint64_t begun_us, uint64_t interval_us)
{
    /* The interval is from begin to begin, but never without a pause. */
    uint64_t took = clock_mono_us() - begun_us;
    waiter_wait(sampler->waiter,
                took + 1000 < interval_us ? (uint32_t)((interval_us - took) / 1000) : 1);
    /* Not by the waiter: what it watches may stay set until the next sample. */
    uint64_t least_us = interval_us < HINTED_GAP_US ? interval_us : HINTED_GAP_US;
    took = clock_mono_us() - begun_us;
    if (took + 1000 <= least_us) {
        uv_sleep((unsigned)((least_us - took) / 1000));
    }
}

/* A hint makes a sample early; that is not late. */
static void count_late(struct sampler_gauges *gauges, uint64_t gap_us, uint64_t interval_us)
{
    uint64_t late_us = gap_us > interval_us ? gap_us - interval_us : 0;
    int bucket = 0;
    while (bucket < LATE_BUCKETS && late_us > late_bounds_us[bucket]) {
        bucket++;
    }
    gauges->late[bucket]++;
    gauges->late_us_total += late_us;
}

enum pace pace_of(const struct observation *seen, bool waited)
{
    if (seen->mutex.state == MUTEX_HELD || msiserver_says_busy(seen)) {
        return waited ? PACE_WAITED : PACE_BUSY;
    }
    switch (seen->msiserver.state) {
    case MSISERVER_START_PENDING:
    case MSISERVER_RUNNING:
    case MSISERVER_CONTINUE_PENDING:
    case MSISERVER_PAUSE_PENDING:
    case MSISERVER_PAUSED:
        return PACE_ALERT;
    default:
        return PACE_CALM;
    }
}

const char *pace_name(enum pace pace)
{
    static const char *const names[PACE_COUNT] = {"calm", "alert", "busy", "waited"};
    return pace < PACE_COUNT ? names[pace] : "error";
}

int sampler_new(struct sampler **out, const struct sampler_settings *settings)
{
    struct sampler *sampler = calloc(1, sizeof *sampler);
    if (sampler == NULL) {
        return UV_ENOMEM;
    }
    sampler->settings = *settings;
    int error = waiter_new(&sampler->waiter);
    if (error != 0) {
        goto free_sampler;
    }
    error = uv_mutex_init(&sampler->lock);
    if (error != 0) {
        goto free_waiter;
    }
    error = uv_cond_init(&sampler->over);
    if (error != 0) {
        goto destroy_lock;
    }
    *out = sampler;
    return 0;

destroy_lock:
    uv_mutex_destroy(&sampler->lock);
free_waiter:
    waiter_free(sampler->waiter);
free_sampler:
    free(sampler);
    return error;
}

struct waiter *sampler_waiter(struct sampler *sampler)
{
    return sampler->waiter;
}

int sampler_add(struct sampler *sampler, struct sensor *sensor)
{
    if (sampler->sensor_count == MOST_SENSORS) {
        sensor->close(sensor);
        return UV_ENOBUFS;
    }
    sampler->sensors[sampler->sensor_count++] = sensor;
    return 0;
}

/* Hands an observation over; under the lock. Of a run that reads the same, the first and the last
 * stay: the first dates the change, the last says how long it held. */
static void enqueue(struct sampler *sampler, const struct observation *seen)
{
    struct observation *last = &sampler->queue[(sampler->first + sampler->count - 1) % QUEUE];
    struct observation *before = &sampler->queue[(sampler->first + sampler->count - 2) % QUEUE];
    if (sampler->count >= 2 && observation_same(last, seen) && observation_same(before, seen)) {
        *last = *seen;
    } else if (sampler->count == QUEUE) {
        sampler->gauges.merged++;
        *last = *seen;
    } else {
        sampler->queue[(sampler->first + sampler->count) % QUEUE] = *seen;
        sampler->count++;
    }
}

static void close_sensors(struct sampler *sampler)
{
    for (size_t i = sampler->sensor_count; i > 0; i--) {
        sampler->sensors[i - 1]->close(sampler->sensors[i - 1]);
    }
    sampler->sensor_count = 0;
}

static void run(void *arg)
{
    struct sampler *sampler = arg;
    struct observation seen = {.ui_clients = -1};
    enum pace pace = PACE_CALM;
    uint64_t before = 0;   /* microseconds; when the last sample began */
    uint64_t interval = 0; /* microseconds, from that to this one */
    uv_mutex_lock(&sampler->lock);
    while (!sampler->stop) {
        uv_mutex_unlock(&sampler->lock);
        uint64_t begun = clock_mono_us();
        seen.mono_ms = begun / 1000;
        seen.wall_ms = clock_wall_ms();
        for (size_t i = 0; i < sampler->sensor_count; i++) {
            sampler->sensors[i]->read(sampler->sensors[i], &seen);
        }
        uint64_t took = clock_mono_us() - begun;

        uv_mutex_lock(&sampler->lock);
        if (sampler->stop) {
            break; /* nobody waits for it any more */
        }
        enqueue(sampler, &seen);
        struct sampler_gauges *gauges = &sampler->gauges;
        uint64_t gap = before == 0 ? 0 : (begun - before + 999) / 1000;
        gauges->samples++;
        if (before != 0) {
            count_late(gauges, begun - before, interval);
        }
        gauges->gap_max_ms[pace] = gap > gauges->gap_max_ms[pace] ? gap : gauges->gap_max_ms[pace];
        gauges->sample_max_us = took > gauges->sample_max_us ? took : gauges->sample_max_us;
        before = begun;
        pace = pace_of(&seen, sampler->waited);
        interval = sampler->settings.interval_ms[pace] * UINT64_C(1000);
        sampler->posted(sampler->arg);
        uv_mutex_unlock(&sampler->lock);

        rest(sampler, begun, interval);
        uv_mutex_lock(&sampler->lock);
    }
    bool left = sampler->left;
    uv_mutex_unlock(&sampler->lock);
    if (left) {
        return; /* what the sensors work with may be going */
    }
    close_sensors(sampler);
    uv_mutex_lock(&sampler->lock);
    sampler->ended = true;
    uv_cond_signal(&sampler->over);
    uv_mutex_unlock(&sampler->lock);
}

int sampler_start(struct sampler *sampler, void (*posted)(void *arg), void *arg)
{
    sampler->posted = posted;
    sampler->arg = arg;
    int error = uv_thread_create(&sampler->thread, run, sampler);
    sampler->running = error == 0;
    return error;
}

/* Whether the thread ended in time. */
static bool end_thread(struct sampler *sampler)
{
    uint64_t now = uv_hrtime(), until = now + SAMPLER_END_MS * UINT64_C(1000000);
    uv_mutex_lock(&sampler->lock);
    sampler->stop = true;
    waiter_wake(sampler->waiter);
    while (!sampler->ended && now < until) {
        uv_cond_timedwait(&sampler->over, &sampler->lock, until - now);
        now = uv_hrtime();
    }
    sampler->left = !sampler->ended;
    uv_mutex_unlock(&sampler->lock);
    return !sampler->left && uv_thread_join(&sampler->thread) == 0;
}

bool sampler_free(struct sampler *sampler)
{
    if (sampler == NULL) {
        return true;
    }
    if (sampler->running && !end_thread(sampler)) {
        return false;
    }
    close_sensors(sampler); /* never started */
    uv_cond_destroy(&sampler->over);
    uv_mutex_destroy(&sampler->lock);
    waiter_free(sampler->waiter);
    free(sampler);
    return true;
}

void sampler_hint(struct sampler *sampler)
{
    waiter_wake(sampler->waiter);
}

void sampler_set_waited(struct sampler *sampler, bool waited)
{
    uv_mutex_lock(&sampler->lock);
    bool sooner = waited && !sampler->waited;
    sampler->waited = waited;
    uv_mutex_unlock(&sampler->lock);
    if (sooner) {
        waiter_wake(sampler->waiter);
    }
}

void sampler_set(struct sampler *sampler, const struct sampler_settings *settings)
{
    uv_mutex_lock(&sampler->lock);
    sampler->settings = *settings;
    uv_mutex_unlock(&sampler->lock);
    waiter_wake(sampler->waiter);
}

bool sampler_take(struct sampler *sampler, struct observation *out)
{
    uv_mutex_lock(&sampler->lock);
    bool any = sampler->count > 0;
    if (any) {
        *out = sampler->queue[sampler->first];
        sampler->first = (sampler->first + 1) % QUEUE;
        sampler->count--;
    }
    uv_mutex_unlock(&sampler->lock);
    return any;
}

void sampler_read_gauges(struct sampler *sampler, struct sampler_gauges *out)
{
    uv_mutex_lock(&sampler->lock);
    *out = sampler->gauges;
    uv_mutex_unlock(&sampler->lock);
}
