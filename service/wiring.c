/* wiring.c: which room reports to which. What a room does with a report is in the room. */
#include "rooms.h"

#include "base/clock.h"
#include "decide/restart.h"
#include "pipe/client_identity.h"

#include <stdio.h>
#include <string.h>

_Static_assert(LOG_POSITION_BYTES + RESTART_BYTES <= JOURNAL_NOTE_BYTES, "the note must fit");

/* Stores the note in the journal: one line says how far the event log was read, another describes a
 * pending restart. */
static void store_note(struct service *service)
{
    char note[JOURNAL_NOTE_BYTES], restart[RESTART_BYTES];
    install_log_position(service->install_log, note);
    size_t size = strlen(note);
    const char *kept = strchr(journal_info(service->journal)->note, '\n');
    restart_format(monitor_restart(service->monitor), service->booted_ms, restart);
    if (service->booted_ms == 0 && kept != NULL) {
        /* Whether that restart has happened is not known. */
        snprintf(note + size, sizeof note - size, "%s", kept);
    } else if (restart[0] != '\0') {
        snprintf(note + size, sizeof note - size, "\n%s", restart);
    }
    journal_set_note(service->journal, note);
}

void wiring_read_position(const struct service *service, char out[LOG_POSITION_BYTES])
{
    const char *note = journal_info(service->journal)->note;
    size_t size = strcspn(note, "\n");
    size = size < LOG_POSITION_BYTES ? size : 0;
    memcpy(out, note, size);
    out[size] = '\0';
}

static void remember_restart(struct service *service)
{
    struct restart restart;
    const char *line = strchr(journal_info(service->journal)->note, '\n');
    bool known = monitor_restart(service->monitor)->reboot > REBOOT_NONE;
    if (!known && line != NULL && restart_parse(&restart, line + 1, service->booted_ms)) {
        monitor_remember_restart(service->monitor, &restart);
    }
}

/* The note is stored together with the event, so that a crash loses both or neither. */
uint64_t wiring_record_event(void *arg, const struct event *event)
{
    struct service *service = arg;
    store_note(service);
    return journal_append(service->journal, event);
}

/* Called just before the event that was made from this record, if there is one. */
void wiring_record_done(void *arg, uint64_t record_id)
{
    struct service *service = arg;
    install_log_report(service->install_log, record_id);
    store_note(service);
}

static void remember_controls(void *arg)
{
    journal_remember_controls_meaningful(arg);
}

/* Listeners are called in this order. */
void wiring_monitor(struct service *service)
{
    const struct monitor_listener listeners[] = {
        {.controls_meaningful = remember_controls, .arg = service->journal},
        metrics_listener(&service->metrics),
        event_rules_listener(&service->rules, service->journal, service->install_log),
        api_listener(&service->api),
        turns_listener(&service->api),
        textfile_listener(service->textfile),
    };
    for (size_t i = 0; i < sizeof listeners / sizeof listeners[0]; i++) {
        monitor_listen(service->monitor, &listeners[i]);
    }
    if (journal_info(service->journal)->controls_meaningful) {
        monitor_remember_controls(service->monitor);
    }
    remember_restart(service);
}

/* Reads the hold only from a folder that nobody else can write to. If the journal is durable, its
 * folder is one. */
void wiring_hold(struct service *service)
{
    struct turns_brief hold;
    if (!journal_info(service->journal)->durable) {
        return;
    }
    hold_file_init(&service->hold_file, &service->loop, service->log, service->settings.data);
    if (hold_file_read(&service->hold_file, &hold)) {
        turns_set_hold(&service->api, &hold);
    }
}

/* ---- what the API needs from other rooms ---- */

static void look(void *arg)
{
    struct service *service = arg;
    sampler_hint(service->sampler);
}

bool wiring_sampled(void *arg, uint64_t *mono_ms, int64_t *wall_ms)
{
    struct service *service = arg;
    return service->sampler != NULL && sampler_last(service->sampler, mono_ms, wall_ms);
}

static void waited_for(void *arg, bool waited)
{
    struct service *service = arg;
    sampler_set_waited(service->sampler, waited);
}

static void read_gauges(void *arg, struct sampler_gauges *out)
{
    struct service *service = arg;
    if (service->sampler != NULL) {
        sampler_read_gauges(service->sampler, &service->gauges);
    }
    *out = service->gauges;
}

static void read_log_state(void *arg, struct install_log_state *out)
{
    struct service *service = arg;
    install_log_read_state(service->install_log, out);
}

static enum access_level impersonate(void *pipe, bool *known)
{
    return client_access_level(pipe, known);
}

static enum access_level identify(void *arg, uv_pipe_t *pipe, const struct connection *connection)
{
    struct service *service = arg;
    if (service->identify != NULL) {
        return connection->identified ? connection->access_level
                                      : service->identify(service->arg, pipe);
    }
    bool known;
    enum access_level access_level = client_request_level(&connection->client, impersonate, pipe,
                                                          &known);
    service->metrics.client_identities_unread_total += !known;
    return access_level;
}

void wiring_journal_changed(void *arg)
{
    struct service *service = arg;
    if (!service->has_api) {
        return;
    }
    if (journal_info(service->journal)->controls_meaningful) {
        monitor_remember_controls(service->monitor);
    }
    remember_restart(service); /* the journal on disk may have been opened just now */
    event_rules_journal(&service->rules, journal_info(service->journal));
    rpc_server_flush(&service->server);
}

struct rpc_server_config wiring_server(struct service *service)
{
    return (struct rpc_server_config){
        .log = service->log,
        .limits = service->settings.limits,
        .metrics = &service->metrics,
        .identify = identify,
        .arg = service,
    };
}

struct api_config wiring_api(struct service *service)
{
    return (struct api_config){
        .server = &service->server,
        .journal = service->journal,
        .metrics = &service->metrics,
        .started_ms = clock_wall_ms(),
        .rejected = &service->reload.rejected,
        .textfile = textfile_facts(service->textfile),
        .look = look,
        .waited = waited_for,
        .sampled = wiring_sampled,
        .gauges = read_gauges,
        .install_log = read_log_state,
        .process = &service->process,
        .arg = service,
    };
}

static void on_turns_time(uv_timer_t *timer)
{
    struct service *service = timer->data;
    turns_on_time(&service->api);
}

static void set_turns_timer(void *arg, uint64_t mono_ms)
{
    struct service *service = arg;
    uint64_t now = clock_mono_ms();
    if (mono_ms == UINT64_MAX || uv_is_closing((uv_handle_t *)&service->turns_timer)) {
        uv_timer_stop(&service->turns_timer);
        return;
    }
    uv_update_time(&service->loop);
    uv_timer_start(&service->turns_timer, on_turns_time, mono_ms > now ? mono_ms - now : 0, 0);
}

static void keep_hold(void *arg, const struct turns_brief *hold)
{
    struct service *service = arg;
    hold_file_keep(&service->hold_file, hold);
}

struct turns_config wiring_turns(struct service *service)
{
    return (struct turns_config){
        .limits = reload_turns(&service->settings),
        .set_timer = set_turns_timer,
        .keep_hold = keep_hold,
    };
}
