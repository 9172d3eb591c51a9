/* host.c: from settings to a running service. */
#include "host/host.h"

#include "config/registry_win32.h"
#include "files/data_folder.h"
#include "files/default_folder_win32.h"
#include "files/log_files.h"
#include "eventlog/sink_win32.h"
#include "observe/system.h"
#include "version.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { PATH = SETTINGS_TEXT + 32 };

/* The default folder's name becomes the setting. */
static int read_settings(const struct configuration *configuration, struct settings *settings,
                         struct settings_rejected *rejected, char *error, size_t error_size)
{
    if (!configuration_read(configuration, settings, rejected, error, error_size)) {
        return UV_EINVAL;
    }
    return settings->data[0] != '\0' ? 0 : folder_default(settings->data, sizeof settings->data);
}

bool launch_init(struct launch *launch, const struct configuration *configuration, char *error,
                 size_t error_size)
{
    memset(launch, 0, sizeof *launch);
    launch->configuration = configuration;
    InitializeSRWLock(&launch->lock);
    return read_settings(configuration, &launch->settings, &launch->rejected, error, error_size) !=
           UV_EINVAL;
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

static void open_event_log(struct launch *launch)
{
    struct report_sink *sink;
    int error = eventlog_new(&sink, launch->log);
    if (error == 0) {
        error = report_new(&launch->report, sink);
    }
    if (error != 0) {
        launch->report = NULL;
        log_line(launch->log, LOG_WARN, "nothing is written to Windows' event log: %s",
                 uv_strerror(error));
    }
}

void launch_prepare(struct launch *launch, bool console)
{
    struct settings *settings = &launch->settings;
    turn_error_reporting_on();
    char path[PATH];
    const char *failed = "use the data folder";
    enum files_flaw flaw = FILES_FINE;
    int error = settings->data[0] == '\0' ? UV_ENOENT : folder_make(settings->data, &flaw);
    const char *why = flaw == FILES_SHARED ? files_flaw_words(flaw) : uv_strerror(error);
    if (error == 0) {
        failed = "write a log to";
        snprintf(path, sizeof path, "%s\\msiwatchd.log", settings->data);
        error = log_files_open(&launch->log, path, console, settings->log);
        why = uv_strerror(error);
    }
    if (error != 0) {
        /* Only no memory is left as a reason; then it runs without. */
        if (log_new(&launch->log, NULL, console, settings->log) != 0) {
            launch->log = NULL;
        }
        log_line(launch->log, LOG_WARN, "cannot %s %s: %s; going on without a log file", failed,
                 settings->data, why);
    }
    if (!console) {
        open_event_log(launch);
    }
}

static void report_failure(struct launch *launch, int error)
{
    const char *const texts[] = {MSIWATCH_VERSION, uv_strerror(error)};
    report_add(launch->report, REPORT_FAILED, 2, texts);
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

/* On the watch's thread. */
static void on_registry_changed(void *arg)
{
    struct launch *launch = arg;
    struct settings settings;
    struct settings_rejected rejected;
    char error[SETTINGS_TEXT + 256];
    if (read_settings(launch->configuration, &settings, &rejected, error, sizeof error) != 0) {
        return; /* it was read at the start, with the same options */
    }
    AcquireSRWLockExclusive(&launch->lock);
    if (launch->service != NULL) {
        service_ask_settings(launch->service, &settings, &rejected);
    }
    ReleaseSRWLockExclusive(&launch->lock);
}

static void start_watch(struct launch *launch)
{
    struct registry_watch *watch = registry_watch_new(launch->log, on_registry_changed, launch);
    if (watch == NULL) {
        log_win32(launch->log, LOG_WARN, GetLastError(),
                  "settings that change will be taken up at the next start only");
    }
    AcquireSRWLockExclusive(&launch->lock);
    launch->watch = watch;
    ReleaseSRWLockExclusive(&launch->lock);
}

static void stop_watch(struct launch *launch)
{
    AcquireSRWLockExclusive(&launch->lock);
    struct registry_watch *watch = launch->watch;
    launch->watch = NULL;
    ReleaseSRWLockExclusive(&launch->lock);
    registry_watch_free(watch);
}

int launch_run(struct launch *launch)
{
    struct service *service;
    int error = service_new(&service, &(struct service_config){
                                          .settings = &launch->settings,
                                          .rejected = &launch->rejected,
                                          .log = launch->log,
                                          .report = launch->report,
                                          .add_sensors = system_add_sensors,
                                          .sensors = launch->log,
                                          .ready = on_ready,
                                          .arg = launch,
                                      });
    if (error == 0) {
        publish(launch, service);
        start_watch(launch);
        error = service_run(service);
        stop_watch(launch);
        publish(launch, NULL);
        launch->log_in_use = !service_free(service);
    }
    if (error != 0) {
        report_failure(launch, error);
    }
    return error;
}

void launch_release(struct launch *launch)
{
    report_free(launch->report);
    launch->report = NULL;
    if (!launch->log_in_use) {
        log_free(launch->log);
        launch->log = NULL;
    }
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
    if (launch->watch != NULL) {
        registry_watch_again(launch->watch);
    }
    ReleaseSRWLockExclusive(&launch->lock);
}
