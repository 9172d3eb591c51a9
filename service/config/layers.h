/* layers.h: where settings come from, one layer over the other.
 *
 *   defaults
 *   HKLM\SOFTWARE\MsiWatch            the machine's
 *   the options that `msiwatchd install` was given, in the service's command line
 *   HKLM\SOFTWARE\Policies\MsiWatch   group policy's
 *   the options of `msiwatchd run`    a console's: whoever starts that has the last word
 *
 * A value's name in the registry is the option's in PascalCase (settings_value_name). One that does
 * not fit is rejected: its setting then has its default unless a stronger layer sets it.
 * The registry is behind a small interface: registry_win32.h, and a fake one for tests.
 */
#ifndef MSIWATCH_SERVICE_LAYERS_H
#define MSIWATCH_SERVICE_LAYERS_H

#include "config/settings.h"

enum layer { LAYER_MACHINE, LAYER_POLICY, LAYER_COUNT };

/* "HKLM\SOFTWARE\MsiWatch", "HKLM\SOFTWARE\Policies\MsiWatch" */
const char *layer_key(enum layer layer);

/* A layer's values. Any thread, one at a time. */
struct settings_source {
    /* Reads the n-th value of a layer. 1; 0 when there is none, or no such key; or a negative libuv
     * code when the layer cannot be read, and why in `error`. */
    int (*next)(struct settings_source *self, enum layer layer, size_t n,
                struct settings_value *out, char *error, size_t error_size);
};

#define REJECTED_MOST 32
#define REJECTED_WHY 192

/* Values that were not taken. */
struct settings_rejected {
    size_t count; /* may be more than are listed */
    struct {
        char name[SETTINGS_NAME]; /* the value's, UTF-8; "" when a whole layer cannot be read */
        enum layer layer;
        char why[REJECTED_WHY];
    } list[REJECTED_MOST];
};

/* All that settings are read from. */
struct configuration {
    struct settings_source *source; /* NULL: there is no registry */
    int argc;                       /* options, without program and command */
    char *const *argv;              /* stays the caller's */
    bool console;                   /* the options are of `msiwatchd run` */
};

/* Reads all layers. False only if an option is wrong: then with `error`, and *out is not to be
 * used. What the registry has wrong is in *rejected. */
bool configuration_read(const struct configuration *configuration, struct settings *out,
                        struct settings_rejected *rejected, char *error, size_t error_size);

#endif
