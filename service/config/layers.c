/* layers.c: reads settings from the registry and the command line, layer by layer. */
#include "config/layers.h"

#include <stdio.h>
#include <string.h>

/* If a key has more values than this, the rest are not ours and are not read. */
enum { VALUES_MOST = 256 };

const char *layer_key(enum layer layer)
{
    return layer == LAYER_POLICY ? "HKLM\\SOFTWARE\\Policies\\MsiWatch"
                                 : "HKLM\\SOFTWARE\\MsiWatch";
}

static void reject(struct settings_rejected *rejected, enum layer layer, const char *name,
                   const char *why)
{
    if (rejected->count < REJECTED_MOST) {
        size_t at = rejected->count;
        snprintf(rejected->list[at].name, sizeof rejected->list[at].name, "%s", name);
        snprintf(rejected->list[at].why, sizeof rejected->list[at].why, "%s", why);
        rejected->list[at].layer = layer;
    }
    rejected->count++;
}

static void take(struct settings *settings, enum layer layer, const struct settings_value *value,
                 struct settings_rejected *rejected)
{
    char why[REJECTED_WHY];
    const struct setting *setting = settings_find_value(value->name);
    if (setting == NULL) {
        reject(rejected, layer, value->name, "there is no such setting");
        return;
    }
    if (!settings_set_value(settings, setting, value, why, sizeof why)) {
        struct settings presets;
        settings_init(&presets);
        settings_copy(setting, settings, &presets);
        reject(rejected, layer, value->name, why);
    }
}

static void read_layer(struct settings_source *source, enum layer layer, struct settings *settings,
                       struct settings_rejected *rejected)
{
    if (source == NULL) {
        return;
    }
    for (size_t n = 0; n < VALUES_MOST; n++) {
        struct settings_value value;
        char why[REJECTED_WHY];
        int got = source->next(source, layer, n, &value, why, sizeof why);
        if (got < 0) {
            reject(rejected, layer, "", why);
        }
        if (got <= 0) {
            return;
        }
        take(settings, layer, &value, rejected);
    }
}

bool configuration_read(const struct configuration *configuration, struct settings *out,
                        struct settings_rejected *rejected, char *error, size_t error_size)
{
    memset(rejected, 0, sizeof *rejected);
    settings_init(out);
    read_layer(configuration->source, LAYER_MACHINE, out, rejected);
    if (!configuration->console &&
        !settings_from_arguments(out, configuration->argc, configuration->argv, error,
                                 error_size)) {
        return false;
    }
    read_layer(configuration->source, LAYER_POLICY, out, rejected);
    return !configuration->console ||
           settings_from_arguments(out, configuration->argc, configuration->argv, error,
                                   error_size);
}
