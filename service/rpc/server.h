/* server.h: what all connections share: the present status, the journal, who waits, the counts.
 *
 * Data comes in by hub_observed (a new status) and from the journal's `changed`; it goes out
 * through the sessions. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_HUB_H
#define MSIWATCH_SERVICE_HUB_H

#include "common/access_level.h"
#include "observe/install_log.h"
#include "rpc/admission.h"
#include "base/list.h"
#include "decide/monitor.h"
#include "metrics/metrics.h"
#include "journal/journal.h"
#include "common/wire.h"

#include <uv.h>

struct log;
struct session;
struct textfile_facts;
struct settings_rejected;

/* The caps of the protocol; `about` reports them. */
struct hub_limits {
    struct admission_limits connections;
    uint32_t line;          /* of a request, in bytes, its end included */
    uint32_t requests;      /* in flight, a connection */
    uint32_t subscriptions; /* a connection */
    uint32_t batch;         /* members */
    uint32_t first_request_ms;
    uint32_t queued_bytes; /* of output, a connection */
};

/* A status is fresh enough to answer with for this long, and a sample is waited for this long. */
#define HUB_FRESH_MS 5u
#define HUB_SAMPLE_WAIT_MS 100u

struct hub_config {
    uv_loop_t *loop;
    struct log *log;
    struct hub_limits limits;
    int64_t started_ms; /* wall */
    /* What `about` says was not taken; NULL: nothing. The caller's, and may change. */
    const struct settings_rejected *rejected;
    /* What became of the file with the metrics; NULL: there is none. */
    const struct textfile_facts *textfile;
    /* Asks for a sample soon, and says whether somebody waits for a change. */
    void (*look)(void *arg);
    void (*waited)(void *arg, bool waited);
    /* Fills in the sampler's part of the metrics. */
    void (*gauges)(void *arg, struct sampler_gauges *out);
    /* Whether the event log can be read, and how much was. NULL: it cannot. */
    void (*install_log)(void *arg, struct install_log_state *out);
    /* What the client at the other end may see (caller.h); it has sent something. NULL: what all
     * may. */
    enum audience (*identify)(void *arg, uv_pipe_t *pipe);
    void *arg;
};

struct hub {
    struct hub_config config;
    struct journal *journal;
    struct status status; /* its seq is filled in by hub_status */
    uint64_t since_mono_ms, started_mono_ms;
    struct list sessions;
    size_t session_count;
    struct admission admission;
    size_t refusing;       /* sessions that are being told why they are not let in */
    struct list sampling;  /* requests that wait for a sample */
    struct list waiting;   /* `wait` requests that the present state does not end */
    size_t waits;          /* `wait` requests in both lists, and on the way between them */
    uint64_t wait_over_ms; /* monotonic: before it, only another state ends one of `waiting` */
    struct metrics metrics;
    bool stopping;
    void (*stopped)(void *arg);
};

/* 0 or UV_ENOMEM. */
int hub_init(struct hub *hub, const struct hub_config *config, struct journal *journal);
void hub_release(struct hub *hub);

/* Other limits. 0, or UV_ENOMEM and the old ones of connections stay. */
int hub_set_limits(struct hub *hub, const struct hub_limits *limits);

/* The status with its seq, as of now, as this audience may see it. */
struct status hub_status(const struct hub *hub, enum audience audience);

struct metrics_now hub_metrics_now(const struct hub *hub);

/* All metrics as text (prometheus.h); the caller's to free. NULL when memory is out. */
char *hub_metrics_text(const struct hub *hub, size_t *size);

/* A new observation was decided upon. `since_mono_ms` is when the state began. What is installed
 * stays as hub_learnt said. */
void hub_observed(struct hub *hub, const struct status *status, uint64_t since_mono_ms);

/* The event log told something: what is being installed (NULL: nothing is known of), and whether
 * the system is to be restarted. */
void hub_learnt(struct hub *hub, const struct install *install, enum install_reboot reboot);

/* hub_observed and hub_learnt, for the monitor. */
struct monitor_listener hub_listener(struct hub *hub);

/* The state of the event log. */
struct install_log_state hub_install_log(const struct hub *hub);

/* The journal has new events: move the subscribers on. */
void hub_journal_changed(struct hub *hub);

/* Whether the last observation is fresh enough to answer what was asked then. */
bool hub_is_fresh(const struct hub *hub, uint64_t asked_mono_ms);

/* Ends every session, telling it why; `stopped` is called (config.arg) when the last has gone. */
void hub_stop(struct hub *hub, void (*stopped)(void *arg));

/* For sessions: one begins, one has gone. */
void hub_joined(struct hub *hub, struct session *session);
void hub_left(struct hub *hub, struct session *session);

#endif
