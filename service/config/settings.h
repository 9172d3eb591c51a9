/* settings.h: every setting, in one table: name, what it takes, default, help.
 *
 * The table is the source of the command line's options and help, of the values in the registry
 * (config/layers.h), and of the group policy template and the list for people
 * (installer/policy). Pure functions: any thread, on settings that no other thread changes.
 */
#ifndef MSIWATCH_SERVICE_SETTINGS_H
#define MSIWATCH_SERVICE_SETTINGS_H

#include "base/log.h"
#include "common/model.h"
#include "config/mitigations.h"
#include "config/setting_kinds.h"
#include "observe/sampler.h"
#include "rpc/limits.h"

#include <stdio.h>

struct settings {
    char pipe[SETTINGS_TEXT];      /* UTF-8; "" is the default name */
    char pipe_sddl[SETTINGS_TEXT]; /* "" is the default descriptor */
    char data[SETTINGS_TEXT];      /* UTF-8; "" is the default folder */
    enum log_level log;
    enum signals signals;
    uint32_t flapping, flapping_hour;
    struct sampler_settings sampler;
    struct rpc_limits limits;
    struct {
        uint32_t mib, days, rows; /* of the journal; rows 0: no bound */
        uint32_t heartbeat_s;     /* between two notes that the service is alive */
    } keep;
    struct {
        uint32_t idle_s, idle_standard_s; /* until a turn is passed on: of administrators, others */
        uint32_t total, user, process;    /* that wait */
    } turns;
    uint32_t stalled_after_s;             /* 0: never */
    bool event_log_transitions;           /* each is an event in Windows' log, too */
    char metrics_textfile[SETTINGS_TEXT]; /* UTF-8; "" is none */
    enum mitigations mitigations;
};

void settings_init(struct settings *settings);

/* Sets one by its name ("flapping", "interval-busy", ...). False, with what is wrong and what it
 * takes in `error`, if there is no such setting or the value does not fit; *settings is then
 * unchanged. */
bool settings_set(struct settings *settings, const char *name, const char *value, char *error,
                  size_t error_size);

/* Reads "--name value" and "--name=value" from argv[*index...], until the end. False with `error`
 * as above. */
bool settings_from_arguments(struct settings *settings, int argc, char *const argv[], char *error,
                             size_t error_size);

/* A line or two a setting, for --help. */
void settings_help(FILE *to);

/* ---- the table ---- */

/* The n-th setting, in the table's order; NULL behind the last. */
const struct setting *settings_at(size_t n);

/* Its name in the registry: pipe-sddl is PipeSddl. */
void settings_value_name(const struct setting *setting, char out[SETTINGS_NAME]);

/* The setting of that name in the registry, whose case does not matter; NULL if there is none. */
const struct setting *settings_find_value(const char *name);

/* What it is set to, as it would be given on the command line; "" for a text that is not given. */
void settings_text(const struct setting *setting, const struct settings *settings, char *out,
                   size_t size);

/* Makes it in `to` what it is in `from`. */
void settings_copy(const struct setting *setting, struct settings *to, const struct settings *from);

/* Sets it to a value from the registry. False, with what it takes in `error`, if the type or the
 * value does not fit; *settings is then unchanged. */
bool settings_set_value(struct settings *settings, const struct setting *setting,
                        const struct settings_value *value, char *error, size_t error_size);

#endif
