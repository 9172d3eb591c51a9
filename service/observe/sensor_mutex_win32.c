/* sensor_mutex_win32.c: what Global\_MSIExecute is, and who owns it.
 *
 * Query only: the mutex is never waited on, never acquired, never created. Its handle is closed at
 * once: an open one would keep the object alive and fool tools that test for its existence.
 */
#include "observe/owner_win32.h"
#include "observe/sensors_win32.h"
#include "win32_error.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

#include <ntsecapi.h>

#define MUTEX_NAME L"Global\\_MSIExecute"

#ifndef MUTANT_QUERY_STATE /* the same bit as MUTEX_MODIFY_STATE */
#define MUTANT_QUERY_STATE 0x0001
#endif

/* Not in the SDK's headers. */
enum mutant_information_class { MUTANT_BASIC_INFORMATION, MUTANT_OWNER_INFORMATION };

struct mutant_basic_information {
    LONG current_count; /* 1: free; each acquisition takes 1 */
    BOOLEAN owned_by_caller;
    BOOLEAN abandoned;
};

struct mutant_owner_information {
    HANDLE pid, tid; /* zero when nobody owns it */
};

typedef LONG(NTAPI *nt_query_mutant)(HANDLE mutant, int information_class, void *information,
                                     ULONG size, ULONG *returned);

struct sensor_mutex {
    struct sensor base;
    struct log *log;
    nt_query_mutant query;
    struct owner owner;
    DWORD last_error; /* what was logged last; 0: it was read */
};

/* Logs an error where it begins or changes, and its end. */
static void note(struct sensor_mutex *sensor, DWORD error, const char *what)
{
    if (error == sensor->last_error) {
        return;
    }
    sensor->last_error = error;
    if (error != ERROR_SUCCESS) {
        log_win32(sensor->log, LOG_WARN, error, "%s Global\\_MSIExecute", what);
    } else {
        log_line(sensor->log, LOG_INFO, "Global\\_MSIExecute can be read again");
    }
}

/* An owner that the system does not tell is no error: older systems lack the question. */
static void read_owner(struct sensor_mutex *sensor, HANDLE mutex, struct observation *into)
{
    struct mutant_owner_information ids = {NULL, NULL};
    LONG status = sensor->query(mutex, MUTANT_OWNER_INFORMATION, &ids, sizeof ids, NULL);
    if (status < 0 || ids.pid == NULL) {
        return;
    }
    into->mutex.owner_known = true;
    into->mutex.owner_pid = (uint32_t)(uintptr_t)ids.pid;
    into->mutex.owner_tid = (uint32_t)(uintptr_t)ids.tid;
    owner_look(&sensor->owner, into->mutex.owner_pid, into->mutex.owner_tid);
    into->mutex.owner_foreign = sensor->owner.foreign;
    memcpy(into->mutex.owner_image, sensor->owner.image, sizeof sensor->owner.image);
}

static void read_state(struct sensor_mutex *sensor, HANDLE mutex, struct observation *into)
{
    struct mutant_basic_information basic;
    LONG status = sensor->query(mutex, MUTANT_BASIC_INFORMATION, &basic, sizeof basic, NULL);
    if (status < 0) {
        into->mutex.state = MUTEX_ERROR;
        note(sensor, LsaNtStatusToWinError(status), "NtQueryMutant on");
        return;
    }
    note(sensor, ERROR_SUCCESS, "");
    if (basic.current_count <= 0) { /* first: one that is owned can have been abandoned before */
        into->mutex.state = MUTEX_HELD;
        read_owner(sensor, mutex, into);
    } else {
        into->mutex.state = basic.abandoned ? MUTEX_ABANDONED : MUTEX_FREE;
    }
}

static void read_mutex(struct sensor *self, struct observation *into)
{
    struct sensor_mutex *sensor = (struct sensor_mutex *)self;
    memset(&into->mutex, 0, sizeof into->mutex);
    if (sensor->query == NULL) {
        into->mutex.state = MUTEX_ERROR;
        note(sensor, ERROR_PROC_NOT_FOUND, "NtQueryMutant for");
        return;
    }
    HANDLE mutex = OpenMutexW(MUTANT_QUERY_STATE, FALSE, MUTEX_NAME);
    if (mutex != NULL) {
        read_state(sensor, mutex, into);
        CloseHandle(mutex);
        return;
    }
    DWORD error = GetLastError();
    if (error == ERROR_FILE_NOT_FOUND) {
        into->mutex.state = MUTEX_ABSENT;
        note(sensor, ERROR_SUCCESS, "");
        return;
    }
    into->mutex.state = error == ERROR_ACCESS_DENIED ? MUTEX_DENIED : MUTEX_ERROR;
    note(sensor, error, "cannot open");
}

static void close_mutex(struct sensor *self)
{
    free(self);
}

int sensor_mutex_new(struct sensor **out, struct log *log)
{
    struct sensor_mutex *sensor = calloc(1, sizeof *sensor);
    if (sensor == NULL) {
        return UV_ENOMEM;
    }
    sensor->base = (struct sensor){"mutex", read_mutex, close_mutex};
    sensor->log = log;
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    if (ntdll != NULL) {
        sensor->query = (nt_query_mutant)(void (*)(void))GetProcAddress(ntdll, "NtQueryMutant");
    }
    *out = &sensor->base;
    return 0;
}
