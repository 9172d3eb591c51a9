/* settings.c: every setting, in one table. */
#include "config/settings.h"

#include "common/ascii.h"
#include "common/wire.h"
#include "config/setting_kinds.h"

#include <stddef.h>
#include <string.h>

#define AT(member) offsetof(struct settings, member)

static const struct setting table[] = {
    {"pipe", SETTING_PIPE, AT(pipe), 0, 0, 0, "NAME",
     "The service listens on the pipe with this name. The pipe's full name is also accepted.",
     "Name of the pipe", true},
    {"pipe-sddl", SETTING_TEXT, AT(pipe_sddl), 0, 0, 0, "SDDL",
     "This security descriptor says who may use the pipe. It must be a protected DACL that lets "
     "only SYSTEM and administrators create or change the pipe; with any other, the service does "
     "not start.",
     "Who may use the pipe", true},
    {"data", SETTING_FOLDER, AT(data), 0, 0, 0, "DIR",
     "The service keeps its journal and its log in this folder.", "Data folder", true},
    {"log", SETTING_WORD, AT(log), 0, 0, LOG_INFO, "error|warn|info|debug",
     "The service logs messages of this level and of more severe ones.", "How much is logged",
     false},
    {"signals", SETTING_WORD, AT(signals), 0, 0, SIGNALS_AUTO, "auto|mutex|mutex,msiserver",
     "These signals mean that Windows Installer is busy. With auto, msiserver counts only if its "
     "controls have been seen to change, or while the mutex cannot be read.",
     "What counts as busy", false},
    {"flapping", SETTING_NUMBER, AT(flapping), 2, 10000, 240, "N",
     "After this many transitions within 60 s, the mutex counts as flapping, and the state stays "
     "busy.",
     "Transitions in a minute that count as flapping", false},
    {"flapping-hour", SETTING_NUMBER, AT(flapping_hour), 2, 100000, 2000, "N",
     "After this many transitions within an hour, the mutex counts as flapping, and the state "
     "stays busy.",
     "Transitions in an hour that count as flapping", false},
    {"interval-calm", SETTING_NUMBER, AT(sampler.interval_ms[PACE_CALM]), 10, 60000, 1000, "MS",
     "Time between samples while the state is idle and msiserver is not running. The service keeps "
     "its handle to a deleted msiserver open for at most this time, or 2 s if that is longer.",
     "Interval between samples while idle", false},
    {"interval-alert", SETTING_NUMBER, AT(sampler.interval_ms[PACE_ALERT]), 1, 60000, 20, "MS",
     "Time between samples while the state is idle and msiserver is running or starting.",
     "Interval between samples while msiserver is running", false},
    {"interval-busy", SETTING_NUMBER, AT(sampler.interval_ms[PACE_BUSY]), 1, 60000, 20, "MS",
     "Time between samples while the state is busy.", "Interval between samples while busy", false},
    {"interval-waited", SETTING_NUMBER, AT(sampler.interval_ms[PACE_WAITED]), 1, 60000, 10, "MS",
     "Longest time between samples while a client waits for a state or for a turn.",
     "Interval between samples while a client waits", false},
    {"stalled-after", SETTING_NUMBER, AT(stalled_after_s), 0, 86400, 300, "S",
     "A busy period counts as stalled when the installer's own processes have used almost no "
     "CPU or I/O for this long. With 0, no period counts as stalled.",
     "Time without CPU or I/O that counts as stalled", false},
    {"connections", SETTING_NUMBER, AT(limits.connections.total), 8, 1800, 1024, "N",
     "At most this many connections can be open at the same time.", "Connections in all", false},
    {"connections-kept", SETTING_NUMBER, AT(limits.connections.kept), 0, 1000, 64, "N",
     "This many connections are reserved for administrators and SYSTEM, but at most half of all.",
     "Connections reserved for administrators", false},
    {"connections-process", SETTING_NUMBER, AT(limits.connections.process), 1, 1800, 64, "N",
     "One process may have at most this many connections. Administrators and SYSTEM are exempt.",
     "Connections per process", false},
    {"connections-user", SETTING_NUMBER, AT(limits.connections.user), 1, 1800, 256, "N",
     "One user may have at most this many connections. Administrators and SYSTEM are exempt.",
     "Connections per user", false},
    {"connections-unknown", SETTING_NUMBER, AT(limits.connections.stranger), 0, 1800, 32, "N",
     "Clients whose process cannot be inspected may have at most this many connections together.",
     "Connections of unknown processes", false},
    {"first-request", SETTING_NUMBER, AT(limits.first_request_ms), 100, 600000, 5000, "MS",
     "The service disconnects a client that has not sent its first request within this time.",
     "Time until the first request", false},
    {"line", SETTING_NUMBER, AT(limits.line), 256, 65536, WIRE_REQUEST_LINE, "BYTES",
     "A request may be at most this long, including its line end.", "Longest request", false},
    {"requests", SETTING_NUMBER, AT(limits.requests), 1, 1024, 64, "N",
     "One connection may have at most this many requests in flight.",
     "Requests in flight per connection", false},
    {"subscriptions", SETTING_NUMBER, AT(limits.subscriptions), 1, 64, 8, "N",
     "One connection may have at most this many subscriptions.", "Subscriptions per connection",
     false},
    {"queued-bytes", SETTING_NUMBER, AT(limits.queued_bytes), 65536, 16777216, 1048576, "BYTES",
     "For each connection, the service keeps at most this much output that the client has not "
     "read.",
     "Unread output per connection", false},
    {"retention-days", SETTING_NUMBER, AT(keep.days), 1, 3650, 90, "DAYS",
     "The service keeps events for this long.", "How long events are kept", false},
    {"retention-size", SETTING_NUMBER, AT(keep.mib), 1, 4096, 64, "MIB",
     "When the journal on disk would become larger than this, the service deletes the oldest "
     "events.",
     "Largest size of the journal", false},
    {"retention-rows", SETTING_NUMBER, AT(keep.rows), 0, 10000000, 0, "N",
     "The service keeps at most this many events. With 0, their number is not limited.",
     "Largest number of events", false},
    {"heartbeat", SETTING_NUMBER, AT(keep.heartbeat_s), 1, 3600, 60, "S",
     "At this interval, the service notes in the journal that it is alive.",
     "Interval between heartbeats in the journal", false},
    {"turn-idle", SETTING_NUMBER, AT(turns.idle_s), 10, 14400, 600, "S",
     "If others wait and Windows Installer has been idle for this long during an administrator's "
     "turn, the turn ends 30 s later.",
     "Idle time that ends an administrator's turn", false},
    {"turn-idle-standard", SETTING_NUMBER, AT(turns.idle_standard_s), 10, 14400, 120, "S",
     "If others wait and Windows Installer has been idle for this long during a standard user's "
     "turn, the turn ends 30 s later. While an administrator waits, 30 s in all are enough.",
     "Idle time that ends a standard user's turn", false},
    {"turns", SETTING_NUMBER, AT(turns.total), 2, 2048, 512, "N",
     "At most this many requests may wait for a turn. A sixteenth of these places is reserved for "
     "administrators and SYSTEM.",
     "Requests that may wait for a turn", false},
    {"turns-user", SETTING_NUMBER, AT(turns.user), 1, 2048, 64, "N",
     "At most this many requests of one user may wait for a turn. Administrators and SYSTEM are "
     "exempt.",
     "Requests per user that may wait for a turn", false},
    {"turns-process", SETTING_NUMBER, AT(turns.process), 1, 2048, 8, "N",
     "At most this many requests of one process may wait for a turn. Administrators and SYSTEM are "
     "exempt.",
     "Requests per process that may wait for a turn", false},
    {"event-log-transitions", SETTING_SWITCH, AT(event_log_transitions), 0, 1, 1, "on|off",
     "With on, the service also writes each transition to Windows' event log.",
     "Transitions in the event log", false},
    {"metrics-textfile", SETTING_TEXTFILE, AT(metrics_textfile), 0, 0, 0, "off|FILE.prom",
     "The service writes its metrics for Prometheus to this textfile. It must be in a folder that "
     "only SYSTEM and administrators can change.",
     "Textfile with metrics for Prometheus", false},
    {"mitigations", SETTING_WORD, AT(mitigations), 0, 0, MITIGATIONS_DEFAULT, "default|compatible",
     "Which process mitigations the service turns on. With default, it turns on all of them. With "
     "compatible, it leaves out two that can end the service when an endpoint security product "
     "injects a library: the bans on dynamic code and on invalid handles.",
     "Process mitigations", true},
};

