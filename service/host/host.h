/* host.h: from settings to a running service: data folder, log, and the loop. Used by the console
 * and by the Windows service.
 *
 * Windows only. host_* must be called on one thread, except for host_ask_*: any thread, at any time
 * between host_init and the end of the process.
 */
#ifndef MSIWATCH_SERVICE_HOST_H
#define MSIWATCH_SERVICE_HOST_H

#include "service.h"

#include <windows.h>

struct registry_watch;

struct host {
    const struct configuration *configuration;
    struct settings settings; /* as read at the start */
    struct settings_rejected rejected;
    struct mitigation_results mitigations;
    struct log *log; /* never freed: a thread that hangs may use it until the process ends */
    struct eventlog *eventlog; /* NULL in a console, or if there is no event log */
    /* Called when the pipe is open. May be NULL. */
    void (*ready)(void *arg);
    void *arg;

    SRWLOCK lock; /* guards everything below */
    struct service *service;
    struct registry_watch *watch;
    bool stop; /* host_ask_stop was called, perhaps before the service existed */
};

/* Gives up rights that the process does not need (mitigation_win32.h), and reads the settings,
 * which say how many. Call it first. `configuration` stays the caller's and must outlive the host.
 * Returns false if an option is wrong, with the reason in `error`. */
bool host_init(struct host *host, const struct configuration *configuration, char *error,
               size_t error_size);

/* Creates the data folder and opens the log. With `console`, the log also goes to stderr, and
 * nothing goes to Windows' event log. If a part fails, the part of the log that works says so, and
 * the service runs without what failed. */
void host_prepare(struct host *host, bool console);

/* Runs the service until it is asked to stop. Returns 0 or a negative libuv code. */
int host_run(struct host *host);

/* Closes the logs. Call it after host_prepare, just before the process ends. */
void host_release(struct host *host);

void host_ask_stop(struct host *host);
void host_ask_look(struct host *host);
/* Reads the settings again. */
void host_ask_settings(struct host *host);

#endif
