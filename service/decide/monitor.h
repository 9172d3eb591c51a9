/* monitor.h: a sample goes in, a status and events come out.
 *
 * It takes the samples of the sensors and the records of the event log, decides (decider.h,
 * correlator.h), and reports to its listeners, in the order in which they were added. It knows none
 * of them: the composition root connects the journal, the API, Windows' event log and the metrics.
 * It also notices when the sensors are silent; then the state becomes unknown.
 *
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_MONITOR_H
#define MSIWATCH_SERVICE_MONITOR_H

#include "common/wire.h"
#include "decide/correlator.h"
#include "decide/flapping.h"
#include "observe/install_record.h"

#include <uv.h>

struct log;
struct monitor;

/* What a sample led to. `transition` is NULL if the verdict has not changed. */
struct monitor_look {
    const struct status *status; /* without seq, and without what `learnt` reports */
    uint64_t since_mono_ms;      /* when the current state began */
    const struct event *transition;
    /* The installation has stalled, or no longer does; NULL if unchanged. */
    const struct event *activity;
};

/* Each function may be NULL. What the pointers lead to is owned by the monitor and valid during the
 * call. */
struct monitor_listener {
    /* A sample was processed. */
    void (*looked)(void *arg, const struct monitor_look *look);
    /* An event about an installation was recorded. `again`: an earlier event was about the same
     * one. */
    void (*installed)(void *arg, const struct event *event, bool again);
    /* What is being installed (NULL if nothing is known), the role of the mutex's owner in it, and
     * whether a restart is pending. */
    void (*learnt)(void *arg, const struct install *install, enum owner_role owner,
                   const struct restart *restart);
    /* msiserver was seen RUNNING with controls other than exactly SHUTDOWN, so its controls mean
     * something on this machine. Called once. */
    void (*controls_meaningful)(void *arg);
    void *arg;
};

struct monitor_settings {
    enum signals signals;
    struct flapping_limits flapping;
    uint64_t silence_ms;       /* after this time without a sample, the state becomes unknown */
    uint64_t stalled_after_ms; /* see stall.h; 0 means never */
};

struct monitor_config {
    uv_loop_t *loop;
    struct log *log;
    struct monitor_settings settings;
    struct correlator_config correlator; /* may be zeroed */
    /* Records an event before it is reported, and returns its position in the journal. */
    uint64_t (*record)(void *arg, const struct event *event);
    /* Writes the time of a sample that was identical to the last one and therefore not passed to
     * the monitor. Returns false if there is none. NULL if all samples are passed. */
    bool (*sampled)(void *arg, uint64_t *mono_ms, int64_t *wall_ms);
    void *arg;
};

#define MONITOR_LISTENERS 8

/* The state is unknown at first. Returns 0 or a negative libuv code. */
int monitor_new(struct monitor **out, const struct monitor_config *config);

/* Adds a listener: at most MONITOR_LISTENERS, before the first sample. */
void monitor_listen(struct monitor *monitor, const struct monitor_listener *listener);

/* Sets other settings. Returns 0, or UV_ENOMEM, and then the old limits of flapping stay. */
int monitor_set(struct monitor *monitor, const struct monitor_settings *settings);

/* msiserver's controls were found to mean something in an earlier run. */
void monitor_remember_controls(struct monitor *monitor);

/* Returns the restart that is pending. monitor_remember_restart sets one that an earlier run of the
 * service knew; call it when the listeners have been added. */
const struct restart *monitor_restart(const struct monitor *monitor);
void monitor_remember_restart(struct monitor *monitor, const struct restart *restart);

/* Takes the next sample. Returns false if it was made before the current one: it is ignored, and
 * the caller must request a new one, because an identical one may not be passed on for a while. */
bool monitor_observe(struct monitor *monitor, const struct observation *seen);

/* Returns when a sample that is identical to the last would lead to something else (monotonic ms);
 * UINT64_MAX for never. */
uint64_t monitor_due(const struct monitor *monitor);

/* Takes a record of the event log. */
void monitor_record(struct monitor *monitor, const struct install_record *record);

/* Sets whether the event log can be read now. At the start, it counts as readable. */
void monitor_log_readable(struct monitor *monitor, bool readable);

/* Reports what the records so far have completed. Call it after each batch of them. */
void monitor_report_installs(struct monitor *monitor);

/* The service stops: the state becomes unknown, and everything that is left of installations is
 * reported. */
void monitor_end(struct monitor *monitor);

/* Closes the timers; the loop must run once more before monitor_free. NULL is allowed for both. */
void monitor_stop(struct monitor *monitor);
void monitor_free(struct monitor *monitor);

#endif
