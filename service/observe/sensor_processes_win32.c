/* sensor_processes_win32.c: how many msiexec processes run beside the service's own.
 *
 * A list of all processes costs more than all other sensors together, so it is made once a second,
 * and when the mutex or msiserver changed, which is when it is most likely to be another.
 */
#include "base/clock.h"
#include "observe/sensors_win32.h"
#include "base/win32_error.h"

#include <stdlib.h>
#include <uv.h>
#include <windows.h>

#include <tlhelp32.h>

enum {
    LOOK_MS = 1000,
    LOOK_AGAIN_MS = 50, /* at the least between two, also when changes come faster */
};

struct sensor_processes {
    struct sensor base;
    struct log *log;
    bool looked, changed;
    uint64_t looked_ms;
    int32_t count;
    enum mutex_state mutex; /* as read in the sample before */
    uint32_t owner_pid;
    enum msiserver_state msiserver;
    uint32_t msiserver_pid;
    DWORD last_error; /* what was logged last; 0: it was read */
};

static DWORD count_processes(uint32_t service_pid, int32_t *count)
{
    *count = -1;
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (list == INVALID_HANDLE_VALUE) {
        return GetLastError();
    }
    int32_t found = 0;
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    for (BOOL more = Process32FirstW(list, &entry); more; more = Process32NextW(list, &entry)) {
        if (entry.th32ProcessID != service_pid &&
            CompareStringOrdinal(entry.szExeFile, -1, L"msiexec.exe", -1, TRUE) == CSTR_EQUAL) {
            found++;
        }
    }
    DWORD error = GetLastError();
    CloseHandle(list);
    if (error != ERROR_NO_MORE_FILES) {
        return error;
    }
    *count = found;
    return ERROR_SUCCESS;
}

static bool take_change(struct sensor_processes *sensor, const struct observation *seen)
{
    bool same = sensor->mutex == seen->mutex.state && sensor->owner_pid == seen->mutex.owner_pid &&
                sensor->msiserver == seen->msiserver.state &&
                sensor->msiserver_pid == seen->msiserver.pid;
    sensor->mutex = seen->mutex.state;
    sensor->owner_pid = seen->mutex.owner_pid;
    sensor->msiserver = seen->msiserver.state;
    sensor->msiserver_pid = seen->msiserver.pid;
    return !same;
}

static void read_processes(struct sensor *self, struct observation *into)
{
    struct sensor_processes *sensor = (struct sensor_processes *)self;
    uint64_t now_ms = clock_mono_ms();
    sensor->changed = take_change(sensor, into) || sensor->changed;
    if (!sensor->looked ||
        now_ms - sensor->looked_ms >= (sensor->changed ? LOOK_AGAIN_MS : LOOK_MS)) {
        sensor->looked = true;
        sensor->changed = false;
        sensor->looked_ms = now_ms;
        DWORD error = count_processes(into->msiserver.pid, &sensor->count);
        if (error != ERROR_SUCCESS && error != sensor->last_error) {
            log_win32(sensor->log, LOG_WARN, error, "cannot list the processes");
        }
        sensor->last_error = error;
    }
    into->ui_clients = sensor->count;
}

static void close_processes(struct sensor *self)
{
    free(self);
}

int sensor_processes_new(struct sensor **out, struct log *log)
{
    struct sensor_processes *sensor = calloc(1, sizeof *sensor);
    if (sensor == NULL) {
        return UV_ENOMEM;
    }
    sensor->base = (struct sensor){"processes", read_processes, close_processes};
    sensor->log = log;
    *out = &sensor->base;
    return 0;
}
