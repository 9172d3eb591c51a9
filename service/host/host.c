/* host.c: from settings to a running service. */
#include "host/host.h"

#include "config/registry_win32.h"
#include "files/default_folder_win32.h"
#include "files/log_files.h"
#include "files/secure_files.h"
#include "eventlog/sink_win32.h"
#include "host/mitigation_win32.h"
#include "observe/system.h"
#include "version.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

enum { PATH = SETTINGS_TEXT + 32 };

/* If no data folder is set, stores the default folder's name in the setting. */
static int read_settings(const struct configuration *configuration, struct settings *settings,
                         struct settings_rejected *rejected, char *error, size_t error_size)
{
    if (!configuration_read(configuration, settings, rejected, error, error_size)) {
        return UV_EINVAL;
    }
    return settings->data[0] != '\0' ? 0 : folder_default(settings->data, sizeof settings->data);
}

bool host_init(struct host *host, const struct configuration *configuration, char *error,
               size_t error_size)
{
    memset(host, 0, sizeof *host);
    host->configuration = configuration;
    InitializeSRWLock(&host->lock);
    mitigation_lock_down(&mitigation_api_windows, &host->mitigations);
    if (read_settings(configuration, &host->settings, &host->rejected, error, error_size) ==
        UV_EINVAL) {
        return false;
    }
    mitigation_complete(&mitigation_api_windows, host->settings.mitigations, &host->mitigations);
    return true;
}

/* libuv turns Windows error reporting off when it is first used. Uses libuv once and turns it on
 * again, because otherwise a crash would leave no trace. */
static void turn_error_reporting_on(void)
{
    uv_loop_t loop;
    if (uv_loop_init(&loop) == 0) {
        uv_loop_close(&loop);
    }
    SetErrorMode(SEM_FAILCRITICALERRORS);
}

static void log_mitigations(const struct host *host)
{
    for (size_t i = 0; i < host->mitigations.count; i++) {
        const struct mitigation_result *result = &host->mitigations.list[i];
        if (result->error != ERROR_SUCCESS) {
            log_win32(host->log, LOG_WARN, result->error, "mitigation %s: cannot be set, is now %s",
                      result->name, mitigation_state_name(result->state));
        } else {
            log_line(host->log, LOG_INFO, "mitigation %s: %s", result->name,
                     mitigation_state_name(result->state));
        }
    }
}

static void open_event_log(struct host *host)
{
    struct eventlog_sink *sink;
    int error = eventlog_sink_new(&sink, host->log);
    if (error == 0) {
        error = eventlog_new(&host->eventlog, sink);
    }
    if (error != 0) {
        host->eventlog = NULL;
        log_line(host->log, LOG_WARN, "nothing will be written to Windows' event log: %s",
                 uv_strerror(error));
    }
}

void host_prepare(struct host *host, bool console)
{
    struct settings *settings = &host->settings;
    turn_error_reporting_on();
    char path[PATH], unmade[FILES_PATH];
    const char *failed = "use the data folder", *why = unmade;
    struct files_secured secured = {.defect = FILES_FINE};
    int error = settings->data[0] == '\0' ? UV_ENOENT
                                          : files_secure_folder(settings->data, &secured);
    if (error != 0) {
        files_explain(&secured, error, unmade, sizeof unmade);
    }
    if (error == 0) {
        failed = "write a log to";
        snprintf(path, sizeof path, "%s\\msiwatchd.log", settings->data);
        error = log_files_open(&host->log, path, console, settings->log);
        why = uv_strerror(error);
    }
    if (error != 0) {
        /* Without a file this fails only for lack of memory; then the service runs without a
         * log. */
        if (log_new(&host->log, NULL, console, settings->log) != 0) {
            host->log = NULL;
        }
        log_line(host->log, LOG_WARN, "cannot %s %s: %s; continuing without a log file", failed,
                 settings->data, why);
    }
    log_mitigations(host);
    if (!console) {
        open_event_log(host);
    }
}

static void report_failure(struct host *host, int error)
{
    const char *const texts[] = {MSIWATCH_VERSION, uv_strerror(error)};
    eventlog_add(host->eventlog, EVENTLOG_FAILED, 2, texts);
}

/* From now on host_ask_* reach this service; with NULL, they reach none. */
static void publish(struct host *host, struct service *service)
{
    AcquireSRWLockExclusive(&host->lock);
    host->service = service;
    if (service != NULL && host->stop) {
        service_ask_stop(service);
    }
    ReleaseSRWLockExclusive(&host->lock);
}

/* Called on the watch's thread. */
static void on_registry_changed(void *arg)
{
    struct host *host = arg;
    struct settings settings;
    struct settings_rejected rejected;
    char error[SETTINGS_TEXT + 256];
    if (read_settings(host->configuration, &settings, &rejected, error, sizeof error) != 0) {
        return; /* unlikely, because the same options were accepted at the start */
    }
    AcquireSRWLockExclusive(&host->lock);
    if (host->service != NULL) {
        service_ask_settings(host->service, &settings, &rejected);
    }
    ReleaseSRWLockExclusive(&host->lock);
}

static void start_watch(struct host *host)
{
    struct registry_watch *watch = registry_watch_new(host->log, on_registry_changed, host);
    if (watch == NULL) {
        log_win32(host->log, LOG_WARN, GetLastError(),
                  "cannot watch the settings: changes take effect only at the next start");
    }
    AcquireSRWLockExclusive(&host->lock);
    host->watch = watch;
    ReleaseSRWLockExclusive(&host->lock);
}

static void stop_watch(struct host *host)
{
    AcquireSRWLockExclusive(&host->lock);
    struct registry_watch *watch = host->watch;
    host->watch = NULL;
    ReleaseSRWLockExclusive(&host->lock);
    registry_watch_free(watch);
}

int host_run(struct host *host)
{
    struct service *service;
    int error = service_new(&service, &(struct service_config){
                                          .settings = &host->settings,
                                          .rejected = &host->rejected,
                                          .mitigations = &host->mitigations,
                                          .log = host->log,
                                          .eventlog = host->eventlog,
                                          .add_sensors = system_add_sensors,
                                          .sensors = host->log,
                                          .booted_ms = system_booted_ms(),
                                          .uptime_ms = GetTickCount64(),
                                          .ready = host->ready,
                                          .arg = host->arg,
                                      });
    if (error == 0) {
        publish(host, service);
        start_watch(host);
        service_run(service);
        stop_watch(host);
        publish(host, NULL);
        service_free(service);
    }
    if (error != 0) {
        report_failure(host, error);
    }
    return error;
}

void host_release(struct host *host)
{
    eventlog_free(host->eventlog);
    host->eventlog = NULL;
    log_end(host->log);
}

void host_ask_stop(struct host *host)
{
    AcquireSRWLockExclusive(&host->lock);
    host->stop = true;
    if (host->service != NULL) {
        service_ask_stop(host->service);
    }
    ReleaseSRWLockExclusive(&host->lock);
}

void host_ask_look(struct host *host)
{
    AcquireSRWLockExclusive(&host->lock);
    if (host->service != NULL) {
        service_ask_look(host->service);
    }
    ReleaseSRWLockExclusive(&host->lock);
}

void host_ask_settings(struct host *host)
{
    AcquireSRWLockExclusive(&host->lock);
    if (host->watch != NULL) {
        registry_watch_again(host->watch);
    }
    ReleaseSRWLockExclusive(&host->lock);
}
