/* settings.c: every setting, in one table. */
#include "settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_TEXT, KIND_NUMBER, KIND_LEVEL, KIND_SIGNALS };

struct setting {
    const char *name;
    enum kind kind;
    size_t offset;
    uint32_t least, most, preset; /* of numbers */
    const char *takes, *help;
};

#define AT(member) offsetof(struct settings, member)

static const struct setting table[] = {
    {"pipe", KIND_TEXT, AT(pipe), 0, 0, 0, "NAME",
     "the pipe to serve; a bare name stands for \\\\.\\pipe\\NAME"},
    {"pipe-sddl", KIND_TEXT, AT(pipe_sddl), 0, 0, 0, "SDDL",
     "who may use the pipe; a protected DACL that lets only SYSTEM and administrators create it"},
    {"data", KIND_TEXT, AT(data), 0, 0, 0, "DIR", "the data folder"},
    {"log", KIND_LEVEL, AT(log), 0, 0, LOG_INFO, "error|warn|info|debug", "what is logged"},
    {"signals", KIND_SIGNALS, AT(signals), 0, 0, SIGNALS_AUTO, "auto|mutex|mutex,msiserver",
     "what counts as busy; auto lets msiserver count once its controls have been seen to change"},
    {"flapping", KIND_NUMBER, AT(flapping), 2, 10000, 240, "N",
     "transitions within 60 s after which the state stays busy"},
    {"interval-calm", KIND_NUMBER, AT(sampler.interval_ms[PACE_CALM]), 10, 60000, 1000, "MS",
     "between samples while idle and msiserver does not run; also how long a deleted msiserver may "
     "be held open"},
    {"interval-alert", KIND_NUMBER, AT(sampler.interval_ms[PACE_ALERT]), 1, 60000, 20, "MS",
     "between samples while idle and msiserver runs or starts"},
    {"interval-busy", KIND_NUMBER, AT(sampler.interval_ms[PACE_BUSY]), 1, 60000, 20, "MS",
     "between samples while busy"},
    {"interval-waited", KIND_NUMBER, AT(sampler.interval_ms[PACE_WAITED]), 1, 60000, 10, "MS",
     "between samples while busy and somebody waits"},
    {"connections", KIND_NUMBER, AT(limits.connections.total), 8, 1800, 1024, "N",
     "connections at once"},
    {"connections-kept", KIND_NUMBER, AT(limits.connections.kept), 0, 1000, 64, "N",
     "of these, only for administrators and SYSTEM"},
    {"connections-process", KIND_NUMBER, AT(limits.connections.process), 1, 1800, 64, "N",
     "of one process; administrators and SYSTEM are exempt"},
    {"connections-user", KIND_NUMBER, AT(limits.connections.user), 1, 1800, 256, "N",
     "of one user; administrators and SYSTEM are exempt"},
    {"connections-unknown", KIND_NUMBER, AT(limits.connections.stranger), 0, 1800, 32, "N",
     "of all clients together whose process cannot be looked at"},
    {"first-request", KIND_NUMBER, AT(limits.first_request_ms), 100, 600000, 5000, "MS",
     "until a client's first request"},
    {"line", KIND_NUMBER, AT(limits.line), 256, 65536, WIRE_REQUEST_LINE, "BYTES",
     "of a request, its line end included"},
    {"requests", KIND_NUMBER, AT(limits.requests), 1, 1024, 64, "N", "in flight on a connection"},
    {"subscriptions", KIND_NUMBER, AT(limits.subscriptions), 1, 64, 8, "N", "of a connection"},
    {"queued-bytes", KIND_NUMBER, AT(limits.queued_bytes), 65536, 16777216, 1048576, "BYTES",
     "of output that a client has not read"},
    {"retention-days", KIND_NUMBER, AT(keep.days), 1, 3650, 90, "DAYS", "that events are kept"},
    {"retention-rows", KIND_NUMBER, AT(keep.rows), 100, 10000000, 100000, "N",
     "events that are kept at most"},
    {"heartbeat", KIND_NUMBER, AT(keep.heartbeat_s), 1, 3600, 60, "S",
     "between two notes in the journal that the service is alive"},
};

enum { COUNT = sizeof table / sizeof table[0] };

static void *member(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

void settings_init(struct settings *settings)
{
    memset(settings, 0, sizeof *settings);
    settings->limits.batch = 16; /* the protocol's own */
    for (size_t i = 0; i < COUNT; i++) {
        const struct setting *setting = &table[i];
        switch (setting->kind) {
        case KIND_NUMBER:
            *(uint32_t *)member(settings, setting) = setting->preset;
            break;
        case KIND_LEVEL:
            *(enum log_level *)member(settings, setting) = (enum log_level)setting->preset;
            break;
        case KIND_SIGNALS:
            *(enum signals *)member(settings, setting) = (enum signals)setting->preset;
            break;
        case KIND_TEXT:
            break;
        }
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

static bool set_text(char *text, const char *value)
{
    size_t size = strlen(value) + 1;
    if (size == 1 || size > SETTINGS_TEXT) {
        return false;
    }
    memcpy(text, value, size);
    return true;
}

static bool set_number(const struct setting *setting, uint32_t *number, const char *value)
{
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0 || parsed < setting->least ||
        parsed > setting->most) {
        return false;
    }
    *number = (uint32_t)parsed;
    return true;
}

static bool set_word(int *word, int parsed)
{
    if (parsed < 0) {
        return false;
    }
    *word = parsed;
    return true;
}

static bool set_value(struct settings *settings, const struct setting *setting, const char *value)
{
    void *to = member(settings, setting);
    int word = 0;
    bool ok = false;
    switch (setting->kind) {
    case KIND_TEXT:
        return set_text(to, value);
    case KIND_NUMBER:
        return set_number(setting, to, value);
    case KIND_LEVEL:
        ok = set_word(&word, log_level_parse(value));
        if (ok) {
            *(enum log_level *)to = (enum log_level)word;
        }
        return ok;
    case KIND_SIGNALS:
        ok = set_word(&word, signals_parse(value));
        if (ok) {
            *(enum signals *)to = (enum signals)word;
        }
        return ok;
    }
    return ok;
}

static void say_what_it_takes(const struct setting *setting, const char *value, char *error,
                              size_t error_size)
{
    if (setting->kind == KIND_NUMBER) {
        snprintf(error, error_size, "--%s takes a whole number from %u to %u, not '%s'",
                 setting->name, (unsigned)setting->least, (unsigned)setting->most, value);
    } else if (setting->kind == KIND_TEXT) {
        snprintf(error, error_size, "--%s takes %s, 1 to %d bytes", setting->name, setting->takes,
                 SETTINGS_TEXT - 1);
    } else {
        snprintf(error, error_size, "--%s takes %s, not '%s'", setting->name, setting->takes,
                 value);
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
    if (!set_value(settings, setting, value)) {
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
        if (!set_value(settings, setting, value)) {
            say_what_it_takes(setting, value, error, error_size);
            return false;
        }
    }
    return true;
}

void settings_help(FILE *to)
{
    for (size_t i = 0; i < COUNT; i++) {
        const struct setting *setting = &table[i];
        char option[64];
        snprintf(option, sizeof option, "--%s %s", setting->name, setting->takes);
        fprintf(to, "  %-38s %s", option, setting->help);
        if (setting->kind == KIND_NUMBER) {
            fprintf(to, " (%u; %u to %u)", (unsigned)setting->preset, (unsigned)setting->least,
                    (unsigned)setting->most);
        }
        fputc('\n', to);
    }
}
