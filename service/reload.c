/* reload.c: applies changed settings while the service runs. */
#include "reload.h"

#include "rooms.h"

#include "base/log.h"

#include <string.h>

/* If the sensor thread delivers nothing for this long plus the calm interval, the state becomes
 * unknown. */
#define SILENCE_MS 5000u

static bool is_same(const struct setting *setting, const struct settings *a,
                    const struct settings *b)
{
    char text_a[SETTINGS_TEXT], text_b[SETTINGS_TEXT];
    settings_text(setting, a, text_a, sizeof text_a);
    settings_text(setting, b, text_b, sizeof text_b);
    return strcmp(text_a, text_b) == 0;
}

struct journal_keep reload_journal(const struct settings *settings)
{
    return (struct journal_keep){
        .bytes = settings->keep.mib * UINT64_C(1048576),
        .rows = settings->keep.rows,
        .days = settings->keep.days,
        .heartbeat_ms = settings->keep.heartbeat_s * 1000,
    };
}

struct monitor_settings reload_monitor(const struct settings *settings)
{
    /* The limit for an hour must not be lower than the limit for a minute. */
    uint32_t minute = settings->flapping, hour = settings->flapping_hour;
    return (struct monitor_settings){
        .signals = settings->signals,
        .flapping = {minute, hour > minute ? hour : minute},
        .silence_ms = SILENCE_MS + settings->sampler.interval_ms[PACE_CALM],
        .stalled_after_ms = settings->stalled_after_s * UINT64_C(1000),
    };
}

struct turns_limits reload_turns(const struct settings *settings)
{
    struct turns_limits limits = turns_limits_default();
    limits.idle_ms = UINT64_C(1000) * settings->turns.idle_s;
    limits.idle_standard_ms = UINT64_C(1000) * settings->turns.idle_standard_s;
    limits.total = settings->turns.total;
    limits.user = settings->turns.user;
    limits.process = settings->turns.process;
    limits.kept = settings->turns.total / 16;
    return limits;
}

static void hand_out(struct service *service)
{
    const struct settings *settings = &service->settings;
    struct journal_keep keep = reload_journal(settings);
    struct monitor_settings monitor = reload_monitor(settings);
    struct turns_limits turns = reload_turns(settings);
    log_set_level(service->log, settings->log);
    if (monitor_set(service->monitor, &monitor) != 0 ||
        rpc_server_set_limits(&service->server, &settings->limits) != 0) {
        log_line(service->log, LOG_ERROR,
                 "out of memory while applying settings: some keep their "
                 "old values until the settings change again");
    }
    journal_set_keep(service->journal, &keep);
    sampler_set(service->sampler, &settings->sampler);
    textfile_set_path(service->textfile, settings->metrics_textfile);
    event_rules_set_transitions(&service->rules, settings->event_log_transitions);
    turns_set(&service->api, &turns);
}

/* Applies one setting that differs from what was read last, or logs that it waits for the next
 * start. */
static void take_one(struct service *service, const struct setting *setting,
                     const struct settings *read)
{
    struct settings *in_force = &service->settings;
    char before[SETTINGS_TEXT], now[SETTINGS_TEXT];
    settings_text(setting, in_force, before, sizeof before);
    settings_text(setting, read, now, sizeof now);
    if (!setting->next_start) {
        settings_copy(setting, in_force, read);
        log_line(service->log, LOG_INFO, "setting %s: now %s, was %s", setting->name, now, before);
    } else if (is_same(setting, in_force, read)) {
        log_line(service->log, LOG_INFO, "setting %s: keeps its current value", setting->name);
    } else {
        log_line(service->log, LOG_INFO, "setting %s: the new value takes effect at the next start",
                 setting->name);
    }
}

static size_t take_all(struct service *service, const struct settings *read)
{
    enum log_level before = service->settings.log;
    const struct setting *setting;
    size_t changes = 0;
    log_set_level(service->log, before > read->log ? before : read->log);
    for (size_t n = 0; (setting = settings_at(n)) != NULL; n++) {
        if (!is_same(setting, &service->reload.read, read)) {
            take_one(service, setting, read);
            changes++;
        }
    }
    hand_out(service);
    return changes;
}

static void log_rejected(struct log *log, const struct settings_rejected *rejected)
{
    for (size_t i = 0; i < rejected->count && i < REJECTED_MOST; i++) {
        const char *name = rejected->list[i].name;
        log_line(log, LOG_WARN, "setting rejected: %s%s%s: %s", layer_key(rejected->list[i].layer),
                 name[0] == '\0' ? "" : "\\", name, rejected->list[i].why);
    }
    if (rejected->count > REJECTED_MOST) {
        log_line(log, LOG_WARN, "settings rejected: %u more values",
                 (unsigned)(rejected->count - REJECTED_MOST));
    }
}

int reload_init(struct service *service, const struct settings_rejected *rejected)
{
    struct reload *reload = &service->reload;
    reload->read = service->settings;
    if (rejected != NULL) {
        reload->rejected = *rejected;
        log_rejected(service->log, rejected);
    }
    return uv_mutex_init(&reload->lock);
}

void reload_release(struct service *service)
{
    uv_mutex_destroy(&service->reload.lock);
}

void reload_ask(struct service *service, const struct settings *settings,
                const struct settings_rejected *rejected)
{
    struct reload *reload = &service->reload;
    uv_mutex_lock(&reload->lock);
    reload->asked_settings = *settings;
    reload->asked_rejected = *rejected;
    reload->asked = true;
    uv_mutex_unlock(&reload->lock);
}

void reload_take(struct service *service)
{
    struct reload *reload = &service->reload;
    uv_mutex_lock(&reload->lock);
    bool asked = reload->asked;
    struct settings read = reload->asked_settings;
    struct settings_rejected rejected = reload->asked_rejected;
    reload->asked = false;
    uv_mutex_unlock(&reload->lock);
    if (!asked) {
        return;
    }
    size_t changes = take_all(service, &read);
    reload->read = read;
    if (memcmp(&reload->rejected, &rejected, sizeof rejected) != 0) {
        reload->rejected = rejected;
        log_rejected(service->log, &rejected);
        event_rules_rejected(&service->rules, &rejected);
    }
    log_line(service->log, changes == 0 ? LOG_DEBUG : LOG_INFO, "settings read again: %u changed",
             (unsigned)changes);
}
