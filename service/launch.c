/* launch.c: from settings to a running service. */
#include "launch.h"

#include "record/folder.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { PATH = SETTINGS_TEXT + 32 };

void launch_init(struct launch *launch, const struct settings *settings)
{
    memset(launch, 0, sizeof *launch);
    launch->settings = *settings;
    InitializeSRWLock(&launch->lock);
}

/* libuv turns Windows error reporting off when it is first used: a crash would leave no trace. */
static void turn_error_reporting_on(void)
{
    uv_loop_t loop;
    if (uv_loop_init(&loop) == 0) {
        uv_loop_close(&loop);
    }
    SetErrorMode(SEM_FAILCRITICALERRORS);
}

/* The folder's name becomes the setting. */
static int make_folder(struct settings *settings)
{
    int error = 0;
    if (settings->data[0] == '\0') {
        error = folder_default(settings->data, sizeof settings->data);
    }
    return error != 0 ? error : folder_make(settings->data);
}

void launch_prepare(struct launch *launch, bool console)
{
    struct settings *settings = &launch->settings;
    turn_error_reporting_on();
    char path[PATH];
    int error = make_folder(settings);
    const char *failed = "make the data folder";
    if (error == 0) {
        failed = "write a log to";
        snprintf(path, sizeof path, "%s\\msiwatchd.log", settings->data);
        error = log_new(&launch->log, path, console, settings->log);
    }
    if (error != 0) {
        /* Only no memory is left as a reason; then it runs without. */
        if (log_new(&launch->log, NULL, console, settings->log) != 0) {
            launch->log = NULL;
        }
        log_line(launch->log, LOG_WARN, "cannot %s %s: %s; going on without a log file", failed,
                 settings->data, uv_strerror(error));
    }
}

static void on_ready(void *arg)
{
    struct launch *launch = arg;
    if (launch->ready != NULL) {
        launch->ready(launch->arg);
    }
}

/* From here on it can be asked; or, with NULL, no more. */
static void publish(struct launch *launch, struct service *service)
{
    AcquireSRWLockExclusive(&launch->lock);
    launch->service = service;
    if (service != NULL && launch->stop) {
        service_ask_stop(service);
    }
    ReleaseSRWLockExclusive(&launch->lock);
}

int launch_run(struct launch *launch)
{
    struct service *service;
    int error = service_new(&service, &(struct service_config){
                                          .settings = &launch->settings,
                                          .log = launch->log,
                                          .sensors = launch->log,
                                          .ready = on_ready,
                                          .arg = launch,
                                      });
    if (error == 0) {
        publish(launch, service);
        error = service_run(service);
        publish(launch, NULL);
        service_free(service);
    }
    return error;
}

void launch_release(struct launch *launch)
{
    log_free(launch->log);
    launch->log = NULL;
}

void launch_ask_stop(struct launch *launch)
{
    AcquireSRWLockExclusive(&launch->lock);
    launch->stop = true;
    if (launch->service != NULL) {
        service_ask_stop(launch->service);
    }
    ReleaseSRWLockExclusive(&launch->lock);
}

void launch_ask_look(struct launch *launch)
{
    AcquireSRWLockExclusive(&launch->lock);
    if (launch->service != NULL) {
        service_ask_look(launch->service);
    }
    ReleaseSRWLockExclusive(&launch->lock);
}

void launch_ask_settings(struct launch *launch)
{
    AcquireSRWLockExclusive(&launch->lock);
    if (launch->service != NULL) {
        service_ask_settings(launch->service, &launch->settings);
    }
    ReleaseSRWLockExclusive(&launch->lock);
}
