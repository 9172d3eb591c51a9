/* sensor_install_log_win32.c: what the event log tells of installations.
 *
 * A pull subscription: the log sets an event, which ends the sensor thread's wait, and the records
 * are fetched when it looks. So nothing runs on a thread of the log's, and closing waits for
 * nobody. Any interactive user may write such records in a flood: they are fetched at most once in
 * DRAIN_MS, as many as the loop has room for; the others wait in the log.
 *
 * wevtapi.dll is loaded from System32 when it is first needed: not every Windows has it.
 */
#include "base/clock.h"
#include "observe/sensors_win32.h"
#include "observe/waiter.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>
#include <windows.h>

#include <winevt.h>

enum { DRAIN_MS = 10, RETRY_MS = 30000, RECORDS_AT_ONCE = 64 };

/* The ids of install_record.h. */
static const wchar_t query[] =
    L"*[System[Provider[@Name='MsiInstaller'] and (EventID=1005 or EventID=1029 or"
    L" (EventID>=1033 and EventID<=1038) or EventID=1040 or EventID=1042 or EventID=11707 or"
    L" EventID=11708 or EventID=11724)]]";

typedef EVT_HANDLE(WINAPI *evt_subscribe)(EVT_HANDLE session, HANDLE signal, LPCWSTR channel,
                                          LPCWSTR query, EVT_HANDLE bookmark, PVOID context,
                                          EVT_SUBSCRIBE_CALLBACK callback, DWORD flags);
typedef BOOL(WINAPI *evt_next)(EVT_HANDLE set, DWORD room, EVT_HANDLE *events, DWORD timeout,
                               DWORD flags, DWORD *count);
typedef BOOL(WINAPI *evt_render)(EVT_HANDLE context, EVT_HANDLE event, DWORD flags, DWORD size,
                                 PVOID buffer, DWORD *used, DWORD *properties);
typedef BOOL(WINAPI *evt_close)(EVT_HANDLE object);

struct sensor_install_log {
    struct sensor base;
    struct log *log;
    struct install_log *records;
    HANDLE signal; /* set by the event log */
    HMODULE library;
    evt_subscribe subscribe;
    evt_next next;
    evt_render render;
    evt_close close;
    EVT_HANDLE subscription; /* NULL: not now */
    bool tried;
    uint64_t tried_ms, drained_ms; /* monotonic */
    DWORD last_error;              /* what was logged last */
    wchar_t *wide;                 /* room for one record, and for it in UTF-8 */
    char *narrow;
};

#define WIDE_BYTES (INSTALL_RECORD_XML_BYTES)

static void say_failure(struct sensor_install_log *sensor, DWORD error, const char *what)
{
    char problem[INSTALL_LOG_PROBLEM_BYTES], words[WIN32_ERROR_WORDS] = "it gave no reason";
    if (error != ERROR_SUCCESS) {
        win32_error_words(error, words, sizeof words);
    }
    snprintf(problem, sizeof problem, "%s: %.120s (error %lu)", what, words, error);
    install_log_set_health(sensor->records,
                           error == ERROR_ACCESS_DENIED ? HEALTH_DENIED : HEALTH_UNAVAILABLE,
                           problem);
    if (!sensor->tried || error != sensor->last_error) {
        log_line(sensor->log, LOG_WARN, "the event log cannot be read: %s", problem);
    }
    sensor->last_error = error;
}

static FARPROC find(struct sensor_install_log *sensor, const char *name)
{
    return sensor->library == NULL ? NULL : GetProcAddress(sensor->library, name);
}

