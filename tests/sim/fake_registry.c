/* fake_registry.c: a registry in memory, for settings. */
#include "fake_registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int next(struct settings_source *self, enum layer layer, size_t n,
                struct settings_value *out, char *error, size_t error_size)
{
    struct fake_registry *registry = (struct fake_registry *)self;
    int result = 0;
    uv_mutex_lock(&registry->lock);
    if (registry->unreadable[layer]) {
        snprintf(error, error_size, "cannot be read: access denied");
        result = UV_EACCES;
    } else if (n < registry->count[layer]) {
        *out = registry->values[layer][n];
        result = 1;
    }
    uv_mutex_unlock(&registry->lock);
    return result;
}

int fake_registry_init(struct fake_registry *registry)
{
    memset(registry, 0, sizeof *registry);
    registry->source.next = next;
    return uv_mutex_init(&registry->lock);
}

void fake_registry_release(struct fake_registry *registry)
{
    uv_mutex_destroy(&registry->lock);
}

/* Call it under the lock. */
static size_t find(const struct fake_registry *registry, enum layer layer, const char *name)
{
    size_t n = 0;
    while (n < registry->count[layer] && strcmp(registry->values[layer][n].name, name) != 0) {
        n++;
    }
    return n;
}

bool fake_registry_set(struct fake_registry *registry, enum layer layer, const char *name,
                       const char *type, const char *value)
{
    bool number = strcmp(type, "dword") == 0 || strcmp(type, "qword") == 0;
    uv_mutex_lock(&registry->lock);
    size_t n = find(registry, layer, name);
    bool room = n < FAKE_VALUES;
    if (room) {
        struct settings_value *to = &registry->values[layer][n];
        memset(to, 0, sizeof *to);
        snprintf(to->name, sizeof to->name, "%s", name);
        to->type = number ? VALUE_NUMBER : strcmp(type, "sz") == 0 ? VALUE_TEXT : VALUE_OTHER;
        to->number = number ? strtoull(value, NULL, 0) : 0;
        snprintf(to->text, sizeof to->text, "%s", number ? "" : value);
        registry->count[layer] = n < registry->count[layer] ? registry->count[layer] : n + 1;
    }
    uv_mutex_unlock(&registry->lock);
    return room;
}

void fake_registry_unset(struct fake_registry *registry, enum layer layer, const char *name)
{
    uv_mutex_lock(&registry->lock);
    size_t n = name == NULL ? 0 : find(registry, layer, name);
    if (name == NULL) {
        registry->count[layer] = 0;
    } else if (n < registry->count[layer]) {
        registry->values[layer][n] = registry->values[layer][--registry->count[layer]];
    }
    uv_mutex_unlock(&registry->lock);
}

void fake_registry_deny(struct fake_registry *registry, enum layer layer, bool unreadable)
{
    uv_mutex_lock(&registry->lock);
    registry->unreadable[layer] = unreadable;
    uv_mutex_unlock(&registry->lock);
}
