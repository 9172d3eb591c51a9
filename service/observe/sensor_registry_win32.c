/* sensor_registry_win32.c: whether ...\Installer\InProgress exists. Also wakes the sensor thread at
 * every change below the Installer key, because an installation writes there early.
 */
#include "base/clock.h"
#include "common/win32/installer_key.h"
#include "observe/sensors_win32.h"
#include "observe/waiter.h"
#include "base/win32_error.h"

#include <stdlib.h>
#include <uv.h>
#include <windows.h>

enum {
    /* A handle to a deleted key stays useless even when the key exists again. So the key is opened
     * again about once a second, whether or not it exists. */
    REOPEN_MS = 900,
    /* The time between two subscriptions. An installation changes hundreds of values in a row, and
     * each would cause a sample. Changes within this time cause one, and one more at its end. */
    REARM_MS = 20,
};

struct sensor_registry {
    struct sensor base;
    struct log *log;
    HKEY key; /* NULL if not open */
    /* A change sets it; this sensor resets it when it has seen the change. It must not be
     * auto-reset, because then the waiter's wait would reset it first. */
    HANDLE changed;
    HANDLE rest; /* a timer that wakes the thread to subscribe again */
    bool subscribed;
    bool opened; /* opened, or tried to, at `opened_ms` */
    uint64_t opened_ms;
    uint64_t subscribed_ms;
    LSTATUS last_error; /* the error that was logged last; 0 if it could be read */
};

static void close_key(struct sensor_registry *sensor)
{
    if (sensor->key != NULL) {
        RegCloseKey(sensor->key); /* sets the event, if subscribed */
        sensor->key = NULL;
    }
    sensor->subscribed = false;
    ResetEvent(sensor->changed);
}

static LSTATUS open_key(struct sensor_registry *sensor, uint64_t now_ms)
{
    sensor->opened = true;
    sensor->opened_ms = now_ms;
    HKEY key;
    LSTATUS error = installer_key_open(&key);
    if (error == ERROR_SUCCESS) {
        sensor->key = key;
    }
    return error;
}

static LSTATUS subscribe(struct sensor_registry *sensor, uint64_t now_ms)
{
    uint64_t since_ms = now_ms - sensor->subscribed_ms;
    if (since_ms < REARM_MS) {
        LARGE_INTEGER due = {.QuadPart = -(LONGLONG)(REARM_MS - since_ms) * 10000};
        SetWaitableTimer(sensor->rest, &due, 0, NULL, NULL, FALSE);
        return ERROR_SUCCESS;
    }
    LSTATUS error = installer_key_notify(sensor->key, sensor->changed);
    sensor->subscribed = error == ERROR_SUCCESS;
    sensor->subscribed_ms = now_ms;
    return error;
}

/* Opens the key and subscribes, if possible. Subscribe first, then query, so that no change is
 * missed. */
static LSTATUS prepare(struct sensor_registry *sensor)
{
    uint64_t now_ms = clock_mono_ms();
    if (WaitForSingleObject(sensor->changed, 0) == WAIT_OBJECT_0) {
        ResetEvent(sensor->changed);
        sensor->subscribed = false;
        sensor->base.hinted = true;
    }
    LSTATUS error = ERROR_SUCCESS;
    if (!sensor->opened || now_ms - sensor->opened_ms >= REOPEN_MS) {
        close_key(sensor);
        error = open_key(sensor, now_ms);
    } else if (sensor->key == NULL) {
        error = sensor->last_error;
    }
    if (sensor->key != NULL && !sensor->subscribed) {
        error = subscribe(sensor, now_ms);
        if (error != ERROR_SUCCESS) {
            close_key(sensor); /* it may have been deleted, so look for a new one */
        }
    }
    return error;
}

static LSTATUS query(struct sensor_registry *sensor, bool *exists)
{
    *exists = false;
    LSTATUS error = prepare(sensor);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    error = installer_key_in_progress(sensor->key, exists);
    if (error != ERROR_SUCCESS) {
        close_key(sensor); /* the open key may be gone */
    }
    return error;
}

static void read_registry(struct sensor *self, struct observation *into)
{
    struct sensor_registry *sensor = (struct sensor_registry *)self;
    LSTATUS error = query(sensor, &into->in_progress);
    into->registry_known = error == ERROR_SUCCESS || installer_key_is_absent(error);
    bool was_known = sensor->last_error == ERROR_SUCCESS ||
                     installer_key_is_absent(sensor->last_error);
    if (!into->registry_known && error != sensor->last_error) {
        log_win32(sensor->log, LOG_WARN, (DWORD)error,
                  "cannot read Windows Installer's key in the registry");
    } else if (into->registry_known && !was_known) {
        log_line(sensor->log, LOG_INFO,
                 "Windows Installer's key in the registry can be read again");
    }
    sensor->last_error = error;
}

static void close_registry(struct sensor *self)
{
    struct sensor_registry *sensor = (struct sensor_registry *)self;
    close_key(sensor);
    CloseHandle(sensor->rest);
    CloseHandle(sensor->changed);
    free(sensor);
}

int sensor_registry_new(struct sensor **out, struct waiter *waiter, struct log *log)
{
    struct sensor_registry *sensor = calloc(1, sizeof *sensor);
    if (sensor == NULL) {
        return UV_ENOMEM;
    }
    int error;
    sensor->base = (struct sensor){.read = read_registry, .close = close_registry};
    sensor->log = log;
    sensor->changed = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (sensor->changed == NULL) {
        error = win32_error_to_uv(GetLastError());
        goto free_sensor;
    }
    sensor->rest = CreateWaitableTimerW(NULL, FALSE, NULL);
    if (sensor->rest == NULL) {
        error = win32_error_to_uv(GetLastError());
        goto close_changed;
    }
    error = waiter_watch(waiter, sensor->changed);
    if (error == 0) {
        error = waiter_watch(waiter, sensor->rest);
    }
    if (error != 0) {
        /* If the waiter is full, that is a bug of ours. The waiter has the handles, so they are not
         * closed. */
        goto free_sensor;
    }
    *out = &sensor->base;
    return 0;

close_changed:
    CloseHandle(sensor->changed);
free_sensor:
    free(sensor);
    return error;
}