static bool load(struct sensor_install_log *sensor)
{
    if (sensor->library == NULL) {
        sensor->library = LoadLibraryExW(L"wevtapi.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
        sensor->subscribe = (evt_subscribe)(void (*)(void))find(sensor, "EvtSubscribe");
        sensor->next = (evt_next)(void (*)(void))find(sensor, "EvtNext");
        sensor->render = (evt_render)(void (*)(void))find(sensor, "EvtRender");
        sensor->close = (evt_close)(void (*)(void))find(sensor, "EvtClose");
    }
    if (sensor->wide == NULL) {
        sensor->wide = malloc(WIDE_BYTES);
        sensor->narrow = malloc(INSTALL_RECORD_XML_BYTES);
    }
    if (sensor->wide == NULL || sensor->narrow == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return false;
    }
    return sensor->subscribe != NULL && sensor->next != NULL && sensor->render != NULL &&
           sensor->close != NULL;
}

/* Tried again after a while, and after the event log has gone. */
static void open_log(struct sensor_install_log *sensor, uint64_t now_ms)
{
    if (sensor->subscription != NULL || (sensor->tried && now_ms - sensor->tried_ms < RETRY_MS)) {
        return;
    }
    sensor->tried_ms = now_ms;
    if (!load(sensor)) {
        say_failure(sensor, GetLastError(), "loading wevtapi.dll");
        sensor->tried = true;
        return;
    }
    SetLastError(ERROR_SUCCESS);
    sensor->subscription = sensor->subscribe(NULL, sensor->signal, L"Application", query, NULL,
                                             NULL, NULL, EvtSubscribeToFutureEvents);
    if (sensor->subscription == NULL) {
        say_failure(sensor, GetLastError(), "EvtSubscribe to the log Application");
    } else {
        install_log_set_health(sensor->records, HEALTH_OK, "");
        if (sensor->tried) {
            log_line(sensor->log, LOG_INFO, "the event log can be read");
        }
        sensor->last_error = ERROR_SUCCESS;
    }
    sensor->tried = true;
}

/* What cannot be rendered, or is longer than any record should be, is passed over. */
static void take(struct sensor_install_log *sensor, EVT_HANDLE event)
{
    DWORD used = 0, properties = 0;
    if (!sensor->render(NULL, event, EvtRenderEventXml, WIDE_BYTES, sensor->wide, &used,
                        &properties) ||
        used < sizeof *sensor->wide) {
        return;
    }
    int length = (int)(used / sizeof *sensor->wide);
    int size = WideCharToMultiByte(CP_UTF8, 0, sensor->wide, length, sensor->narrow,
                                   (int)INSTALL_RECORD_XML_BYTES, NULL, NULL);
    while (size > 0 && sensor->narrow[size - 1] == '\0') {
        size--; /* what ends the string is counted */
    }
    if (size > 0) {
        install_log_put(sensor->records, sensor->narrow, (size_t)size);
    }
}

static int fetch(void *arg, size_t most)
{
    struct sensor_install_log *sensor = arg;
    EVT_HANDLE events[RECORDS_AT_ONCE];
    DWORD count = 0, room = most < RECORDS_AT_ONCE ? (DWORD)most : RECORDS_AT_ONCE;
    if (!sensor->next(sensor->subscription, room, events, 0, 0, &count)) {
        DWORD error = GetLastError();
        if (error == ERROR_NO_MORE_ITEMS || error == ERROR_TIMEOUT) {
            return 0;
        }
        say_failure(sensor, error, "EvtNext of the log Application");
        return win32_error_to_uv(error);
    }
    for (DWORD i = 0; i < count; i++) {
        take(sensor, events[i]);
        sensor->close(events[i]);
    }
    return (int)count;
}

/* False when the subscription is of no use any more. */
static bool drain(struct sensor_install_log *sensor)
{
    ResetEvent(sensor->signal); /* first, so that what comes meanwhile sets it again */
    int more = install_log_drain(sensor->records, fetch, sensor);
    if (more > 0) {
        SetEvent(sensor->signal); /* ends the next wait, too */
    }
    return more >= 0;
}

static void close_log(struct sensor_install_log *sensor)
{
    if (sensor->subscription != NULL) {
        sensor->close(sensor->subscription);
        sensor->subscription = NULL;
        ResetEvent(sensor->signal);
    }
}

static void read_install_log(struct sensor *self, struct observation *into)
{
    struct sensor_install_log *sensor = (struct sensor_install_log *)self;
    uint64_t now_ms = clock_mono_ms();
    (void)into; /* the records go their own way */
    open_log(sensor, now_ms);
    if (sensor->subscription == NULL || WaitForSingleObject(sensor->signal, 0) != WAIT_OBJECT_0) {
        return;
    }
    uint64_t since_ms = now_ms - sensor->drained_ms;
    if (since_ms < DRAIN_MS) {
        Sleep((DWORD)(DRAIN_MS - since_ms));
    }
    if (!drain(sensor)) {
        close_log(sensor);
    }
    sensor->drained_ms = clock_mono_ms();
}

static void close_install_log(struct sensor *self)
{
    struct sensor_install_log *sensor = (struct sensor_install_log *)self;
    close_log(sensor);
    if (sensor->library != NULL) {
        FreeLibrary(sensor->library);
    }
    CloseHandle(sensor->signal);
    free(sensor->wide);
    free(sensor->narrow);
    free(sensor);
}

int sensor_install_log_new(struct sensor **out, struct waiter *waiter, struct install_log *records,
                           struct log *log)
{
    struct sensor_install_log *sensor = calloc(1, sizeof *sensor);
    if (sensor == NULL) {
        return UV_ENOMEM;
    }
    sensor->base = (struct sensor){"install_log", read_install_log, close_install_log};
    sensor->log = log;
    sensor->records = records;
    sensor->signal = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (sensor->signal == NULL) {
        int error = win32_error_to_uv(GetLastError());
        free(sensor);
        return error;
    }
    int error = waiter_watch(waiter, sensor->signal);
    if (error != 0) {
        /* A waiter that is full is a mistake of ours; the handle is in it, so it stays. */
        free(sensor);
        return error;
    }
    *out = &sensor->base;
    return 0;
}
