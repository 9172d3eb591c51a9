/* reload.h: applies changed settings while the service runs.
 *
 * A change takes effect immediately where that is possible. Limits that are copied when a
 * connection begins apply to later connections only. If a setting cannot change while the service
 * runs, the log says that it waits for the next start. Loop thread only, except for reload_ask.
 */
#ifndef MSIWATCH_SERVICE_RELOAD_H
#define MSIWATCH_SERVICE_RELOAD_H

#include "config/layers.h"
#include "decide/monitor.h"
#include "decide/turns.h"
#include "journal/journal.h"

struct service;

struct reload {
    struct settings read;              /* the settings that were read last */
    struct settings_rejected rejected; /* the values in them that were rejected */

    uv_mutex_t lock; /* guards everything below, which other threads set */
    bool asked;
    struct settings asked_settings;
    struct settings_rejected asked_rejected;
};

/* Begins with the settings that are in force. Rejected values (NULL for none) are logged. Returns 0
 * or a negative libuv code. */
int reload_init(struct service *service, const struct settings_rejected *rejected);
void reload_release(struct service *service);

/* Call it when the settings were read again; reload_take applies them. Any thread. */
void reload_ask(struct service *service, const struct settings *settings,
                const struct settings_rejected *rejected);

/* If reload_ask was called, applies its settings: updates those in force, except for settings that
 * wait for the next start, and passes every room its part. All rooms must exist. */
void reload_take(struct service *service);

/* Each room's part of the settings. */
struct journal_keep reload_journal(const struct settings *settings);
struct monitor_settings reload_monitor(const struct settings *settings);
struct turns_limits reload_turns(const struct settings *settings);

#endif
