/* settings.h: every setting, in one table: name, valid values, default, help.
 *
 * The table is the source of the options and help of the command line, of the values in the
 * registry (config/layers.h), and of the group policy template and its documentation
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
    char pipe[SETTINGS_TEXT];      /* UTF-8; "" for the default name */
    char pipe_sddl[SETTINGS_TEXT]; /* "" for the default descriptor */
    char data[SETTINGS_TEXT];      /* UTF-8; "" for the default folder */
    enum log_level log;
    enum signals signals;
    uint32_t flapping, flapping_hour;
    struct sampler_settings sampler;
    struct rpc_limits limits;
    struct {
        uint32_t mib, days, rows; /* limits of the journal; rows 0 means no limit */
        /* Time between two notes in the journal that the service is running. */
        uint32_t heartbeat_s;
    } keep;
    struct {
        /* How long a turn may be idle: of administrators, of standard users. */
        uint32_t idle_s, idle_standard_s;
        uint32_t total, user, process; /* how many turns may wait */
    } turns;
    uint32_t stalled_after_s;             /* 0 means never */
    bool event_log_transitions;           /* also writes each transition to Windows' event log */
    char metrics_textfile[SETTINGS_TEXT]; /* UTF-8; "" for none */
    enum mitigations mitigations;
};

/* Sets every setting to its default. */
void settings_init(struct settings *settings);

/* Reads "--name value" and "--name=value" from all of argv. If there is no such option or its
 * value is not valid, returns false and leaves that setting unchanged; `error` says what is wrong
 * and what is valid. */
bool settings_from_arguments(struct settings *settings, int argc, char *const argv[], char *error,
                             size_t error_size);

/* Writes a line or two for each setting, for --help. */
void settings_help(FILE *to);

/* ---- the table ---- */

/* Returns the n-th setting, in the table's order; NULL after the last. */
const struct setting *settings_at(size_t n);

/* Writes the setting's name in the registry: pipe-sddl becomes PipeSddl. */
void settings_value_name(const struct setting *setting, char out[SETTINGS_NAME]);

/* Returns the setting with this name in the registry, ignoring case; NULL if there is none. */
const struct setting *settings_find_value(const char *name);

/* Writes the setting's value as it would be given on the command line; "" for a text that is not
 * set. */
void settings_text(const struct setting *setting, const struct settings *settings, char *out,
                   size_t size);

/* Copies the setting's value from `from` to `to`. */
void settings_copy(const struct setting *setting, struct settings *to, const struct settings *from);

/* Sets the setting to a value from the registry. If the type or the value is not valid, returns
 * false and leaves *settings unchanged; `error` says what is valid. */
bool settings_set_value(struct settings *settings, const struct setting *setting,
                        const struct settings_value *value, char *error, size_t error_size);

#endif
