/* layers.h: the layers that settings come from. A later layer in this list overrides the earlier
 * ones:
 *
 *   defaults
 *   HKLM\SOFTWARE\MsiWatch            set for the machine
 *   the options of `msiwatchd install`, stored in the service's command line
 *   HKLM\SOFTWARE\Policies\MsiWatch   set by group policy
 *   the options of `msiwatchd run`    in a console, the user who starts it decides
 *
 * The name of a registry value is the option's name in PascalCase (settings_value_name). A value
 * that is not valid is rejected; its setting then has its default, unless a later layer sets it.
 * The registry is behind a small interface: registry_win32.h implements it, and tests have a fake
 * one.
 */
#ifndef MSIWATCH_SERVICE_LAYERS_H
#define MSIWATCH_SERVICE_LAYERS_H

#include "config/settings.h"

enum layer { LAYER_MACHINE, LAYER_POLICY, LAYER_COUNT };

/* "HKLM\SOFTWARE\MsiWatch", "HKLM\SOFTWARE\Policies\MsiWatch" */
const char *layer_key(enum layer layer);

/* The values of a layer. Any thread, but only one at a time. */
struct settings_source {
    /* Reads the n-th value of a layer. Returns 1; 0 if there is no n-th value or no such key; or a
     * negative libuv code if the layer cannot be read, with the reason in `error`. */
    int (*next)(struct settings_source *self, enum layer layer, size_t n,
                struct settings_value *out, char *error, size_t error_size);
};

#define REJECTED_MOST 32
#define REJECTED_WHY 192

/* Values that were not accepted. */
struct settings_rejected {
    size_t count; /* may be more than the list holds */
    struct {
        char name[SETTINGS_NAME]; /* the value's name, UTF-8; "" if a whole layer cannot be read */
        enum layer layer;
        char why[REJECTED_WHY];
    } list[REJECTED_MOST];
};

/* Everything that settings are read from. */
struct configuration {
    struct settings_source *source; /* NULL if there is no registry */
    int argc;                       /* number of options, without program and command */
    char *const *argv;              /* owned by the caller */
    bool console;                   /* these are the options of `msiwatchd run` */
};

/* Reads all layers. Returns false only if an option is wrong; then `error` says why, and *out must
 * not be used. Wrong values in the registry are listed in *rejected. */
bool configuration_read(const struct configuration *configuration, struct settings *out,
                        struct settings_rejected *rejected, char *error, size_t error_size);

#endif
