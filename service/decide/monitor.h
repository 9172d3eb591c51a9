/* monitor.h: an observation in, a status and events out.
 *
 * Takes what the sensors saw and what the event log said, decides (decider.h, correlator.h), and
 * reports to its listeners, in the order in which they were added. It knows none of them: the
 * composition root connects the journal, the API, Windows' event log and the metrics. It also
 * notices when the sensors fall silent, which makes the state unknown.
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

/* What a look found. `transition` is NULL when the verdict is the same as before. */
struct monitor_look {
    const struct status *status; /* without seq, and what `learnt` reports */
    uint64_t since_mono_ms;      /* when its state began */
    const struct event *transition;
    const struct event *activity; /* the installation stalls, or no longer does; NULL: as before */
};

/* Each may be NULL. What the pointers lead to is the monitor's, for the time of the call. */
struct monitor_listener {
    /* An observation was decided upon. */
    void (*looked)(void *arg, const struct monitor_look *look);
    /* An event about an installation was recorded. `again`: an earlier one was about the same. */
    void (*installed)(void *arg, const struct event *event, bool again);
    /* What is being installed (NULL: nothing that is known), who the mutex's owner is in it, and
     * whether a restart is due. */
    void (*learnt)(void *arg, const struct install *install, enum owner_role owner,
                   const struct restart *restart);
    /* msiserver was seen RUNNING with controls other than exactly SHUTDOWN, so that its controls
     * mean something here. Once. */
    void (*controls_meaningful)(void *arg);
    void *arg;
};

struct monitor_settings {
    enum signals signals;
    struct flapping_limits flapping;
    uint64_t silence_ms;       /* sensors that say nothing for longer no longer know */
    uint64_t stalled_after_ms; /* stall.h; 0: never */
};

struct monitor_config {
    uv_loop_t *loop;
    struct log *log;
    struct monitor_settings settings;
    struct correlator_config correlator; /* may be zeroed */
    /* Records an event before anybody hears of it, and gives its position in the journal. */
    uint64_t (*record)(void *arg, const struct event *event);
    /* The time of a sample that read as the last observation, and was not given for that; false:
     * there is none. NULL: all are given. */
    bool (*sampled)(void *arg, uint64_t *mono_ms, int64_t *wall_ms);
    void *arg;
};

#define MONITOR_LISTENERS 8

/* The state is unknown, since now. 0 or a negative libuv code. */
int monitor_new(struct monitor **out, const struct monitor_config *config);

/* At most MONITOR_LISTENERS, before the first observation. */
void monitor_listen(struct monitor *monitor, const struct monitor_listener *listener);

/* Other settings. 0, or UV_ENOMEM and the old limits of flapping stay. */
int monitor_set(struct monitor *monitor, const struct monitor_settings *settings);

/* msiserver's controls were found to mean something in an earlier run. */
void monitor_remember_controls(struct monitor *monitor);

/* The restart that is pending; and one that an earlier run of the service knew of, once there are
 * listeners. */
const struct restart *monitor_restart(const struct monitor *monitor);
void monitor_remember_restart(struct monitor *monitor, const struct restart *restart);

/* The sensors' next observation. False: it was made before the present one, and is passed over; a
 * new one is to be asked for, because one that reads the same may not be given for a while. */
bool monitor_observe(struct monitor *monitor, const struct observation *seen);

/* When an observation that reads the same as the last would lead to something else (monotonic ms);
 * UINT64_MAX: never. */
uint64_t monitor_due(const struct monitor *monitor);

/* A record of the event log. */
void monitor_record(struct monitor *monitor, const struct install_record *record);

/* Whether the event log can be read now; it can until this says otherwise. */
void monitor_log_readable(struct monitor *monitor, bool readable);

/* Reports what the records so far have completed. After each batch of them. */
void monitor_report_installs(struct monitor *monitor);

/* The watch ends: the state becomes unknown, and all that is left of installations is reported. */
void monitor_end(struct monitor *monitor);

/* Closes the timers; the loop must run once more before monitor_free. NULL is fine for both. */
void monitor_stop(struct monitor *monitor);
void monitor_free(struct monitor *monitor);

#endif
