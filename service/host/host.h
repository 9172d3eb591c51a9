/* host.h: from settings to a running service: data folder, log, and the loop, for the console and
 * for the service control manager alike.
 *
 * Windows only. launch_* belong to one thread, but for launch_ask_*: any thread, at any time
 * between launch_init and the end of the process.
 */
#ifndef MSIWATCH_SERVICE_LAUNCH_H
#define MSIWATCH_SERVICE_LAUNCH_H

#include "service.h"

#include <windows.h>

struct registry_watch;

struct launch {
    const struct configuration *configuration;
    struct settings settings; /* as read at first */
    struct settings_rejected rejected;
    struct log *log;
    bool log_in_use;       /* until the process ends (service_free) */
    struct report *report; /* NULL: in a console, or there is no event log */
    /* Called once the pipe answers. May be NULL. */
    void (*ready)(void *arg);
    void *arg;

    SRWLOCK lock; /* guards all below */
    struct service *service;
    struct registry_watch *watch;
    bool stop; /* asked before there was a service */
};

/* Reads the settings; `configuration` stays the caller's and must outlive the launch. False, and
 * what is wrong in `error`, if an option is. */
bool launch_init(struct launch *launch, const struct configuration *configuration, char *error,
                 size_t error_size);

/* Makes the data folder and opens the log; `console`: also to stderr, and nothing to Windows' event
 * log. What of it fails is said in
 * what there is of a log, and the service runs without. */
void launch_prepare(struct launch *launch, bool console);

/* Runs the service until it is asked to stop. 0 or a negative libuv code. */
int launch_run(struct launch *launch);

/* Ends the logs. After launch_prepare. */
void launch_release(struct launch *launch);

void launch_ask_stop(struct launch *launch);
void launch_ask_look(struct launch *launch);
/* Read the settings again. */
void launch_ask_settings(struct launch *launch);

#endif
