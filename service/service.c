/* service.c: the composition root: creates the rooms from the bottom up.
 *
 * observe (sampler, install_log) -> decide (monitor) -> journal -> api, event log, metrics, all on
 * one loop. wiring.c connects the rooms, shutdown.c ends them, and what a room does is in the room.
 */
#include "service.h"

#include "api/methods.h"
#include "base/clock.h"
#include "decide/restart.h"
#include "rooms.h"
#include "rpc/dispatch.h"
#include "rpc/stream.h"
#include "version.h"

#include <stdlib.h>

enum { JOURNAL_HELD = 4096 };

/* ---- what comes from other threads ---- */

/* Takes the records that have come from the event log. */
static void take_records(struct service *service)
{
    struct install_record record;
    struct install_log_state state;
    install_log_read_state(service->install_log, &state);
    monitor_log_readable(service->monitor, state.health == HEALTH_OK);
    while (install_log_take(service->install_log, &record)) {
        monitor_record(service->monitor, &record);
    }
}

static void on_wake(uv_async_t *wake)
{
    struct service *service = wake->data;
    struct observation seen;
    uv_mutex_lock(&service->lock);
    bool ask_stop = service->ask_stop;
    uv_mutex_unlock(&service->lock);
    if (service->stopping) {
        return;
    }
    reload_take(service);
    take_records(service);
    while (sampler_take(service->sampler, &seen)) {
        if (!monitor_observe(service->monitor, &seen)) {
            sampler_hint(service->sampler);
        }
    }
    monitor_report_installs(service->monitor);
    sampler_tell_by(service->sampler, monitor_due(service->monitor));
    if (ask_stop) {
        shutdown_begin(service);
    }
}

/* A sample is waiting. Called on the sensor thread, which ends before the handle closes. */
static void on_posted(void *arg)
{
    struct service *service = arg;
    uv_async_send(&service->wake);
}

/* The caller holds the lock. */
static void wake(struct service *service)
{
    if (!service->gone) {
        uv_async_send(&service->wake);
    }
}

void service_ask_stop(struct service *service)
{
    uv_mutex_lock(&service->lock);
    service->ask_stop = true;
    wake(service);
    uv_mutex_unlock(&service->lock);
}

void service_ask_look(struct service *service)
{
    uv_mutex_lock(&service->lock);
    if (!service->gone) {
        sampler_hint(service->sampler);
    }
    uv_mutex_unlock(&service->lock);
}

void service_ask_settings(struct service *service, const struct settings *settings,
                          const struct settings_rejected *rejected)
{
    reload_ask(service, settings, rejected);
    uv_mutex_lock(&service->lock);
    wake(service);
    uv_mutex_unlock(&service->lock);
}

/* ---- start ---- */

static int make_journal(struct service *service)
{
    const struct settings *settings = &service->settings;
    struct journal_config config = {JOURNAL_HELD, wiring_journal_changed, service};
    struct journal_disk disk = {
        .folder = settings->data,
        .loop = &service->loop,
        .log = service->log,
        .keep = reload_journal(settings),
    };
    return settings->data[0] == '\0' ? journal_new(&service->journal, &config)
                                     : journal_open(&service->journal, &config, &disk);
}

/* Called when everything that the methods need exists. */
static int make_api(struct service *service)
{
    struct rpc_server_config server = wiring_server(service);
    struct api_config api = wiring_api(service);
    struct turns_config turns = wiring_turns(service);
    int error = rpc_server_init(&service->server, &server);
    if (error == 0) {
        shares_serve(&service->shares, &service->server.connections);
        api_init(&service->api, &api);
        turns_begin(&service->api, &turns);
        rpc_bind(&service->server, api_methods, API_METHODS, &service->api);
        service->has_api = true;
    }
    return error;
}

static int make_monitor(struct service *service, uint64_t uptime_ms)
{
    int64_t booted_ms = restart_cutoff(service->booted_ms, clock_wall_ms(), uptime_ms);
    struct monitor_config config = {
        .loop = &service->loop,
        .log = service->log,
        .settings = reload_monitor(&service->settings),
        .correlator = {.done = wiring_record_done, .arg = service, .booted_ms = booted_ms},
        .record = wiring_record_event,
        .sampled = wiring_sampled,
        .arg = service,
    };
    return monitor_new(&service->monitor, &config);
}

static char *render_metrics(void *arg, size_t *size)
{
    struct service *service = arg;
    return api_metrics_text(&service->api, size);
}

static int make_textfile(struct service *service)
{
    struct textfile_config config = {
        .loop = &service->loop,
        .log = service->log,
        .render = render_metrics,
        .arg = service,
    };
    return textfile_new(&service->textfile, &config);
}

/* Continues in the event log where the events in the journal end. */
static int make_install_log(struct service *service)
{
    int error = install_log_new(&service->install_log);
    char position[LOG_POSITION_BYTES];
    wiring_read_position(service, position);
    if (error == 0 && position[0] != '\0' && !install_log_restore(service->install_log, position)) {
        log_line(service->log, LOG_WARN,
                 "the journal's position in the event log is unreadable: following the event log "
                 "from now on");
    }
    return error;
}

static int make_sensors(struct service *service, const struct service_config *config)
{
    int error = sampler_new(&service->sampler, &service->settings.sampler);
    return error != 0
               ? error
               : config->add_sensors(service->sampler, service->install_log, config->sensors);
}

