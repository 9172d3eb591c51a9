/* settings.h: every setting, in one table: name, what it takes, default, help.
 *
 * The table is the source of the command line's options and help. Loop thread, or before any
 * thread is started.
 */
#ifndef MSIWATCH_SERVICE_SETTINGS_H
#define MSIWATCH_SERVICE_SETTINGS_H

#include "log.h"
#include "model.h"
#include "observe/sampler.h"
#include "publish/hub.h"

#include <stdio.h>

#define SETTINGS_TEXT 512

struct settings {
    char pipe[SETTINGS_TEXT];      /* UTF-8; "" is the default name */
    char pipe_sddl[SETTINGS_TEXT]; /* "" is the default descriptor */
    char data[SETTINGS_TEXT];      /* UTF-8; "" is the default folder */
    enum log_level log;
    enum signals signals;
    uint32_t flapping;
    struct sampler_settings sampler;
    struct hub_limits limits;
    struct {
        uint32_t days, rows;  /* of the journal's events */
        uint32_t heartbeat_s; /* between two notes that the service is alive */
    } keep;
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

#endif
