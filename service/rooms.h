/* rooms.h: the service's rooms, between the three files that compose them: service.c makes them,
 * wiring.c says who hears whom, shutdown.c tears them down.
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
    struct reload reload;     /* and what was read since */
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
    int64_t booted_ms; /* when Windows was; 0: not known */
    struct metrics metrics;
    struct rpc_server server;
    struct api api;
    bool has_api; /* before, the journal has nobody to tell */
    struct sampler *sampler;
    struct sampler_gauges gauges; /* the sampler's last, once it has gone */
    struct listener *listener;
    struct api_process process; /* what `about` says of this process */
    struct textfile *textfile;
    bool stopping, flushed, server_stopped, listener_closed;
    bool sensors_hang; /* and are left to the end of the process, with what they were given */
    enum access_level (*identify)(void *arg, uv_pipe_t *pipe); /* NULL: client_access_level */
    void *arg;

    uv_mutex_t lock; /* guards all below, which other threads set */
    bool gone;       /* nobody is there to be asked: the loop's handles are closed */
    bool ask_stop;
};

/* Who the clients are; and what the API asks of the others. */
struct rpc_server_config wiring_server(struct service *service);
struct api_config wiring_api(struct service *service);
struct turns_config wiring_turns(struct service *service);

/* Whoever hears what the monitor finds. Once all rooms are there. */
void wiring_monitor(struct service *service);

/* The hold that was kept, once all rooms are there. */
void wiring_hold(struct service *service);

/* Whom settings reach that are read again. Likewise. */
void wiring_settings(struct service *service);

/* Where in the event log the last run ended, as the journal's note has it; "": not known. */
void wiring_read_position(const struct service *service, char out[LOG_POSITION_BYTES]);

/* For journal_config and monitor_config, with the service as their arg. */
void wiring_journal_changed(void *arg);
uint64_t wiring_record_event(void *arg, const struct event *event);
bool wiring_sampled(void *arg, uint64_t *mono_ms, int64_t *wall_ms);
void wiring_record_done(void *arg, uint64_t record_id);

/* Tells every client, ends all rooms, and with them the loop. Once. */
void shutdown_begin(struct service *service);

/* For listener_close, with the service as its arg. */
void shutdown_listener_closed(void *arg);

/* Closes and frees what was made of a service that never was ready; runs the loop. */
void shutdown_unready(struct service *service);

/* Frees the rooms; the loop's handles are closed. */
void shutdown_release(struct service *service);

#endif
