/* sampler.h: the sensor thread.
 *
 * It reads all sensors into a sample, queues it, and sleeps for the interval that the sample calls
 * for (schedule.h), or until there is a hint. Samples wait in a locked queue in the order in which
 * they were made. Of several identical samples in a row, only the first and the last are kept, so
 * no change is lost or misdated when the loop is late.
 */
#ifndef MSIWATCH_SERVICE_SAMPLER_H
#define MSIWATCH_SERVICE_SAMPLER_H

#include "observe/schedule.h"
#include "observe/sensor.h"

/* What the sampler has done so far. A gap is the time from one sample to the next; how late the
 * second one was is the gap minus the interval. */
#define LATE_BUCKETS 11
extern const uint32_t late_bounds_us[LATE_BUCKETS];

struct sampler_gauges {
    uint64_t samples;
    /* Samples that were overwritten because the queue was full: 0 unless the loop stood still for
     * seconds. */
    uint64_t merged;
    uint64_t gap_max_ms[PACE_COUNT];
    uint64_t sample_max_us; /* the longest time that reading all sensors took */
    /* Number of samples by lateness: up to this bound and over the previous one. The last entry
     * counts those over all bounds. */
    uint64_t late[LATE_BUCKETS + 1];
    uint64_t late_us_total;
};

struct sampler;

/* Returns 0 or a negative libuv code. */
int sampler_new(struct sampler **out, const struct sampler_settings *settings);

/* Returns the waiter, for sensors that need it. The sampler owns it. */
struct waiter *sampler_waiter(struct sampler *sampler);

/* Adds a sensor, before the start; at most 8. The sampler owns it from now on, even on failure. */
int sampler_add(struct sampler *sampler, struct sensor *sensor);

/* Starts the thread. It calls `posted`, holding the sampler's lock, when a sample is worth taking;
 * `posted` may only wake the loop. A sample is worth taking if it differs from the last one, was
 * requested, or comes while a client waits. Of identical samples, one is worth taking
 * SAMPLER_TELL_MS after the last one (SAMPLER_TELL_CALM_MS at the calm pace), or when
 * sampler_tell_by says so. Returns 0 or a negative libuv code. */
#define SAMPLER_TELL_MS 900u
#define SAMPLER_TELL_CALM_MS 4500u
int sampler_start(struct sampler *sampler, void (*posted)(void *arg), void *arg);

/* Ends the thread, closes the sensors, and frees everything; `posted` is not called any more. NULL
 * is allowed. Returns false if a sensor hangs for longer than SAMPLER_END_MS. Then thread, sampler
 * and sensors stay until the process ends, and what the sensors were given must stay, too. */
#define SAMPLER_END_MS 1000u
bool sampler_free(struct sampler *sampler);

/* Requests a sample immediately. Any thread; many calls cause one sample. */
void sampler_hint(struct sampler *sampler);

/* Makes the first sample from this time on worth taking, whatever it reads (monotonic ms;
 * UINT64_MAX for as usual). Any thread. */
void sampler_tell_by(struct sampler *sampler, uint64_t mono_ms);

/* Sets whether a client waits for a change. Any thread. */
void sampler_set_waited(struct sampler *sampler, bool waited);

/* Changes the intervals. Any thread. */
void sampler_set(struct sampler *sampler, const struct sampler_settings *settings);

/* Takes the oldest sample that was not taken yet; returns false if there is none. Any thread, but
 * always the same one. */
bool sampler_take(struct sampler *sampler, struct observation *out);

/* Writes when the last sample began, if it is identical to the sample that was taken last. Returns
 * false if it, or an earlier one that was not taken yet, may differ, or if all samples were taken.
 * Any thread. */
bool sampler_last(struct sampler *sampler, uint64_t *mono_ms, int64_t *wall_ms);

/* Copies the current gauges. Any thread. */
void sampler_read_gauges(struct sampler *sampler, struct sampler_gauges *out);

#endif
