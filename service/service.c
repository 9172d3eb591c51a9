/* service.c: the composition root: observe, decide, record, publish, on one loop. */
#include "service.h"

#include "base/clock.h"
#include "decide/decider.h"
#include "decide/joiner.h"
#include "reload.h"
#include "observe/system.h"
#include "pipe/client_identity.h"
#include "rpc/stream.h"
#include "metrics/textfile.h"
#include "eventlog/event_rules.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

/* A sensor thread that says nothing for this long no longer knows: so the verdict is unknown. It
 * is looked for once a second, and must be found so three times in a row, because after a sleep of
 * the system the first look comes before the first sample. */
#define SILENCE_MS 5000u
#define SILENCE_TICK_MS 1000u
#define SILENCE_TICKS 3

/* How long a stop waits for the disk to take the last transition, so that all are told of it. */
#define FLUSH_MS 700u

enum { JOURNAL_HELD = 4096 };

struct service {
    struct settings settings; /* in force */
    struct settings read;     /* what was read last */
    struct settings_rejected rejected;
    struct log *log;
    struct notices notices;
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t watchdog;
    struct journal *journal;
    struct decider decider;
    struct joiner *joiner;
    struct install_log *install_log;
    uv_timer_t joins; /* when something of the event log is to be told */
    struct hub hub;
    struct sampler *sampler;
    struct sampler_gauges gauges; /* the sampler's last, once it has gone */
    struct endpoint *endpoint;
    struct textfile *textfile;
    int silent_ticks;
    bool stopping, flushed, hub_stopped, endpoint_closed;
    bool sensors_hang; /* and are left to the end of the process, with what they were given */
    enum audience (*identify)(void *arg, uv_pipe_t *pipe); /* NULL: caller_audience */
    void *arg;

    uv_mutex_t lock; /* guards all below, which other threads set */
    bool gone;       /* nobody is there to be asked: the loop's handles are closed */
    bool ask_stop, ask_settings;
    struct settings asked_settings;
    struct settings_rejected asked_rejected;
};

/* ---- observe, decide, record, publish ---- */

static void count_transition(struct metrics *metrics, const struct event *transition)
{
    if (transition->from == VERDICT_BUSY && transition->after_known) {
        metrics->busy_ms_total += transition->after_ms;
    }
    if (transition->to == VERDICT_BUSY) {
        metrics->busy_periods_total++;
    }
}

static void on_joins(uv_timer_t *timer);

/* What the next status says of installations. */
static void learn(struct service *service)
{
    struct install install;
    bool known = joiner_current(service->joiner, clock_mono_ms(), &install);
    hub_learnt(&service->hub, known ? &install : NULL, joiner_reboot(service->joiner));
}

/* Tells what the event log told, as far as it is complete; UINT64_MAX as the time: all. */
static void tell_installs(struct service *service, uint64_t mono_ms)
{
    struct event event;
    struct install install;
    bool again;
    while (joiner_next(service->joiner, mono_ms, &event, &install, &again)) {
        log_line(service->log, LOG_INFO, "an installation was told of: %s, %s",
                 install.product[0] != '\0' ? install.product : "product not known",
                 install.result == RESULT_UNKNOWN ? "result not known"
                                                  : install_result_name(install.result));
        journal_append(service->journal, &event);
        metrics_count_operation(&service->hub.metrics, &install, again);
        textfile_touch(service->textfile);
    }
    learn(service);
    uint64_t due_ms = joiner_due(service->joiner), now_ms = clock_mono_ms();
    if (due_ms == UINT64_MAX) {
        uv_timer_stop(&service->joins);
    } else {
        uv_update_time(&service->loop);
        uv_timer_start(&service->joins, on_joins, due_ms > now_ms ? due_ms - now_ms : 0, 0);
    }
}

static void on_joins(uv_timer_t *timer)
{
    struct service *service = timer->data;
    tell_installs(service, clock_mono_ms());
}

