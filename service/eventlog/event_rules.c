/* event_rules.c: what of the service's life is worth an entry in the event log. */
#include "eventlog/event_rules.h"
#include "observe/install_log.h"
#include "version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define ADD(notices, id, ...)                                                                      \
    report_add((notices)->report, id,                                                              \
               sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),                  \
               (const char *const[]){__VA_ARGS__})

void notices_init(struct notices *notices, struct report *report, uint64_t now_mono_ms)
{
    memset(notices, 0, sizeof *notices);
    notices->report = report;
    for (int sensor = 0; sensor <= SENSOR_COUNT; sensor++) {
        notices->sensors[sensor].since_ms = now_mono_ms;
    }
}

void notices_started(struct notices *notices, const char *pipe)
{
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)uv_os_getpid());
    ADD(notices, REPORT_STARTED, MSIWATCH_VERSION, pid, pipe);
}

void notices_stopped(struct notices *notices)
{
    ADD(notices, REPORT_STOPPED, MSIWATCH_VERSION);
}

static void look_at(struct notices *notices, int sensor, const char *name, enum health health,
                    uint64_t now_mono_ms)
{
    if (health != notices->sensors[sensor].now) {
        notices->sensors[sensor].now = health;
        notices->sensors[sensor].since_ms = now_mono_ms;
    }
    if (health == notices->sensors[sensor].told ||
        now_mono_ms - notices->sensors[sensor].since_ms < NOTICES_SENSOR_MS) {
        return;
    }
    notices->sensors[sensor].told = health;
    if (health == HEALTH_OK) {
        ADD(notices, REPORT_SENSOR_BACK, name);
    } else {
        ADD(notices, REPORT_SENSOR_DEGRADED, name, health_name(health));
    }
}

void notices_look(struct notices *notices, const struct observation *seen, enum health install_log,
                  uint64_t now_mono_ms)
{
    for (int i = 0; i < SENSOR_COUNT; i++) {
        enum sensor_id sensor = (enum sensor_id)i;
        look_at(notices, i, sensor_name(sensor), sensor_health(sensor, seen), now_mono_ms);
    }
    look_at(notices, SENSOR_COUNT, "install_log", install_log, now_mono_ms);
}

void notices_journal(struct notices *notices, const struct journal_info *info)
{
    while (notices->aside_told < info->quarantined.count) {
        unsigned which = notices->aside_told++;
        const char *name = which < QUARANTINE_SHOWN ? info->quarantined.names[which]
                                                    : "a further file";
        ADD(notices, REPORT_JOURNAL_DAMAGED, name);
    }
    bool is_volatile = info->problem[0] != '\0';
    if (is_volatile != notices->volatile_told) {
        notices->volatile_told = is_volatile;
        if (is_volatile) {
            ADD(notices, REPORT_JOURNAL_VOLATILE, info->problem);
        } else {
            ADD(notices, REPORT_JOURNAL_DURABLE, info->id);
        }
    }
}

static void join_reasons(unsigned reasons, char out[48])
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
        {REASON_MUTEX, "mutex"}, {REASON_MSISERVER, "msiserver"}, {REASON_FLAPPING, "flapping"}};
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if ((reasons & names[i].bit) != 0) {
            size += (size_t)snprintf(out + size, 48 - size, "%s%s", size == 0 ? "" : ",",
                                     names[i].name);
        }
    }
    if (size == 0) {
        snprintf(out, 48, "-");
    }
}

void notices_transition(struct notices *notices, const struct event *transition)
{
    static const enum report_id ids[] = {
        [VERDICT_IDLE] = REPORT_IDLE,
        [VERDICT_BUSY] = REPORT_BUSY,
        [VERDICT_UNKNOWN] = REPORT_UNKNOWN,
    };
    char at[MSIWATCH_TIME_CHARS + 1], after[24] = "-", reasons[48];
    time_format(transition->at_ms, at);
    if (transition->after_known) {
        snprintf(after, sizeof after, "%" PRIu64, transition->after_ms);
    }
    join_reasons(transition->reasons, reasons);
    ADD(notices, ids[transition->to], verdict_state_name(transition->to),
        verdict_state_name(transition->from), at, after, reasons);
}

void notices_set_transitions(struct notices *notices, bool transitions)
{
    notices->transitions = transitions;
}

static void on_looked(void *arg, const struct monitor_look *look)
{
    struct notices *notices = arg;
    struct install_log_state log;
    install_log_read_state(notices->install_log, &log);
    if (look->transition != NULL && notices->transitions) {
        notices_transition(notices, look->transition);
    }
    notices_look(notices, &look->status->seen, log.health, look->status->seen.mono_ms);
}

static void on_ticked(void *arg)
{
    struct notices *notices = arg;
    notices_journal(notices, journal_info(notices->journal));
}

struct monitor_listener notices_listener(struct notices *notices, const struct journal *journal,
                                         struct install_log *install_log)
{
    notices->journal = journal;
    notices->install_log = install_log;
    return (struct monitor_listener){.looked = on_looked, .ticked = on_ticked, .arg = notices};
}

void notices_rejected(struct notices *notices, const struct settings_rejected *rejected)
{
    for (size_t i = 0; i < rejected->count && i < REJECTED_MOST; i++) {
        ADD(notices, REPORT_SETTING_REJECTED, rejected->list[i].name,
            layer_key(rejected->list[i].layer), rejected->list[i].why);
    }
}
