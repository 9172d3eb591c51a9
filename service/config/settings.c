/* settings.c: every setting, in one table. */
#include "config/settings.h"

#include "common/wire.h"
#include "config/setting_kinds.h"

#include <stddef.h>
#include <string.h>

#define AT(member) offsetof(struct settings, member)

static const struct setting table[] = {
    {"pipe", SETTING_PIPE, AT(pipe), 0, 0, 0, "NAME",
     "the pipe to serve; a bare name stands for \\\\.\\pipe\\NAME", "Name of the pipe", true},
    {"pipe-sddl", SETTING_TEXT, AT(pipe_sddl), 0, 0, 0, "SDDL",
     "who may use the pipe: a protected DACL that lets only SYSTEM and administrators create it; "
     "with any other the service does not start",
     "Who may use the pipe", true},
    {"data", SETTING_FOLDER, AT(data), 0, 0, 0, "DIR", "the folder of the journal and the log",
     "Data folder", true},
    {"log", SETTING_WORD, AT(log), 0, 0, LOG_INFO, "error|warn|info|debug",
     "how much is logged: messages of this level and more severe ones", "How much is logged",
     false},
    {"signals", SETTING_WORD, AT(signals), 0, 0, SIGNALS_AUTO, "auto|mutex|mutex,msiserver",
     "what counts as busy; auto lets msiserver count once its controls have been seen to change",
     "What counts as busy", false},
    {"flapping", SETTING_NUMBER, AT(flapping), 2, 10000, 240, "N",
     "number of transitions within 60 s after which it counts as flapping: the state stays busy",
     "Transitions in a minute until it counts as flapping", false},
    {"flapping-hour", SETTING_NUMBER, AT(flapping_hour), 2, 100000, 2000, "N",
     "number of transitions within an hour after which it counts as flapping",
     "Transitions in an hour until it counts as flapping", false},
    {"interval-calm", SETTING_NUMBER, AT(sampler.interval_ms[PACE_CALM]), 10, 60000, 1000, "MS",
     "time between samples while idle and msiserver is not running; also the longest time "
     "that the service may hold a deleted msiserver open",
     "Interval between samples while nothing runs", false},
    {"interval-alert", SETTING_NUMBER, AT(sampler.interval_ms[PACE_ALERT]), 1, 60000, 20, "MS",
     "time between samples while idle and msiserver is running or starting",
     "Interval between samples while msiserver runs", false},
    {"interval-busy", SETTING_NUMBER, AT(sampler.interval_ms[PACE_BUSY]), 1, 60000, 20, "MS",
     "time between samples while busy", "Interval between samples while busy", false},
    {"interval-waited", SETTING_NUMBER, AT(sampler.interval_ms[PACE_WAITED]), 1, 60000, 10, "MS",
     "longest time between samples while a client waits, including for a turn",
     "Interval between samples while somebody waits", false},
    {"stalled-after", SETTING_NUMBER, AT(stalled_after_s), 0, 86400, 300, "S",
     "how long the installer's own processes may use no CPU or I/O before a busy period counts "
     "as stalled; 0: it never does",
     "Time without CPU or I/O until it counts as stalled", false},
    {"connections", SETTING_NUMBER, AT(limits.connections.total), 8, 1800, 1024, "N",
     "how many connections there may be at the same time", "Connections at the same time", false},
    {"connections-kept", SETTING_NUMBER, AT(limits.connections.kept), 0, 1000, 64, "N",
     "how many connections are reserved for administrators and SYSTEM; at most half of all",
     "Connections reserved for administrators", false},
    {"connections-process", SETTING_NUMBER, AT(limits.connections.process), 1, 1800, 64, "N",
     "how many connections one process may have; administrators and SYSTEM are exempt",
     "Connections of one process", false},
    {"connections-user", SETTING_NUMBER, AT(limits.connections.user), 1, 1800, 256, "N",
     "how many connections one user may have; administrators and SYSTEM are exempt",
     "Connections of one user", false},
    {"connections-unknown", SETTING_NUMBER, AT(limits.connections.stranger), 0, 1800, 32, "N",
     "how many connections the clients whose process cannot be inspected may have together",
     "Connections of unknown processes", false},
    {"first-request", SETTING_NUMBER, AT(limits.first_request_ms), 100, 600000, 5000, "MS",
     "how long a client has for its first request", "Time until the first request", false},
    {"line", SETTING_NUMBER, AT(limits.line), 256, 65536, WIRE_REQUEST_LINE, "BYTES",
     "how long a request may be, including its line end", "Longest request", false},
    {"requests", SETTING_NUMBER, AT(limits.requests), 1, 1024, 64, "N",
     "how many requests may be in flight on one connection", "Requests in flight on a connection",
     false},
    {"subscriptions", SETTING_NUMBER, AT(limits.subscriptions), 1, 64, 8, "N",
     "how many subscriptions one connection may have", "Subscriptions of a connection", false},
    {"queued-bytes", SETTING_NUMBER, AT(limits.queued_bytes), 65536, 16777216, 1048576, "BYTES",
     "how much output that a client has not read is kept for one connection",
     "Output that a client has not read", false},
    {"retention-days", SETTING_NUMBER, AT(keep.days), 1, 3650, 90, "DAYS",
     "how long events are kept", "Days that events are kept", false},
    {"retention-size", SETTING_NUMBER, AT(keep.mib), 1, 4096, 64, "MIB",
     "how large the journal may become on disk; then the oldest events are deleted",
     "Size of the journal", false},
    {"retention-rows", SETTING_NUMBER, AT(keep.rows), 0, 10000000, 0, "N",
     "how many events are kept at most; 0: no limit on their number",
     "Events that are kept at most", false},
    {"heartbeat", SETTING_NUMBER, AT(keep.heartbeat_s), 1, 3600, 60, "S",
     "how often the journal notes that the service is alive",
     "Interval between notes that the service is alive", false},
    {"turn-idle", SETTING_NUMBER, AT(turns.idle_s), 10, 14400, 600, "S",
     "how long Windows Installer may be idle in an administrator's turn before others that wait "
     "get it, 30 s later",
     "Time that an administrator's turn may be idle", false},
    {"turn-idle-standard", SETTING_NUMBER, AT(turns.idle_standard_s), 10, 14400, 120, "S",
     "how long Windows Installer may be idle in a standard user's turn before others that wait get "
     "it, 30 s later",
     "Time that a standard user's turn may be idle", false},
    {"turns", SETTING_NUMBER, AT(turns.total), 2, 2048, 512, "N",
     "how many clients may wait for a turn; a sixteenth is reserved for administrators and SYSTEM",
     "Turns that wait", false},
    {"turns-user", SETTING_NUMBER, AT(turns.user), 1, 2048, 64, "N",
     "how many clients of one user may wait for a turn; administrators and SYSTEM are exempt",
     "Turns of one user that wait", false},
    {"turns-process", SETTING_NUMBER, AT(turns.process), 1, 2048, 8, "N",
     "how many requests of one process may wait for a turn; administrators and SYSTEM are exempt",
     "Turns of one process that wait", false},
    {"event-log-transitions", SETTING_SWITCH, AT(event_log_transitions), 0, 1, 1, "on|off",
     "whether each transition is also written to Windows' event log",
     "Transitions in the event log", false},
    {"metrics-textfile", SETTING_TEXTFILE, AT(metrics_textfile), 0, 0, 0, "off|FILE.prom",
     "the textfile that the service writes with metrics for Prometheus; only SYSTEM and "
     "administrators may be able to change its folder",
     "Textfile with metrics for Prometheus", false},
    {"mitigations", SETTING_WORD, AT(mitigations), 0, 0, MITIGATIONS_DEFAULT, "default|compatible",
     "which process mitigations are on; compatible leaves out the bans on dynamic code and "
     "invalid handles, which can end the service when an endpoint security product injects a "
     "library",
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
        setting_kind(table[i].kind)->preset(&table[i], member(settings, &table[i]));
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
    return setting_kind(setting->kind)->parse(setting, member(settings, setting), value);
}

static void say_what_it_takes(const struct setting *setting, const char *value, char *error,
                              size_t error_size)
{
    const struct setting_kind *kind = setting_kind(setting->kind);
    char takes[128];
    kind->takes(setting, takes, sizeof takes);
    if (kind->any_text) {
        snprintf(error, error_size, "--%s takes %s", setting->name, takes);
    } else {
        snprintf(error, error_size, "--%s takes %s, not '%s'", setting->name, takes, value);
    }
}

bool settings_set(struct settings *settings, const char *name, const char *value, char *error,
                  size_t error_size)
{
    const struct setting *setting = find(name, strlen(name));
    if (setting == NULL) {
        snprintf(error, error_size, "there is no setting '%s'; see --help", name);
        return false;
    }
    if (!parse(settings, setting, value)) {
        say_what_it_takes(setting, value, error, error_size);
        return false;
    }
    return true;
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
            snprintf(error, error_size, "'%.*s' is not an option; see --help", (int)length,
                     argument);
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
    setting_kind(setting->kind)
        ->print(setting, (const char *)settings + setting->offset, out, size);
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
            fprintf(to, " (%s; %u to %u)", preset, (unsigned)setting->least,
                    (unsigned)setting->most);
        } else if (preset[0] != '\0') {
            fprintf(to, " (%s)", preset);
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

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_letters(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

const struct setting *settings_find_value(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        char value_name[SETTINGS_NAME];
        settings_value_name(&table[i], value_name);
        if (same_letters(value_name, name)) {
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
    const struct setting_kind *kind = setting_kind(setting->kind);
    if (kind->take(setting, member(settings, setting), value)) {
        return true;
    }
    char takes[128];
    kind->takes(setting, takes, sizeof takes);
    snprintf(error, error_size, "takes %s%s (%s)", takes,
             setting->kind == SETTING_FOLDER ? ", an absolute path" : "", kind->types);
    return false;
}