static void take_records(struct service *service)
{
    struct install_record record;
    while (install_log_take(service->install_log, &record)) {
        joiner_record(service->joiner, &record, clock_mono_ms());
    }
    learn(service);
}

static void take_observation(struct service *service, const struct observation *seen)
{
    struct decider *decider = &service->decider;
    struct event transition;
    decider->tells = decider->tells || journal_tells(service->journal);
    bool changed = decider_look(decider, seen, &transition);
    if (decider->tells) {
        journal_remember_tells(service->journal);
    }
    struct status status = {
        .state = decider->verdict.state,
        .since_ms = decider->since_wall_ms,
        .reasons = decider->verdict.reasons,
        .seen = *seen,
        .says_busy = msiserver_says_busy(seen),
        .suspended = decider_suspended(decider, seen, seen->mono_ms),
    };
    if (changed) {
        count_transition(&service->hub.metrics, &transition);
        service->hub.metrics.transitions_total++;
        log_line(service->log, LOG_INFO, "%s -> %s (mutex %s, msiserver %s)",
                 verdict_state_name(transition.from), verdict_state_name(transition.to),
                 mutex_state_name(seen->mutex.state), msiserver_state_name(seen->msiserver.state));
        uint64_t place = journal_append(service->journal, &transition);
        joiner_transition(service->joiner, &transition, place, seen->mono_ms);
        learn(service);
        if (service->settings.event_log_transitions) {
            notices_transition(&service->notices, &transition);
        }
    }
    struct install_log_state log;
    install_log_read_state(service->install_log, &log);
    notices_look(&service->notices, seen, log.health, seen->mono_ms);
    hub_observed(&service->hub, &status, decider->since_mono_ms);
    if (changed) {
        textfile_touch(service->textfile);
    }
}

/* Nothing is known any more: the sensors are silent, or the watch ends. */
static void lose_sight(struct service *service)
{
    struct observation seen = service->hub.status.seen;
    seen.mono_ms = clock_mono_ms();
    seen.wall_ms = clock_wall_ms();
    seen.mutex.state = MUTEX_ERROR;
    seen.mutex.owner_known = false;
    seen.msiserver.state = MSISERVER_ERROR;
    seen.registry_known = false;
    seen.ui_clients = -1;
    service->decider.flapping = false;
    take_observation(service, &seen);
}

/* A sample that was begun before its sensors were given up tells of a time that is over; the next
 * one comes at once. */
static void take_if_later(struct service *service, const struct observation *seen)
{
    if (seen->mono_ms >= service->hub.status.seen.mono_ms) {
        take_observation(service, seen);
    }
}

static void on_watchdog(uv_timer_t *timer)
{
    struct service *service = timer->data;
    notices_journal(&service->notices, journal_info(service->journal));
    uint64_t age = clock_mono_ms() - service->hub.status.seen.mono_ms;
    if (age < SILENCE_MS + service->settings.sampler.interval_ms[PACE_CALM]) {
        service->silent_ticks = 0;
        return;
    }
    if (++service->silent_ticks == SILENCE_TICKS) {
        service->silent_ticks = 0;
        log_line(service->log, LOG_ERROR, "the sensors have not answered for %u s",
                 (unsigned)(age / 1000));
        lose_sight(service);
    }
}

static void hub_look(void *arg)
{
    struct service *service = arg;
    sampler_hint(service->sampler);
}

static void hub_waited(void *arg, bool waited)
{
    struct service *service = arg;
    sampler_set_waited(service->sampler, waited);
}

static void hub_gauges(void *arg, struct sampler_gauges *out)
{
    struct service *service = arg;
    if (service->sampler != NULL) {
        sampler_read_gauges(service->sampler, &service->gauges);
    }
    *out = service->gauges;
}

static char *render_metrics(void *arg, size_t *size)
{
    struct service *service = arg;
    return hub_metrics_text(&service->hub, size);
}

static void hub_log_state(void *arg, struct install_log_state *out)
{
    struct service *service = arg;
    install_log_read_state(service->install_log, out);
}

