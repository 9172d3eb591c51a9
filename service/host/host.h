/* host.h: from settings to a running service: data folder, log, and the loop, for the console and
 * for the service control manager alike.
 *
 * Windows only. host_* belong to one thread, except for host_ask_*: any thread, at any time
 * between host_init and the end of the process.
 */
#ifndef MSIWATCH_SERVICE_HOST_H
#define MSIWATCH_SERVICE_HOST_H

#include "service.h"

#include <windows.h>

struct registry_watch;

struct host {
    const struct configuration *configuration;
    struct settings settings; /* as read at first */
    struct settings_rejected rejected;
    struct mitigation_results mitigations;
    struct log *log;
    bool log_in_use;           /* until the process ends (service_free) */
    struct eventlog *eventlog; /* NULL: in a console, or there is no event log */
    /* Called once the pipe answers. May be NULL. */
    void (*ready)(void *arg);
    void *arg;

    SRWLOCK lock; /* guards all below */
    struct service *service;
    struct registry_watch *watch;
    bool stop; /* asked before there was a service */
};

/* Gives up what the process does not need (mitigation_win32.h) and reads the settings, which say
 * how much that is: call it first. `configuration` stays the caller's and must outlive the host.
 * False, and what is wrong in `error`, if an option is. */
bool host_init(struct host *host, const struct configuration *configuration, char *error,
               size_t error_size);

/* Makes the data folder and opens the log; `console`: also to stderr, and nothing to Windows' event
 * log. What of it fails is said in
 * what there is of a log, and the service runs without. */
void host_prepare(struct host *host, bool console);

/* Runs the service until it is asked to stop. 0 or a negative libuv code. */
int host_run(struct host *host);

/* Ends the logs. After host_prepare. */
void host_release(struct host *host);

void host_ask_stop(struct host *host);
void host_ask_look(struct host *host);
/* Read the settings again. */
void host_ask_settings(struct host *host);

#endif
