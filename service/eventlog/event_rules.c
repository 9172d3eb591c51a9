/* event_rules.c: decides what the service writes to Windows' event log. */
#include "eventlog/event_rules.h"
#include "observe/install_log.h"
#include "version.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define ADD(rules, id, ...)                                                                        \
    eventlog_add((rules)->eventlog, id,                                                            \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),                \
                 (const char *const[]){__VA_ARGS__})

void event_rules_init(struct event_rules *rules, struct eventlog *eventlog, uint64_t now_mono_ms)
{
    memset(rules, 0, sizeof *rules);
    rules->eventlog = eventlog;
    for (int sensor = 0; sensor <= SENSOR_COUNT; sensor++) {
        rules->sensors[sensor].since_ms = now_mono_ms;
    }
}

void event_rules_started(struct event_rules *rules, const char *pipe)
{
    char pid[16];
    snprintf(pid, sizeof pid, "%d", (int)uv_os_getpid());
    ADD(rules, EVENTLOG_STARTED, MSIWATCH_VERSION, pid, pipe);
}

void event_rules_stopped(struct event_rules *rules)
{
    ADD(rules, EVENTLOG_STOPPED, MSIWATCH_VERSION);
}

static void look_at(struct event_rules *rules, int sensor, const char *name, enum health health,
                    uint64_t now_mono_ms)
{
    if (health != rules->sensors[sensor].now) {
        rules->sensors[sensor].now = health;
        rules->sensors[sensor].since_ms = now_mono_ms;
    }
    if (health == rules->sensors[sensor].reported ||
        now_mono_ms - rules->sensors[sensor].since_ms < EVENT_RULES_SENSOR_MS) {
        return;
    }
    rules->sensors[sensor].reported = health;
    if (health == HEALTH_OK) {
        ADD(rules, EVENTLOG_SENSOR_BACK, name);
    } else {
        ADD(rules, EVENTLOG_SENSOR_DEGRADED, name, health_name(health));
    }
}

void event_rules_look(struct event_rules *rules, const struct observation *seen,
                      enum health install_log, uint64_t now_mono_ms)
{
    for (int i = 0; i < SENSOR_COUNT; i++) {
        enum sensor_id sensor = (enum sensor_id)i;
        look_at(rules, i, sensor_name(sensor), sensor_health(sensor, seen), now_mono_ms);
    }
    look_at(rules, SENSOR_COUNT, "install_log", install_log, now_mono_ms);
}

void event_rules_journal(struct event_rules *rules, const struct journal_info *info)
{
    while (rules->put_reported < info->put.count) {
        unsigned which = rules->put_reported++;
        bool known = info->put.count - which <= QUARANTINE_SHOWN;
        ADD(rules, EVENTLOG_JOURNAL_DAMAGED,
            known ? info->put.names[which % QUARANTINE_SHOWN] : "-");
    }
    bool is_volatile = info->problem[0] != '\0';
    if (is_volatile != rules->volatile_reported) {
        rules->volatile_reported = is_volatile;
        if (is_volatile) {
            ADD(rules, EVENTLOG_JOURNAL_VOLATILE, info->problem);
        } else {
            ADD(rules, EVENTLOG_JOURNAL_DURABLE, info->id);
        }
    }
}

static void join_reasons(unsigned reasons, char out[48])
{
    size_t size = 0;
    out[0] = '\0';
    for (size_t i = 0; i < reason_table.count; i++) {
        if ((reasons & 1u << i) != 0) {
            size += (size_t)snprintf(out + size, 48 - size, "%s%s", size == 0 ? "" : ",",
                                     reason_table.words[i]);
        }
    }
    if (size == 0) {
        snprintf(out, 48, "-");
    }
}

static const char *known_or_dash(const char *text)
{
    return text[0] == '\0' ? "-" : text;
}

void event_rules_transition(struct event_rules *rules, const struct event *transition)
{
    static const enum eventlog_id ids[] = {
        [VERDICT_IDLE] = EVENTLOG_IDLE,
        [VERDICT_BUSY] = EVENTLOG_BUSY,
        [VERDICT_UNKNOWN] = EVENTLOG_UNKNOWN,
    };
    char at[MSIWATCH_TIME_CHARS + 1], after[24] = "-", reasons[48], pid[16] = "-", folded[24];
    const struct event_owner *owner = transition->owner;
    time_format(transition->at_ms, at);
    if (transition->after_known) {
        snprintf(after, sizeof after, "%" PRIu64, transition->after_ms);
    }
    if (owner != NULL) {
        snprintf(pid, sizeof pid, "%" PRIu32, owner->pid);
    }
    snprintf(folded, sizeof folded, "%" PRIu64, transition->folded);
    join_reasons(transition->reasons, reasons);
    ADD(rules, ids[transition->to], verdict_state_name(transition->to),
        verdict_state_name(transition->from), at, after, reasons, pid,
        known_or_dash(owner == NULL ? "" : owner->image),
        known_or_dash(owner == NULL ? "" : owner->user), folded);
}

void event_rules_set_transitions(struct event_rules *rules, bool transitions)
{
    rules->transitions = transitions;
}

static void on_looked(void *arg, const struct monitor_look *look)
{
    struct event_rules *rules = arg;
    struct install_log_state log;
    install_log_read_state(rules->install_log, &log);
    if (look->transition != NULL && rules->transitions) {
        event_rules_transition(rules, look->transition);
    }
    event_rules_look(rules, &look->status->seen, log.health, look->status->seen.mono_ms);
    event_rules_journal(rules, journal_info(rules->journal));
}

struct monitor_listener event_rules_listener(struct event_rules *rules,
                                             const struct journal *journal,
                                             struct install_log *install_log)
{
    rules->journal = journal;
    rules->install_log = install_log;
    return (struct monitor_listener){.looked = on_looked, .arg = rules};
}

void event_rules_rejected(struct event_rules *rules, const struct settings_rejected *rejected)
{
    for (size_t i = 0; i < rejected->count && i < REJECTED_MOST; i++) {
        ADD(rules, EVENTLOG_SETTING_REJECTED, rejected->list[i].name,
            layer_key(rejected->list[i].layer), rejected->list[i].why);
    }
}
