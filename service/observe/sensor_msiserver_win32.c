/* sensor_msiserver_win32.c: queries msiserver's state from the service control manager.
 *
 * It only queries, with SERVICE_QUERY_STATUS. Changes wake the sensor thread with a notification's
 * APC. An open handle keeps a deleted service from disappearing, so the service's handle is kept
 * only while a subscription on it is pending, and with the default intervals for at most 2 s.
 *
 * A notification's buffer belongs to the system until its APC has run. Closing the handle cancels
 * the request, but an APC that is already on its way still comes. So the buffer of a handle that
 * was closed is not used again until the NOTICES - 1 others have been used, which takes seconds.
 */
#include "base/clock.h"
#include "common/win32/msiserver.h"
#include "observe/sensors_win32.h"
#include "base/win32_error.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

#ifndef ERROR_SERVICE_NOTIFY_CLIENT_LAGGING /* mingw-w64 does not define it */
#define ERROR_SERVICE_NOTIFY_CLIENT_LAGGING 1294L
#endif

enum {
    NOTICES = 8,
    REOPEN_MS = 900,    /* less than a calm interval: the next sample or the one after it reopens */
    ARMS_A_SECOND = 64, /* limits the load if the system calls back immediately each time */
};

struct notice {
    SERVICE_NOTIFYW buffer;
    bool outstanding; /* the system has the buffer */
};

struct sensor_msiserver {
    struct sensor base;
    struct log *log;
    SC_HANDLE manager, service;
    uint64_t opened_ms;
    uint64_t second_ms;     /* when the current second began, */
    unsigned arms;          /* and how many subscriptions were made in it */
    struct notice *notices; /* NOTICES of them */
    struct notice *notice;  /* the current subscription's; NULL if there is none */
    size_t next;            /* the index that the next subscription uses */
    DWORD state;            /* as last seen (SERVICE_STOPPED...); 0 if not known */
    DWORD last_error;       /* the error that was logged last; 0 if it could be read */
};

static void CALLBACK on_change(void *parameter)
{
    SERVICE_NOTIFYW *buffer = parameter;
    struct notice *notice = buffer->pContext;
    notice->outstanding = false;
    if (buffer->dwNotificationStatus == ERROR_SUCCESS && buffer->pszServiceNames != NULL) {
        LocalFree(buffer->pszServiceNames);
        buffer->pszServiceNames = NULL;
    }
}

static void close_service(struct sensor_msiserver *sensor)
{
    if (sensor->notice != NULL && sensor->notice->outstanding) {
        sensor->next = (sensor->next + 1) % NOTICES;
    }
    sensor->notice = NULL;
    if (sensor->service != NULL) {
        CloseServiceHandle(sensor->service);
        sensor->service = NULL;
        SleepEx(0, TRUE); /* runs an APC that is already queued */
    }
}

static void close_manager(struct sensor_msiserver *sensor)
{
    close_service(sensor);
    if (sensor->manager != NULL) {
        CloseServiceHandle(sensor->manager);
        sensor->manager = NULL;
    }
}

static DWORD open_service(struct sensor_msiserver *sensor)
{
    if (sensor->manager == NULL) {
        sensor->manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
        if (sensor->manager == NULL) {
            return GetLastError();
        }
    }
    if (sensor->service == NULL) {
        sensor->service = OpenServiceW(sensor->manager, MSISERVER_NAME, SERVICE_QUERY_STATUS);
        if (sensor->service == NULL) {
            return GetLastError();
        }
        sensor->opened_ms = clock_mono_ms();
    }
    return ERROR_SUCCESS;
}

/* A new subscription is called back immediately if the service is in one of the requested states.
 * So the current state is left out: only a change from it matters. */
static DWORD notify_mask(const struct sensor_msiserver *sensor)
{
    DWORD mask = SERVICE_NOTIFY_STOPPED | SERVICE_NOTIFY_START_PENDING |
                 SERVICE_NOTIFY_STOP_PENDING | SERVICE_NOTIFY_RUNNING |
                 SERVICE_NOTIFY_CONTINUE_PENDING | SERVICE_NOTIFY_PAUSE_PENDING |
                 SERVICE_NOTIFY_PAUSED;
    if (sensor->state >= SERVICE_STOPPED && sensor->state <= SERVICE_PAUSED) {
        /* The bits are in the order of the states. */
        mask &= ~(1u << (sensor->state - SERVICE_STOPPED));
    }
    return mask | SERVICE_NOTIFY_DELETE_PENDING;
}

