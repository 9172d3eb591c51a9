/* reload.h: takes up settings while the service runs.
 *
 * What can change does so at once; limits of a connection hold for connections that begin later, if
 * they are laid down when one begins. What cannot is said in the log to wait for the next start.
 * Loop thread only, except for reload_ask.
 */
#ifndef MSIWATCH_SERVICE_RELOAD_H
#define MSIWATCH_SERVICE_RELOAD_H

#include "config/layers.h"
#include "decide/monitor.h"
#include "decide/turns.h"
#include "journal/journal.h"

struct api;
struct rpc_server;
struct event_rules;
struct sampler;
struct textfile;

struct reload {
    /* The rooms that settings reach; all are set before reload_take. */
    struct log *log;
    struct monitor *monitor;
    struct journal *journal;
    struct sampler *sampler;
    struct rpc_server *server;
    struct textfile *textfile;
    struct event_rules *rules;
    struct api *api;

    struct settings read;              /* what was read last */
    struct settings_rejected rejected; /* and what of it was not taken */

    uv_mutex_t lock; /* guards all below, which other threads set */
    bool asked;
    struct settings asked_settings;
    struct settings_rejected asked_rejected;
};

/* `settings` are those of the start; rejected values (NULL: none) are logged. 0 or a negative libuv
 * code. */
int reload_init(struct reload *reload, struct log *log, const struct settings *settings,
                const struct settings_rejected *rejected);
void reload_release(struct reload *reload);

/* The settings were read again; reload_take takes them up. Any thread. */
void reload_ask(struct reload *reload, const struct settings *settings,
                const struct settings_rejected *rejected);

/* If settings were asked for: `in_force` becomes what was read, except for what waits for the next
 * start, and every room gets its part. */
void reload_take(struct reload *reload, struct settings *in_force);

/* The rooms' parts of the settings. */
struct journal_keep reload_journal(const struct settings *settings);
struct monitor_settings reload_monitor(const struct settings *settings);
struct turns_limits reload_turns(const struct settings *settings);

#endif