static enum audience hub_identify(void *arg, uv_pipe_t *pipe)
{
    struct service *service = arg;
    return service->identify != NULL ? service->identify(service->arg, pipe)
                                     : caller_audience(pipe);
}

static void journal_changed(void *arg)
{
    struct service *service = arg;
    if (service->hub.journal != NULL) { /* there is a hub */
        hub_journal_changed(&service->hub);
    }
}

/* ---- the end: the last transition, clients and the door, the sensors, the journal ---- */

static void on_textfile_stopped(void *arg)
{
    struct service *service = arg;
    uv_close((uv_handle_t *)&service->watchdog, NULL);
    uv_close((uv_handle_t *)&service->joins, NULL);
    uv_close((uv_handle_t *)&service->wake, NULL);
}

static void on_journal_stopped(void *arg)
{
    struct service *service = arg;
    textfile_stop(service->textfile, on_textfile_stopped, service);
}

static void free_sampler(struct service *service)
{
    if (!sampler_free(service->sampler)) {
        service->sensors_hang = true;
        log_line(service->log, LOG_ERROR, "a sensor hangs: it is left to the end of the process");
    }
    service->sampler = NULL;
}

static void close_when_empty(struct service *service)
{
    if (service->hub_stopped && service->endpoint_closed) {
        uv_mutex_lock(&service->lock);
        service->gone = true;
        uv_mutex_unlock(&service->lock);
        sampler_read_gauges(service->sampler, &service->gauges);
        free_sampler(service);
        journal_stop(service->journal, on_journal_stopped, service);
    }
}

static void on_hub_stopped(void *arg)
{
    struct service *service = arg;
    service->hub_stopped = true;
    close_when_empty(service);
}

static void on_endpoint_closed(void *arg)
{
    struct service *service = arg;
    service->endpoint = NULL;
    service->endpoint_closed = true;
    close_when_empty(service);
}

static void on_flushed(void *arg)
{
    struct service *service = arg;
    if (!service->flushed) {
        service->flushed = true;
        uv_timer_stop(&service->watchdog);
        hub_stop(&service->hub, on_hub_stopped);
    }
}

static void on_flush_late(uv_timer_t *timer)
{
    on_flushed(timer->data);
}

static void stop(struct service *service)
{
    if (service->stopping) {
        return;
    }
    service->stopping = true;
    log_line(service->log, LOG_INFO, "stopping");
    lose_sight(service);
    take_records(service);
    tell_installs(service, UINT64_MAX);
    endpoint_close(service->endpoint, on_endpoint_closed, service);
    uv_timer_start(&service->watchdog, on_flush_late, FLUSH_MS, 0);
    journal_flush(service->journal, on_flushed, service);
}

/* ---- other threads ask ---- */

static void take_settings(struct service *service, const struct settings *read,
                          const struct settings_rejected *rejected)
{
    struct live rooms = {service->log,     &service->decider, service->journal,
                         service->sampler, &service->hub,     service->textfile};
    size_t changes = live_take(&rooms, &service->settings, &service->read, read);
    service->read = *read;
    if (memcmp(&service->rejected, rejected, sizeof *rejected) != 0) {
        service->rejected = *rejected;
        live_say_rejected(service->log, rejected);
        notices_rejected(&service->notices, rejected);
    }
    log_line(service->log, changes == 0 ? LOG_DEBUG : LOG_INFO, "settings read again: %u changed",
             (unsigned)changes);
}

/* Settings that another thread has read, if there are any. */
static void take_asked_settings(struct service *service)
{
    uv_mutex_lock(&service->lock);
    bool asked = service->ask_settings;
    struct settings read = service->asked_settings;
    struct settings_rejected rejected = service->asked_rejected;
    service->ask_settings = false;
    uv_mutex_unlock(&service->lock);
    if (asked) {
        take_settings(service, &read, &rejected);
    }
}

