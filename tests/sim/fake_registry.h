/* fake_registry.h: a registry in memory, for settings (config/layers.h).
 *
 * Any thread.
 */
#ifndef MSIWATCH_TESTS_FAKE_REGISTRY_H
#define MSIWATCH_TESTS_FAKE_REGISTRY_H

#include "config/layers.h"

#include <uv.h>

#define FAKE_VALUES 64

struct fake_registry {
    struct settings_source source; /* must be first: the layers read it */
    uv_mutex_t lock;               /* guards all below */
    struct settings_value values[LAYER_COUNT][FAKE_VALUES];
    size_t count[LAYER_COUNT];
    bool unreadable[LAYER_COUNT];
};

int fake_registry_init(struct fake_registry *registry);
void fake_registry_release(struct fake_registry *registry);

/* Sets or replaces a value: type is "dword", "qword", "sz", or anything else for a type that no
 * setting accepts. False: there is no more room. */
bool fake_registry_set(struct fake_registry *registry, enum layer layer, const char *name,
                       const char *type, const char *value);

/* Removes a value; if `name` is NULL, all values of the layer. */
void fake_registry_unset(struct fake_registry *registry, enum layer layer, const char *name);

/* Sets whether reading the layer fails. */
void fake_registry_deny(struct fake_registry *registry, enum layer layer, bool unreadable);

#endif
