/* api.h: what the methods share: the present status, who waits for the next, and where to ask.
 *
 * The monitor brings a status for each sample (api_listener), the journal says that it has grown
 * (rpc_server_flush). A method's file has the method; methods.h has the table. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_API_H
#define MSIWATCH_SERVICE_API_H

#include "common/wire.h"
#include "config/mitigations.h"
#include "decide/monitor.h"
#include "journal/journal.h"
#include "metrics/metrics.h"
#include "api/turns_state.h"
#include "rpc/request.h"

struct settings_rejected;
struct textfile_facts;

/* How old a sample may be that answers a status: the time between two requested samples
 * (SCHEDULE_HINTED_US), so that a client that asks without a pause need not wait; and one that
 * answers a wait, whose caller acts on it. */
#define API_FRESH_MS 10u
#define API_WAIT_FRESH_MS 5u
/* A sample is waited for this long. */
#define API_SAMPLE_WAIT_MS 100u

/* How the process that serves has come up. */
struct api_process {
    bool pipe_recovered; /* clients of a service that has ended had kept the pipe's name */
    struct mitigation_results mitigations;
};

struct api_config {
    struct rpc_server *server;
    struct journal *journal;
    struct metrics *metrics;
    int64_t started_ms; /* wall */
    /* What `about` says was not taken; NULL: nothing. The caller's, and may change. */
    const struct settings_rejected *rejected;
    /* What became of the textfile; NULL: there is none. */
    const struct textfile_facts *textfile;
    /* Asks for a sample soon, and says whether somebody waits for a change. */
    void (*look)(void *arg);
    void (*waited)(void *arg, bool waited);
    /* When the last sample was begun, if it read as the one that was looked at last; false: it did
     * not, and will be looked at. NULL: it never does. */
    bool (*sampled)(void *arg, uint64_t *mono_ms, int64_t *wall_ms);
    /* Fills in the sampler's part of the metrics. */
    void (*gauges)(void *arg, struct sampler_gauges *out);
    /* Whether the event log can be read, and how much was. NULL: it cannot. */
    void (*install_log)(void *arg, struct install_log_state *out);
    /* What else `about` says of the process; NULL: nothing out of the ordinary. */
    const struct api_process *process;
    void *arg;
};

/* A status as it was last rendered, for those of one access level. */
struct api_rendered {
    struct status of; /* all of it, so that whatever changes makes it out of date */
    struct text json; /* empty: none yet */
};

/* Whether a client descends from a process, as it was found at that sample. */
struct api_walk {
    uint64_t sample_ms; /* monotonic */
    uint32_t client, above;
    bool below;
};

struct api {
    struct api_config config;
    struct api_rendered rendered[ACCESS_LEVELS];
    struct status status; /* its seq is filled in by api_status */
    uint64_t since_mono_ms, started_mono_ms;
    struct list sampling; /* sample_waits for a sample */
    struct list waiting;  /* those that the present state does not end */
    struct list reading;  /* `history` requests that are read */
    size_t waits;         /* `wait` requests in both lists, and on the way between them */
    struct api_turns turns;
    struct api_walk walks[2]; /* self_wait.c's: the last from the mutex's owner, from a client */
    void *spare_delivery; /* subscribe.c's: memory for the next one, which then allocates none */
    uint64_t over_ms;     /* monotonic: before it, only another state ends one of `waiting` */
};

/* A request that a sample is to answer: the first member of its state. */
struct sample_wait {
    struct list node; /* in one of the api's lists, or in none */
    struct request *request;
    uint64_t asked_ms, oldest_ms; /* monotonic: samples begun at oldest_ms or later answer it */
    /* It came. Answers, or puts itself into a list again. */
    void (*on_sample)(struct sample_wait *wait);
};

void api_init(struct api *api, const struct api_config *config);

/* Frees what it holds. */
void api_release(struct api *api);

/* For the monitor: statuses, and what is installed. */
struct monitor_listener api_listener(struct api *api);

/* ---- for the methods ---- */

struct api *api_of(const struct request *request);

/* Who began whom. */
const struct processes *api_processes(const struct api *api);

/* The status with its seq, as of now, as this access level may see it. */
struct status api_status(struct api *api, enum access_level access_level);

/* As its client may see it. */
struct status api_status_for(const struct request *request);

/* Says whether somebody waits for a change. */
void api_say_waited(const struct api *api);

/* The same as JSON, rendered once for all of an access level until something other than the time
 * of the sample changes. Stays until the loop's next turn. NULL when memory is out. */
const struct text *api_status_json(struct api *api, enum access_level access_level);

/* Whether the last observation was begun then or later. */
bool api_is_fresh(struct api *api, uint64_t oldest_mono_ms);

/* Calls `on_sample` at the next sample that was begun at oldest_ms or later, and asks for one. */
void api_await_sample(struct api *api, struct sample_wait *wait);

/* Calls `on_sample` when the state changes, or a sample comes at or after this monotonic time. */
void api_await_change(struct api *api, struct sample_wait *wait, uint64_t over_ms);

/* The state of the event log. */
struct install_log_state api_install_log(const struct api *api);

struct metrics_now api_metrics_now(const struct api *api);

/* All metrics as text (prometheus.h); the caller's to free. NULL when memory is out. */
char *api_metrics_text(struct api *api, size_t *size);

#endif
