/* sampler.h: the sensor thread.
 *
 * It reads all sensors, hands the observation over, and sleeps for the interval that the reading
 * calls for (schedule.h) or until something hints. Observations wait in a
 * locked queue in the order in which they were made; of a run that reads the same only the first
 * and the last are kept, so a change is neither lost nor misdated when the loop is late.
 */
#ifndef MSIWATCH_SERVICE_SAMPLER_H
#define MSIWATCH_SERVICE_SAMPLER_H

#include "observe/schedule.h"
#include "observe/sensor.h"

/* What the sampler has done so far. A gap is the time from one sample to the next; how late it
 * was is the gap less the interval. */
#define LATE_BUCKETS 11
extern const uint32_t late_bounds_us[LATE_BUCKETS];

struct sampler_gauges {
    uint64_t samples;
    uint64_t merged; /* observations overwritten because the queue was full: 0 unless the loop
                        stood still for seconds */
    uint64_t gap_max_ms[PACE_COUNT];
    uint64_t sample_max_us; /* the longest that reading all sensors took */
    /* Samples by how late they were, that is, up to the bound and over the one before; the last are
     * those over all bounds. */
    uint64_t late[LATE_BUCKETS + 1];
    uint64_t late_us_total;
};

struct sampler;

/* 0 or a negative libuv code. */
int sampler_new(struct sampler **out, const struct sampler_settings *settings);

/* The waiter, for sensors that need it; owned by the sampler. */
struct waiter *sampler_waiter(struct sampler *sampler);

/* Gives it a sensor, before the start. At most 8. Ownership passes, also when it fails. */
int sampler_add(struct sampler *sampler, struct sensor *sensor);

/* Starts the thread. `posted` is called on it, under the sampler's lock, when there is an
 * observation that is worth taking; it may only wake the loop. That is one that
 * reads other than the last, was hinted for, or comes while somebody waits; of those that read the
 * same, one now and then: SAMPLER_TELL_MS after the last, or SAMPLER_TELL_CALM_MS at the calm pace,
 * or when sampler_tell_by says so. */
#define SAMPLER_TELL_MS 900u
#define SAMPLER_TELL_CALM_MS 4500u
int sampler_start(struct sampler *sampler, void (*posted)(void *arg), void *arg);

/* Ends and joins the thread, closes the sensors, frees; `posted` is not called any more. NULL is
 * fine. False: a sensor hangs for longer than SAMPLER_END_MS. Then thread, sampler and sensors are
 * left to the end of the process, and so must be what the sensors were given. */
#define SAMPLER_END_MS 1000u
bool sampler_free(struct sampler *sampler);

/* Look at once. Any thread; many calls make one sample. */
void sampler_hint(struct sampler *sampler);

/* An observation is worth taking from then on (monotonic ms; UINT64_MAX: as usual), whatever it
 * reads. Any thread. */
void sampler_tell_by(struct sampler *sampler, uint64_t mono_ms);

/* Whether somebody waits for a change. Any thread. */
void sampler_set_waited(struct sampler *sampler, bool waited);

/* Changes the intervals. Any thread. */
void sampler_set(struct sampler *sampler, const struct sampler_settings *settings);

/* Takes the oldest observation not yet taken; false when there is none. Any one thread. */
bool sampler_take(struct sampler *sampler, struct observation *out);

/* When the last sample was begun. False: it, or one that was not taken yet either, may read other
 * than what was taken last. Any thread. */
bool sampler_last(struct sampler *sampler, uint64_t *mono_ms, int64_t *wall_ms);

void sampler_read_gauges(struct sampler *sampler, struct sampler_gauges *out);

#endif
