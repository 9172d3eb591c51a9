/* sensor_install_log_win32.c: reads the event log's records about installations.
 *
 * It uses a pull subscription (event_follower.h): the log sets an event, which ends the sensor
 * thread's wait, and the next sample fetches the records. So nothing runs on a thread of the log,
 * and closing never waits. Any interactive user may write a flood of such records, so they are
 * fetched at most once in DRAIN_MS, and only as many as the loop has room for; the rest waits in
 * the log.
 *
 * wevtapi.dll is loaded from System32 when it is first needed, because not every Windows has it.
 */
#include "base/clock.h"
#include "base/win32_error.h"
#include "common/win32/owner.h"
#include "common/win32/wevtapi.h"
#include "observe/event_follower.h"
#include "observe/sensors_win32.h"
#include "observe/waiter.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { DRAIN_MS = 10, RETRY_MS = 30000 };

struct sensor_install_log {
    struct sensor base;
    struct log *log;
    struct install_log *records;
    HANDLE signal; /* set by the event log */
    struct event_log_api api;
    HMODULE library; /* NULL if it is not loaded, or the table was given */
    struct event_follower *follower;
    bool tried;
    uint64_t tried_ms, looked_ms; /* monotonic */
    uint32_t service_pid;         /* msiserver's process id in this sample */
};

static void words_of(uint32_t error, char *out, size_t size)
{
    char words[WIN32_ERROR_WORDS];
    win32_error_words(error, words, sizeof words);
    snprintf(out, size, "%s", words);
}

static void report_no_library(struct sensor_install_log *sensor, DWORD error)
{
    char problem[INSTALL_LOG_PROBLEM_BYTES], words[INSTALL_LOG_PROBLEM_BYTES / 2];
    words_of(error, words, sizeof words);
    snprintf(problem, sizeof problem, "loading wevtapi.dll: %s (error %lu)", words, error);
    install_log_set_health(sensor->records, HEALTH_UNAVAILABLE, problem);
    if (!sensor->tried) {
        log_line(sensor->log, LOG_WARN, "the event log cannot be read: %s", problem);
    }
}

static enum record_writer writer_of(void *arg, uint32_t pid, int64_t written_ms)
{
    const struct sensor_install_log *sensor = arg;
    return owner_writer(pid, written_ms, sensor->service_pid);
}

static bool make_follower(struct sensor_install_log *sensor)
{
    struct event_follower_config config = {
        .api = &sensor->api,
        .signal = sensor->signal,
        .records = sensor->records,
        .log = sensor->log,
        .writer = writer_of,
        .arg = sensor,
        .words = words_of,
    };
    return event_follower_new(&sensor->follower, &config) == 0;
}

/* Loads the library. After a failure, tries again later. */
static bool load(struct sensor_install_log *sensor, uint64_t now_ms)
{
    if (sensor->follower != NULL) {
        return true;
    }
    if (sensor->tried && now_ms - sensor->tried_ms < RETRY_MS) {
        return false;
    }
    DWORD error = sensor->api.subscribe != NULL ? ERROR_SUCCESS
                                                : wevtapi_load(&sensor->api, &sensor->library);
    if (error != ERROR_SUCCESS) {
        report_no_library(sensor, error);
    }
    sensor->tried = true;
    sensor->tried_ms = now_ms;
    return error == ERROR_SUCCESS && make_follower(sensor);
}

static void follow(struct sensor_install_log *sensor, const struct observation *into)
{
    uint64_t now_ms = clock_mono_ms();
    sensor->service_pid = into->msiserver.pid; /* that sensor is read before this one */
    if (!load(sensor, now_ms)) {
        return;
    }
    bool signalled = WaitForSingleObject(sensor->signal, 0) == WAIT_OBJECT_0;
    if (signalled) {
        if (now_ms - sensor->looked_ms < DRAIN_MS) {
            return; /* the signal stays set, so the next sample comes soon */
        }
        ResetEvent(sensor->signal); /* first, so that records that come meanwhile set it again */
        sensor->looked_ms = now_ms;
    }
    if (event_follower_look(sensor->follower, now_ms, clock_wall_ms(), signalled)) {
        SetEvent(sensor->signal); /* there is more, so the next wait must end early, too */
    }
}

static void read_install_log(struct sensor *self, struct observation *into)
{
    struct sensor_install_log *sensor = (struct sensor_install_log *)self;
    follow(sensor, into);
    self->news = install_log_has_news(sensor->records);
}

static void close_install_log(struct sensor *self)
{
    struct sensor_install_log *sensor = (struct sensor_install_log *)self;
    event_follower_free(sensor->follower);
    if (sensor->library != NULL) {
        FreeLibrary(sensor->library);
    }
    CloseHandle(sensor->signal);
    free(sensor);
}

int sensor_install_log_new_with(struct sensor **out, struct waiter *waiter,
                                struct install_log *records, struct log *log,
                                const struct event_log_api *api)
{
    struct sensor_install_log *sensor = calloc(1, sizeof *sensor);
    if (sensor == NULL) {
        return UV_ENOMEM;
    }
    sensor->base = (struct sensor){.read = read_install_log, .close = close_install_log};
    sensor->log = log;
    sensor->records = records;
    if (api != NULL) {
        sensor->api = *api;
    }
    sensor->signal = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (sensor->signal == NULL) {
        int error = win32_error_to_uv(GetLastError());
        free(sensor);
        return error;
    }
    int error = waiter_watch(waiter, sensor->signal);
    if (error != 0) {
        /* If the waiter is full, that is a bug of ours. The waiter has the handle, so it is not
         * closed. */
        free(sensor);
        return error;
    }
    *out = &sensor->base;
    return 0;
}

int sensor_install_log_new(struct sensor **out, struct waiter *waiter, struct install_log *records,
                           struct log *log)
{
    return sensor_install_log_new_with(out, waiter, records, log, NULL);
}
