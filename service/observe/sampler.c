/* sampler.c: the sensor thread. */
#include "observe/sampler.h"

#include "base/clock.h"
#include "observe/waiter.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { MOST_SENSORS = 8, QUEUE = 256 /* a power of two, because indices wrap */ };

struct sampler {
    struct waiter *waiter;
    struct sensor *sensors[MOST_SENSORS];
    size_t sensor_count;
    uv_thread_t thread;
    bool running;
    void (*posted)(void *arg);
    void *arg;

    uv_mutex_t lock; /* guards everything below */
    struct sampler_settings settings;
    uv_cond_t over; /* the thread no longer needs anything of others */
    bool stop, waited, ended, left;
    bool asked;     /* the next sample was requested */
    bool delivered; /* the loop was woken for a sample: last_delivered, at delivered_us */
    struct observation last_delivered;
    uint64_t delivered_us, deliver_by_us;
    bool untaken;                    /* that sample was not taken yet */
    struct observation queue[QUEUE]; /* a ring */
    size_t first, count;
    struct sampler_gauges gauges;
};

const uint32_t late_bounds_us[LATE_BUCKETS] = {1000,   2500,   5000,   10000,   25000,  50000,
                                               100000, 250000, 500000, 1000000, 2500000};

/* The shortest sleep between two samples. */
#define PAUSE_US UINT64_C(500)

/* Sleeps until the next sample is due. */
static void rest(struct sampler *sampler, uint64_t begun_us, const struct pause *pause)
{
    /* The interval is from the start of a sample to the start of the next, but never without a
     * pause. */
    uint64_t took = clock_mono_us() - begun_us;
    waiter_wait(sampler->waiter,
                took + PAUSE_US < pause->interval_us ? pause->interval_us - took : PAUSE_US);
    /* Not waiter_wait, because an event that it watches may stay set until the next sample. */
    took = clock_mono_us() - begun_us;
    if (took + PAUSE_US <= pause->least_us) {
        waiter_pause(sampler->waiter, pause->least_us - took);
    }
}

/* A sample that comes early because of a hint is not late. */
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