enum { COUNT = sizeof table / sizeof table[0] };

static void *member(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

void settings_init(struct settings *settings)
{
    memset(settings, 0, sizeof *settings);
    settings->limits.batch = 16; /* the protocol sets this limit */
    for (size_t i = 0; i < COUNT; i++) {
        setting_preset(&table[i], member(settings, &table[i]));
    }
}

static const struct setting *find(const char *name, size_t length)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strlen(table[i].name) == length && strncmp(table[i].name, name, length) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

/* ---- values ---- */

static bool parse(struct settings *settings, const struct setting *setting, const char *value)
{
    return setting_parse(setting, member(settings, setting), value);
}

static void say_what_it_takes(const struct setting *setting, const char *value, char *error,
                              size_t error_size)
{
    char takes[128];
    setting_takes(setting, takes, sizeof takes);
    if (setting_kind(setting->kind)->any_text) {
        snprintf(error, error_size, "--%s takes %s", setting->name, takes);
    } else {
        snprintf(error, error_size, "--%s takes %s, not '%s'", setting->name, takes, value);
    }
}

bool settings_from_arguments(struct settings *settings, int argc, char *const argv[], char *error,
                             size_t error_size)
{
    for (int i = 0; i < argc; i++) {
        const char *argument = argv[i];
        const char *equals = strchr(argument, '=');
        size_t length = equals != NULL ? (size_t)(equals - argument) : strlen(argument);
        const struct setting *setting = strncmp(argument, "--", 2) == 0
                                            ? find(argument + 2, length - 2)
                                            : NULL;
        if (setting == NULL) {
            snprintf(error, error_size, "'%.*s' is not an option; see msiwatchd --help",
                     (int)length, argument);
            return false;
        }
        if (equals == NULL && ++i == argc) {
            snprintf(error, error_size, "--%s needs a value: %s", setting->name, setting->takes);
            return false;
        }
        const char *value = equals != NULL ? equals + 1 : argv[i];
        if (!parse(settings, setting, value)) {
            say_what_it_takes(setting, value, error, error_size);
            return false;
        }
    }
    return true;
}

void settings_text(const struct setting *setting, const struct settings *settings, char *out,
                   size_t size)
{
    setting_print(setting, (const char *)settings + setting->offset, out, size);
}

void settings_help(FILE *to)
{
    struct settings presets;
    settings_init(&presets);
    for (size_t i = 0; i < COUNT; i++) {
        const struct setting *setting = &table[i];
        char option[64], preset[SETTINGS_TEXT];
        settings_text(setting, &presets, preset, sizeof preset);
        snprintf(option, sizeof option, "--%s %s", setting->name, setting->takes);
        fprintf(to, "  %-38s %s", option, setting->help);
        if (setting->kind == SETTING_NUMBER) {
            fprintf(to, " (default: %s; %u to %u)", preset, (unsigned)setting->least,
                    (unsigned)setting->most);
        } else if (preset[0] != '\0') {
            fprintf(to, " (default: %s)", preset);
        }
        fputc('\n', to);
    }
}

/* ---- the table, and the registry's values ---- */

const struct setting *settings_at(size_t n)
{
    return n < COUNT ? &table[n] : NULL;
}

void settings_value_name(const struct setting *setting, char out[SETTINGS_NAME])
{
    size_t size = 0;
    bool first = true; /* the next letter begins a word */
    for (const char *at = setting->name; *at != '\0' && size + 1 < SETTINGS_NAME; at++) {
        if (*at == '-') {
            first = true;
            continue;
        }
        out[size++] = (char)(first ? *at - 'a' + 'A' : *at);
        first = false;
    }
    out[size] = '\0';
}

const struct setting *settings_find_value(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        char value_name[SETTINGS_NAME];
        settings_value_name(&table[i], value_name);
        if (ascii_same(value_name, name)) {
            return &table[i];
        }
    }
    return NULL;
}

void settings_copy(const struct setting *setting, struct settings *to, const struct settings *from)
{
    memcpy(member(to, setting), (const char *)from + setting->offset,
           setting_kind(setting->kind)->size);
}

bool settings_set_value(struct settings *settings, const struct setting *setting,
                        const struct settings_value *value, char *error, size_t error_size)
{
    if (setting_take(setting, member(settings, setting), value)) {
        return true;
    }
    char takes[128];
    setting_takes(setting, takes, sizeof takes);
    snprintf(error, error_size, "takes %s%s (%s)", takes,
             setting->kind == SETTING_FOLDER ? ", an absolute path" : "",
             setting_kind(setting->kind)->types);
    return false;
}