static void on_wake(uv_async_t *wake)
{
    struct service *service = wake->data;
    uv_mutex_lock(&service->lock);
    bool ask_stop = service->ask_stop;
    uv_mutex_unlock(&service->lock);
    if (service->stopping) {
        return;
    }
    take_asked_settings(service);
    take_records(service);
    struct observation seen;
    while (sampler_take(service->sampler, &seen)) {
        service->silent_ticks = 0;
        take_if_later(service, &seen);
    }
    tell_installs(service, clock_mono_ms());
    if (ask_stop) {
        stop(service);
    }
}

/* An observation waits. Comes from the sensor thread, which ends before the handle closes. */
static void on_posted(void *arg)
{
    struct service *service = arg;
    uv_async_send(&service->wake);
}

void service_ask_stop(struct service *service)
{
    uv_mutex_lock(&service->lock);
    service->ask_stop = true;
    if (!service->gone) {
        uv_async_send(&service->wake);
    }
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
    uv_mutex_lock(&service->lock);
    service->asked_settings = *settings;
    service->asked_rejected = *rejected;
    service->ask_settings = true;
    if (!service->gone) {
        uv_async_send(&service->wake);
    }
    uv_mutex_unlock(&service->lock);
}

/* ---- begin ---- */

static int make_journal(struct service *service)
{
    const struct settings *settings = &service->settings;
    struct journal_config config = {JOURNAL_HELD, journal_changed, service};
    struct journal_disk disk = {
        .folder = settings->data,
        .loop = &service->loop,
        .log = service->log,
        .keep = live_journal_keep(settings),
    };
    return settings->data[0] == '\0' ? journal_new(&service->journal, &config)
                                     : journal_open(&service->journal, &config, &disk);
}

static int make_rooms(struct service *service, void *sensors)
{
    const struct settings *settings = &service->settings;
    struct hub_config hub = {
        .loop = &service->loop,
        .log = service->log,
        .limits = settings->limits,
        .started_ms = clock_wall_ms(),
        .rejected = &service->rejected,
        .look = hub_look,
        .waited = hub_waited,
        .gauges = hub_gauges,
        .install_log = hub_log_state,
        .identify = hub_identify,
        .arg = service,
    };
    int error = make_journal(service);
    if (error != 0) {
        log_line(service->log, LOG_ERROR, "making the journal: %s", uv_strerror(error));
        return error;
    }
    error = decider_init(&service->decider, settings->signals, settings->flapping, false,
                         clock_mono_ms(), hub.started_ms);
    if (error != 0) {
        return error;
    }
    error = hub_init(&service->hub, &hub, service->journal);
    if (error == 0) {
        error = joiner_new(&service->joiner);
    }
    if (error == 0) {
        error = install_log_new(&service->install_log);
    }
    if (error == 0) {
        error = sampler_new(&service->sampler, &settings->sampler);
    }
    if (error == 0) {
        error = sensors_add(service->sampler, service->install_log, sensors);
    }
    if (error != 0) {
        log_line(service->log, LOG_ERROR, "making the sensors: %s", uv_strerror(error));
    }
    return error;
}

static int make_textfile(struct service *service)
{
    struct textfile_config config = {
        .loop = &service->loop,
        .log = service->log,
        .render = render_metrics,
        .arg = service,
    };
    int error = textfile_new(&service->textfile, &config);
    if (error == 0) {
        service->hub.config.textfile = textfile_facts(service->textfile);
    }
    return error;
}

/* The journal's threads end on the loop. */
static void stop_journal(struct service *service)
{
    if (service->journal != NULL) {
        journal_stop(service->journal, NULL, NULL);
        uv_run(&service->loop, UV_RUN_DEFAULT);
    }
}

/* Also of what was only begun. The loop's handles are closed, or never were. */
static void release_rooms(struct service *service)
{
    free_sampler(service);
    if (!service->sensors_hang) {
        install_log_free(service->install_log);
    }
    joiner_free(service->joiner);
    hub_release(&service->hub);
    decider_release(&service->decider);
    journal_free(service->journal);
}