static int make_listener(struct service *service)
{
    struct listener_config config = {
        .loop = &service->loop,
        .log = service->log,
        .name = service->settings.pipe,
        .access = service->settings.pipe_sddl,
        .accepting = stream_accepting,
        .accepted = stream_accepted,
        .arg = &service->server,
    };
    return listener_new(&service->listener, &config);
}

/* From the bottom up. Logs what failed, unless the room logs it itself. */
static int make_rooms(struct service *service, const struct service_config *config)
{
    const char *what = "the journal";
    int error = make_journal(service);
    if (error != 0) {
        goto failed;
    }
    what = "the monitor";
    error = make_monitor(service, config->uptime_ms);
    if (error != 0) {
        goto failed;
    }
    what = "the sensors";
    error = make_install_log(service);
    if (error != 0) {
        goto failed;
    }
    error = make_sensors(service, config);
    if (error != 0) {
        goto failed;
    }
    what = "the metrics' file";
    error = make_textfile(service);
    if (error != 0) {
        goto failed;
    }
    what = "the API";
    error = make_api(service);
    if (error != 0) {
        goto failed;
    }
    return 0;

failed:
    log_line(service->log, LOG_ERROR, "cannot create %s: %s", what, uv_strerror(error));
    return error;
}

static int make_handles(struct service *service)
{
    int error = uv_async_init(&service->loop, &service->wake, on_wake);
    if (error != 0) {
        return error;
    }
    service->wake.data = service;
    uv_timer_init(&service->loop, &service->flush_late);
    service->flush_late.data = service;
    uv_timer_init(&service->loop, &service->turns_timer);
    service->turns_timer.data = service;
    shares_init(&service->shares, &service->loop);
    return 0;
}

/* Starts to listen and to sample. */
static int open_up(struct service *service)
{
    int error = make_listener(service);
    if (error != 0) {
        return error;
    }
    if (journal_info(service->journal)->folder_taken) {
        error = UV_EBUSY;
        log_line(service->log, LOG_ERROR, "the data folder %s: %s", service->settings.data,
                 journal_info(service->journal)->problem);
        goto close_listener;
    }
    error = sampler_start(service->sampler, on_posted, service);
    if (error != 0) {
        log_line(service->log, LOG_ERROR, "cannot start the sensor thread: %s", uv_strerror(error));
        goto close_listener;
    }
    service->process.pipe_recovered = listener_recovered(service->listener);
    log_line(service->log, LOG_INFO, "msiwatchd %s listens on %s", MSIWATCH_VERSION,
             listener_name(service->listener));
    textfile_set_path(service->textfile, service->settings.metrics_textfile);
    event_rules_started(&service->rules, listener_name(service->listener));
    event_rules_journal(&service->rules, journal_info(service->journal));
    return 0;

close_listener:
    listener_close(service->listener, shutdown_listener_closed, service);
    return error;
}

int service_new(struct service **out, const struct service_config *config)
{
    struct service *service = calloc(1, sizeof *service);
    if (service == NULL) {
        return UV_ENOMEM;
    }
    service->settings = *config->settings;
    service->log = config->log;
    service->booted_ms = config->booted_ms;
    event_rules_init(&service->rules, config->eventlog, clock_mono_ms());
    if (config->mitigations != NULL) {
        service->process.mitigations = *config->mitigations;
    }
    service->identify = config->identify;
    service->arg = config->arg;
    int error = uv_mutex_init(&service->lock);
    if (error != 0) {
        goto free_service;
    }
    error = reload_init(service, config->rejected);
    if (error != 0) {
        goto destroy_lock;
    }
    error = uv_loop_init(&service->loop);
    if (error != 0) {
        goto release_reload;
    }
    event_rules_rejected(&service->rules, &service->reload.rejected);
    error = make_handles(service);
    if (error != 0) {
        goto close_loop;
    }
    error = make_rooms(service, config);
    if (error != 0) {
        goto close_rooms;
    }
    wiring_monitor(service);
    event_rules_set_transitions(&service->rules, service->settings.event_log_transitions);
    wiring_hold(service);
    error = open_up(service);
    if (error != 0) {
        goto close_rooms;
    }
    *out = service;
    if (config->ready != NULL) {
        config->ready(config->arg);
    }
    return 0;

close_rooms:
    shutdown_unready(service);
close_loop:
    uv_loop_close(&service->loop);
release_reload:
    reload_release(service);
destroy_lock:
    uv_mutex_destroy(&service->lock);
free_service:
    free(service);
    return error;
}

void service_run(struct service *service)
{
    uv_run(&service->loop, UV_RUN_DEFAULT);
    log_line(service->log, LOG_INFO, "stopped");
    event_rules_stopped(&service->rules);
}

bool service_free(struct service *service)
{
    if (service == NULL) {
        return true;
    }
    shutdown_release(service);
    reload_release(service);
    bool whole = !service->sensors_hang;
    int error = uv_loop_close(&service->loop);
    if (error != 0) {
        log_line(service->log, LOG_ERROR, "cannot close the event loop: %s", uv_strerror(error));
    }
    uv_mutex_destroy(&service->lock);
    free(service);
    return whole;
}