int sampler_new(struct sampler **out, const struct sampler_settings *settings)
{
    struct sampler *sampler = calloc(1, sizeof *sampler);
    if (sampler == NULL) {
        return UV_ENOMEM;
    }
    sampler->settings = *settings;
    sampler->deliver_by_us = UINT64_MAX;
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

/* Adds a sample to the queue; the caller holds the lock. Of several identical samples in a row, the
 * first and the last stay: the first dates the change, the last says how long it lasted. */
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

/* Returns whether a sensor has something for the loop besides the sample. */
static bool read_sensors(struct sampler *sampler, struct observation *seen,
                         struct sighting *sighting)
{
    bool news = false;
    for (size_t i = 0; i < sampler->sensor_count; i++) {
        struct sensor *sensor = sampler->sensors[i];
        sensor->hinted = sensor->news = false;
        sensor->read(sensor, seen);
        sighting->hinted = sighting->hinted || sensor->hinted;
        news = news || sensor->news;
    }
    return news;
}

/* The caller holds the lock. */
static bool is_worth_taking(const struct sampler *sampler, const struct sighting *sighting,
                            enum pace pace)
{
    uint64_t usual_us = (pace == PACE_CALM ? SAMPLER_TELL_CALM_MS : SAMPLER_TELL_MS) *
                        UINT64_C(1000);
    return !sampler->delivered || sighting->waited ||
           sighting->begun_us - sampler->delivered_us >= usual_us ||
           sighting->begun_us >= sampler->deliver_by_us ||
           !observation_same(sighting->seen, &sampler->last_delivered);
}

/* The caller holds the lock. */
static void post(struct sampler *sampler, const struct sighting *sighting)
{
    sampler->delivered = sampler->untaken = true;
    sampler->delivered_us = sighting->begun_us;
    sampler->last_delivered = *sighting->seen;
    sampler->posted(sampler->arg);
}

/* The caller holds the lock. `before_us` is when the last sample began, `pause` the pause after
 * it. */
static void count(struct sampler_gauges *gauges, uint64_t begun_us, uint64_t before_us,
                  const struct pause *pause)
{
    uint64_t took = clock_mono_us() - begun_us;
    gauges->samples++;
    gauges->sample_max_us = took > gauges->sample_max_us ? took : gauges->sample_max_us;
    if (before_us != 0) {
        uint64_t gap = (begun_us - before_us + 999) / 1000;
        uint64_t *most = &gauges->gap_max_ms[pause->pace];
        *most = gap > *most ? gap : *most;
        count_late(gauges, begun_us - before_us, pause->interval_us);
    }
}

static void run(void *arg)
{
    struct sampler *sampler = arg;
    struct observation seen = {.ui_clients = -1};
    struct schedule schedule = {.looked = false};
    struct pause pause = {.pace = PACE_CALM};
    uint64_t before = 0; /* when the last sample began, in microseconds */
    uv_mutex_lock(&sampler->lock);
    while (!sampler->stop) {
        bool worth = sampler->asked;
        sampler->asked = false;
        uv_mutex_unlock(&sampler->lock);
        struct sighting sighting = {.begun_us = clock_mono_us(), .seen = &seen};
        seen.mono_ms = sighting.begun_us / 1000;
        seen.wall_ms = clock_wall_ms();
        worth = read_sensors(sampler, &seen, &sighting) || worth;

        uv_mutex_lock(&sampler->lock);
        if (sampler->stop) {
            break; /* nobody waits for this sample any more */
        }
        enqueue(sampler, &seen);
        count(&sampler->gauges, sighting.begun_us, before, &pause);
        before = sighting.begun_us;
        sighting.waited = sampler->waited;
        pause = schedule_next(&schedule, &sampler->settings, &sighting);
        if (worth || is_worth_taking(sampler, &sighting, pause.pace)) {
            post(sampler, &sighting);
        }
        uv_mutex_unlock(&sampler->lock);

        rest(sampler, sighting.begun_us, &pause);
        uv_mutex_lock(&sampler->lock);
    }
    bool left = sampler->left;
    uv_mutex_unlock(&sampler->lock);
    if (left) {
        return; /* what the sensors use may be freed already */
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

/* Returns whether the thread ended in time. */
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
    close_sensors(sampler); /* the thread never started, so it has not closed them */
    uv_cond_destroy(&sampler->over);
    uv_mutex_destroy(&sampler->lock);
    waiter_free(sampler->waiter);
    free(sampler);
    return true;
}

void sampler_hint(struct sampler *sampler)
{
    uv_mutex_lock(&sampler->lock);
    sampler->asked = true;
    uv_mutex_unlock(&sampler->lock);
    waiter_wake(sampler->waiter);
}

void sampler_tell_by(struct sampler *sampler, uint64_t mono_ms)
{
    uv_mutex_lock(&sampler->lock);
    sampler->deliver_by_us = mono_ms > UINT64_MAX / 1000 ? UINT64_MAX : mono_ms * 1000;
    uv_mutex_unlock(&sampler->lock);
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
    sampler->asked = true; /* the next sample already follows the new settings */
    uv_mutex_unlock(&sampler->lock);
    waiter_wake(sampler->waiter);
}

bool sampler_take(struct sampler *sampler, struct observation *out)
{
    uv_mutex_lock(&sampler->lock);
    bool any = sampler->count > 0;
    if (any) {
        *out = sampler->queue[sampler->first];
        sampler->count--;
        /* Start at the beginning again, so that most of the ring's memory is never touched. */
        sampler->first = sampler->count == 0 ? 0 : (sampler->first + 1) % QUEUE;
    }
    sampler->untaken = sampler->untaken && sampler->count > 0;
    uv_mutex_unlock(&sampler->lock);
    return any;
}

bool sampler_last(struct sampler *sampler, uint64_t *mono_ms, int64_t *wall_ms)
{
    uv_mutex_lock(&sampler->lock);
    bool same = sampler->count > 0 && !sampler->untaken;
    if (same) {
        const struct observation *last =
            &sampler->queue[(sampler->first + sampler->count - 1) % QUEUE];
        *mono_ms = last->mono_ms;
        *wall_ms = last->wall_ms;
    }
    uv_mutex_unlock(&sampler->lock);
    return same;
}

void sampler_read_gauges(struct sampler *sampler, struct sampler_gauges *out)
{
    uv_mutex_lock(&sampler->lock);
    *out = sampler->gauges;
    uv_mutex_unlock(&sampler->lock);
}