int service_new(struct service **out, const struct service_config *config)
{
    struct service *service = calloc(1, sizeof *service);
    if (service == NULL) {
        return UV_ENOMEM;
    }
    service->settings = service->read = *config->settings;
    service->log = config->log;
    notices_init(&service->notices, config->report, clock_mono_ms());
    if (config->rejected != NULL) {
        service->rejected = *config->rejected;
        notices_rejected(&service->notices, &service->rejected);
        live_say_rejected(service->log, &service->rejected);
    }
    service->identify = config->identify;
    service->arg = config->arg;
    int error = uv_mutex_init(&service->lock);
    if (error != 0) {
        goto free_service;
    }
    error = uv_loop_init(&service->loop);
    if (error != 0) {
        goto destroy_lock;
    }
    error = make_rooms(service, config->sensors);
    if (error != 0) {
        goto close_loop;
    }
    error = uv_async_init(&service->loop, &service->wake, on_wake);
    if (error != 0) {
        goto close_loop;
    }
    service->wake.data = service;
    uv_timer_init(&service->loop, &service->watchdog);
    service->watchdog.data = service;
    uv_timer_init(&service->loop, &service->joins);
    service->joins.data = service;
    uv_timer_start(&service->watchdog, on_watchdog, SILENCE_TICK_MS, SILENCE_TICK_MS);
    error = make_textfile(service);
    if (error != 0) {
        goto close_handles;
    }
    struct endpoint_config endpoint = {
        .loop = &service->loop,
        .log = service->log,
        .name = service->settings.pipe,
        .access = service->settings.pipe_sddl,
        .accepting = connection_accepting,
        .accepted = connection_accepted,
        .arg = &service->hub,
    };
    error = endpoint_new(&service->endpoint, &endpoint);
    if (error != 0) {
        goto close_handles;
    }
    if (journal_info(service->journal)->folder_taken) {
        error = UV_EBUSY;
        log_line(service->log, LOG_ERROR, "the data folder %s: %s", service->settings.data,
                 journal_info(service->journal)->problem);
    } else {
        error = sampler_start(service->sampler, on_posted, service);
        if (error != 0) {
            log_line(service->log, LOG_ERROR, "starting the sensor thread: %s", uv_strerror(error));
        }
    }
    if (error != 0) {
        endpoint_close(service->endpoint, on_endpoint_closed, service);
        goto close_handles;
    }
    log_line(service->log, LOG_INFO, "msiwatchd %s listens on %s", MSIWATCH_VERSION,
             endpoint_name(service->endpoint));
    textfile_set_path(service->textfile, service->settings.metrics_textfile);
    notices_started(&service->notices, endpoint_name(service->endpoint));
    notices_journal(&service->notices, journal_info(service->journal));
    *out = service;
    if (config->ready != NULL) {
        config->ready(config->arg);
    }
    return 0;

close_handles:
    if (service->textfile != NULL) {
        textfile_stop(service->textfile, NULL, NULL);
    }
    uv_close((uv_handle_t *)&service->watchdog, NULL);
    uv_close((uv_handle_t *)&service->joins, NULL);
    uv_close((uv_handle_t *)&service->wake, NULL);
close_loop:
    stop_journal(service);
    release_rooms(service);
    uv_loop_close(&service->loop);
destroy_lock:
    uv_mutex_destroy(&service->lock);
free_service:
    free(service);
    return error;
}

int service_run(struct service *service)
{
    uv_run(&service->loop, UV_RUN_DEFAULT);
    log_line(service->log, LOG_INFO, "stopped");
    notices_stopped(&service->notices);
    return 0;
}

const char *service_pipe(const struct service *service)
{
    return endpoint_name(service->endpoint);
}

bool service_free(struct service *service)
{
    if (service == NULL) {
        return true;
    }
    release_rooms(service);
    bool whole = !service->sensors_hang;
    int error = uv_loop_close(&service->loop);
    if (error != 0) {
        log_line(service->log, LOG_ERROR, "closing the loop: %s", uv_strerror(error));
    }
    uv_mutex_destroy(&service->lock);
    free(service);
    return whole;
}
