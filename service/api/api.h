/* api.h: what the methods share: the current status, the requests that wait for the next sample,
 * and where to get everything else.
 *
 * The monitor brings a status for each sample (api_listener); the journal says when it has grown
 * (rpc_server_flush). Each family of methods has a file; methods.h has the table. Loop thread only.
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
 * (SCHEDULE_HINTED_US), so that a client that asks continuously need not wait. And how old one may
 * be that answers a wait, because the caller acts on it. */
#define API_FRESH_MS 10u
#define API_WAIT_FRESH_MS 5u
/* How long a request waits for a sample. */
#define API_SAMPLE_WAIT_MS 100u

/* What parameters of several methods take. */
#define API_ANY_SEQ "a seq", .most = UINT64_MAX
#define API_MOST_WAIT "milliseconds, up to a year", .most = UINT64_C(1000) * 86400 * 366

/* How the process started. */
struct api_process {
    bool pipe_recovered; /* clients of an earlier run had kept the pipe's name */
    struct mitigation_results mitigations;
};

struct api_config {
    struct rpc_server *server;
    struct journal *journal;
    struct metrics *metrics;
    int64_t started_ms; /* wall */
    /* What `about` reports as rejected; NULL: nothing. Owned by the caller, and may change. */
    const struct settings_rejected *rejected;
    /* What `about` reports about the textfile; NULL: there is none. */
    const struct textfile_facts *textfile;
    /* `look` requests a sample soon; `waited` says whether anybody waits for a change. */
    void (*look)(void *arg);
    void (*waited)(void *arg, bool waited);
    /* Says when the last sample was begun, if it was identical to the last one that came; false: it
     * differs, and will come. NULL: samples are never identical. */
    bool (*sampled)(void *arg, uint64_t *mono_ms, int64_t *wall_ms);
    /* Fills in the sampler's part of the metrics. */
    void (*gauges)(void *arg, struct sampler_gauges *out);
    /* Whether the event log can be read, and how much was. NULL: it cannot be read. */
    void (*install_log)(void *arg, struct install_log_state *out);
    /* What else `about` says about the process; NULL: nothing unusual. */
    const struct api_process *process;
    void *arg;
};

/* The last rendering of a status for one access level. */
struct api_rendered {
    struct status of; /* complete, so that any change makes it outdated */
    struct text json; /* empty: not rendered yet */
};

/* Whether a client descends from a process, as found at one sample. */
struct api_walk {
    uint64_t sample_ms; /* monotonic */
    uint32_t client, above;
    bool below;
};

struct api {
    struct api_config config;
    struct api_rendered rendered[ACCESS_LEVELS];
    struct status status; /* the seq is filled in by api_status */
    uint64_t since_mono_ms, started_mono_ms;
    struct list sampling; /* sample_waits for a sample */
    struct list waiting;  /* sample_waits that the current state does not end */
    struct list reading;  /* `history` requests whose page is being read */
    size_t waits;         /* `wait` requests in both lists, and those being moved between them */
    struct api_turns turns;
    struct api_walk walks[2]; /* of self_wait.c: the last walk from the mutex's owner, and from a
                               * client */
    void *spare_delivery;     /* of subscribe.c: memory for the next delivery, which then allocates
                               * nothing */
    uint64_t over_ms;         /* monotonic: before this time, only a change of state ends one of
                               * `waiting` */
};

/* A request that a sample will answer: the first member of its state. */
struct sample_wait {
    struct list node; /* in one of the api's lists, or in none */
    struct request *request;
    uint64_t asked_ms, oldest_ms; /* monotonic: a sample answers it if it was begun at oldest_ms or
                                   * later */
    /* A sample came. Answers the request, or puts it into a list again. */
    void (*on_sample)(struct sample_wait *wait);
};

void api_init(struct api *api, const struct api_config *config);

/* Frees what it contains. */
void api_release(struct api *api);

/* For the monitor: receives statuses, and what is being installed. */
struct monitor_listener api_listener(struct api *api);

/* ---- for the methods ---- */

struct api *api_of(const struct request *request);
struct api *api_at(const struct connection *connection);

/* Which process started which. */
const struct processes *api_processes(const struct api *api);

/* The current status with its seq, without what this access level may not see. */
struct status api_status(struct api *api, enum access_level access_level);

/* The same for the request's client. */
struct status api_status_for(const struct request *request);

/* Says whether anybody waits for a change. */
void api_say_waited(const struct api *api);

/* The current status as JSON, rendered once per access level until something other than the time of
 * the sample changes. Valid until the next loop iteration. NULL: out of memory. */
const struct text *api_status_json(struct api *api, enum access_level access_level);

/* Whether the last sample was begun at this time or later. */
bool api_is_fresh(struct api *api, uint64_t oldest_mono_ms);

/* Calls `on_sample` at the next sample that was begun at oldest_ms or later, and requests one. */
void api_await_sample(struct api *api, struct sample_wait *wait);

/* Calls `on_sample` when the state changes, or when a sample comes at or after `over_ms`
 * (monotonic). */
void api_await_change(struct api *api, struct sample_wait *wait, uint64_t over_ms);

/* The state of the event log. */
struct install_log_state api_install_log(const struct api *api);

struct metrics_now api_metrics_now(const struct api *api);

/* All metrics as text (prometheus.h), which the caller frees. NULL: out of memory. */
char *api_metrics_text(struct api *api, size_t *size);

#endif
