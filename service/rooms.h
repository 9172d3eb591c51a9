/* rooms.h: the service's rooms, shared by the four files that compose them: service.c creates
 * them, wiring.c connects them, reload.c applies changed settings to them, shutdown.c tears them
 * down.
 */
#ifndef MSIWATCH_SERVICE_ROOMS_H
#define MSIWATCH_SERVICE_ROOMS_H

#include "api/api.h"
#include "api/turns.h"
#include "common/access_level.h"
#include "decide/monitor.h"
#include "eventlog/event_rules.h"
#include "journal/hold_file.h"
#include "metrics/textfile.h"
#include "observe/install_log.h"
#include "pipe/listener.h"
#include "reload.h"
#include "rpc/shares.h"

struct service {
    struct settings settings; /* in force */
    struct reload reload;     /* settings that were read since */
    struct log *log;
    struct event_rules rules;
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t flush_late;
    uv_timer_t turns_timer;
    struct shares shares;
    struct journal *journal;
    struct hold_file hold_file;
    struct monitor *monitor;
    struct install_log *install_log;
    int64_t booted_ms; /* when Windows was booted; 0 if not known */
    struct metrics metrics;
    struct rpc_server server;
    struct api api;
    bool has_api; /* false until the API exists; until then the journal has nobody to report to */
    struct sampler *sampler;
    struct sampler_gauges gauges; /* the sampler's last gauges, after it was freed */
    struct listener *listener;
    struct api_process process; /* what `about` reports about this process */
    struct textfile *textfile;
    bool stopping, flushed, server_stopped, listener_closed;
    bool sensors_hang; /* they are not freed, nor what they were given, until the process ends */
    enum access_level (*identify)(void *arg, uv_pipe_t *pipe); /* NULL for client_access_level */
    void *arg;

    uv_mutex_t lock; /* guards everything below, which other threads set */
    bool gone;       /* the loop's handles are closed, so nothing can be requested any more */
    bool ask_stop;
};

/* How clients are identified, and what the API and the turns need from other rooms. */
struct rpc_server_config wiring_server(struct service *service);
struct api_config wiring_api(struct service *service);
struct turns_config wiring_turns(struct service *service);

/* Connects the monitor to its listeners. Call it when all rooms exist. */
void wiring_monitor(struct service *service);

/* Restores the stored hold. Call it when all rooms exist. */
void wiring_hold(struct service *service);

/* Reads from the journal's note where in the event log the last run ended; "" if not known. */
void wiring_read_position(const struct service *service, char out[LOG_POSITION_BYTES]);

/* For journal_config and monitor_config, with the service as their arg. */
void wiring_journal_changed(void *arg);
uint64_t wiring_record_event(void *arg, const struct event *event);
bool wiring_sampled(void *arg, uint64_t *mono_ms, int64_t *wall_ms);
void wiring_record_done(void *arg, uint64_t record_id);

/* Notifies every client, then ends all rooms, and with them the loop. Does nothing the second
 * time. */
void shutdown_begin(struct service *service);

/* For listener_close, with the service as its arg. */
void shutdown_listener_closed(void *arg);

/* Closes and frees the parts of a service whose creation failed; runs the loop for that. */
void shutdown_unready(struct service *service);

/* Frees the rooms. The loop's handles must be closed. */
void shutdown_release(struct service *service);

#endif