static DWORD subscribe(struct sensor_msiserver *sensor)
{
    struct notice *notice = &sensor->notices[sensor->next];
    memset(&notice->buffer, 0, sizeof notice->buffer);
    notice->buffer.dwVersion = SERVICE_NOTIFY_STATUS_CHANGE;
    notice->buffer.pfnNotifyCallback = on_change;
    notice->buffer.pContext = notice;
    /* Set before the call, because the APC may come at any alertable wait from here on. */
    notice->outstanding = true;
    DWORD error = NotifyServiceStatusChangeW(sensor->service, notify_mask(sensor), &notice->buffer);
    if (error != ERROR_SUCCESS) {
        notice->outstanding = false;
        return error;
    }
    sensor->notice = notice;
    return ERROR_SUCCESS;
}

/* Processes what the current subscription reported, and closes a handle that is due. */
static void look_at_notice(struct sensor_msiserver *sensor, uint64_t now_ms)
{
    struct notice *notice = sensor->notice;
    if (notice != NULL && !notice->outstanding) {
        sensor->notice = NULL;
        if (notice->buffer.dwNotificationStatus != ERROR_SUCCESS ||
            (notice->buffer.dwNotificationTriggered & SERVICE_NOTIFY_DELETE_PENDING) != 0) {
            close_service(sensor);
        }
    }
    if (sensor->service != NULL && now_ms - sensor->opened_ms >= REOPEN_MS) {
        close_service(sensor);
    }
}

static bool may_subscribe(struct sensor_msiserver *sensor, uint64_t now_ms)
{
    if (now_ms - sensor->second_ms >= 1000) {
        sensor->second_ms = now_ms;
        sensor->arms = 0;
    }
    return sensor->arms++ < ARMS_A_SECOND;
}

/* Opens the service and subscribes, if the system allows it. Subscribe first, then query, so that a
 * change between the two is at least notified. */
static DWORD prepare(struct sensor_msiserver *sensor)
{
    uint64_t now_ms = clock_mono_ms();
    look_at_notice(sensor, now_ms);
    DWORD error = open_service(sensor);
    if (error != ERROR_SUCCESS || sensor->notice != NULL || !may_subscribe(sensor, now_ms)) {
        return error;
    }
    if (subscribe(sensor) == ERROR_SERVICE_NOTIFY_CLIENT_LAGGING) {
        close_manager(sensor); /* discards the backlog of notifications */
        error = open_service(sensor);
        if (error == ERROR_SUCCESS) {
            subscribe(sensor);
        }
    }
    return error; /* without a subscription, samples still come at their intervals */
}

static DWORD query(struct sensor_msiserver *sensor, SERVICE_STATUS_PROCESS *status)
{
    DWORD error = prepare(sensor);
    DWORD size;
    if (error == ERROR_SUCCESS && !QueryServiceStatusEx(sensor->service, SC_STATUS_PROCESS_INFO,
                                                        (BYTE *)status, sizeof *status, &size)) {
        error = GetLastError();
    }
    if (error == ERROR_SUCCESS) {
        sensor->state = status->dwCurrentState;
    } else {
        sensor->state = 0;
        if (error != ERROR_SERVICE_DOES_NOT_EXIST && error != ERROR_ACCESS_DENIED) {
            close_manager(sensor); /* whatever the cause is, a new connection may work */
        }
    }
    if (sensor->notice == NULL) {
        close_service(sensor);
    }
    return error;
}

static void read_msiserver(struct sensor *self, struct observation *into)
{
    struct sensor_msiserver *sensor = (struct sensor_msiserver *)self;
    SERVICE_STATUS_PROCESS status;
    DWORD error = query(sensor, &status);
    msiserver_see(error, &status, into);
    if (error != sensor->last_error) {
        sensor->last_error = error;
        if (error != ERROR_SUCCESS) {
            log_win32(sensor->log, LOG_WARN, error, "cannot query the service msiserver");
        } else {
            log_line(sensor->log, LOG_INFO, "the service msiserver can be queried again");
        }
    }
}

static void close_msiserver(struct sensor *self)
{
    struct sensor_msiserver *sensor = (struct sensor_msiserver *)self;
    close_manager(sensor);
    bool outstanding = false;
    for (size_t i = 0; i < NOTICES; i++) {
        outstanding = outstanding || sensor->notices[i].outstanding;
    }
    /* Nothing says when the system no longer needs the buffer of a cancelled request. These few
     * bytes are not freed; the process ends soon. */
    if (!outstanding) {
        free(sensor->notices);
    }
    free(sensor);
}

int sensor_msiserver_new(struct sensor **out, struct log *log)
{
    struct sensor_msiserver *sensor = calloc(1, sizeof *sensor);
    if (sensor == NULL) {
        return UV_ENOMEM;
    }
    sensor->notices = calloc(NOTICES, sizeof *sensor->notices);
    if (sensor->notices == NULL) {
        free(sensor);
        return UV_ENOMEM;
    }
    sensor->base = (struct sensor){.read = read_msiserver, .close = close_msiserver};
    sensor->log = log;
    *out = &sensor->base;
    return 0;
}
