/* event_log_win32.c: what MsiInstaller writes to the event log.
 *
 * wevtapi.dll is loaded for this alone: the other commands do without.
 */
#include "cli/doctor/event_log.h"
#include "cli/doctor/system_library.h"
#include "common/win32/wide.h"

#include <stdlib.h>
#include <string.h>
#include <winevt.h>

#define QUERY L"*[System[Provider[@Name='MsiInstaller']]]"
#define TICKS_TO_1970 INT64_C(116444736000000000) /* 100 ns since 1601 */

enum {
    AT_ONCE = 16,        /* events a call */
    LONGEST = 80,        /* of what is shown of one element of the data, in bytes */
    MOST_BYTES = 1 << 20 /* of one event; a bigger one is not MsiInstaller's */
};

typedef EVT_HANDLE(WINAPI *subscribe_call)(EVT_HANDLE session, HANDLE signal, LPCWSTR channel,
                                           LPCWSTR query, EVT_HANDLE bookmark, PVOID context,
                                           EVT_SUBSCRIBE_CALLBACK callback, DWORD flags);
typedef EVT_HANDLE(WINAPI *context_call)(DWORD count, LPCWSTR *paths, DWORD flags);
typedef BOOL(WINAPI *next_call)(EVT_HANDLE results, DWORD size, EVT_HANDLE *events, DWORD timeout,
                                DWORD flags, DWORD *returned);
typedef BOOL(WINAPI *render_call)(EVT_HANDLE context, EVT_HANDLE event, DWORD flags, DWORD size,
                                  PVOID buffer, DWORD *used, DWORD *count);
typedef BOOL(WINAPI *close_call)(EVT_HANDLE handle);

struct event_log {
    HMODULE library;
    context_call create_context;
    next_call next;
    render_call render;
    close_call close;
    HANDLE signal; /* set while there may be events; manual reset, as the system wants it */
    EVT_HANDLE subscription;
    EVT_HANDLE system, user; /* what of an event is to be rendered */
};

static void (*find(HMODULE library, const char *name))(void)
{
    return (void (*)(void))GetProcAddress(library, name);
}

void event_log_free(struct event_log *log)
{
    if (log == NULL) {
        return;
    }
    const EVT_HANDLE handles[] = {log->subscription, log->system, log->user};
    for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) {
        if (handles[i] != NULL) {
            log->close(handles[i]);
        }
    }
    if (log->signal != NULL) {
        CloseHandle(log->signal);
    }
    if (log->library != NULL) {
        FreeLibrary(log->library);
    }
    free(log);
}

static DWORD open_log(struct event_log *log)
{
    log->library = system_library_load(L"wevtapi.dll");
    if (log->library == NULL) {
        return GetLastError();
    }
    subscribe_call subscribe = (subscribe_call)find(log->library, "EvtSubscribe");
    log->create_context = (context_call)find(log->library, "EvtCreateRenderContext");
    log->next = (next_call)find(log->library, "EvtNext");
    log->render = (render_call)find(log->library, "EvtRender");
    log->close = (close_call)find(log->library, "EvtClose");
    if (subscribe == NULL || log->create_context == NULL || log->next == NULL ||
        log->render == NULL || log->close == NULL) {
        return ERROR_PROC_NOT_FOUND;
    }
    log->signal = CreateEventW(NULL, TRUE, TRUE, NULL);
    if (log->signal == NULL) {
        return GetLastError();
    }
    SetLastError(ERROR_CALL_NOT_IMPLEMENTED); /* for a system whose function says nothing */
    log->subscription = subscribe(NULL, log->signal, L"Application", QUERY, NULL, NULL, NULL,
                                  EvtSubscribeToFutureEvents);
    if (log->subscription == NULL) {
        return GetLastError();
    }
    log->system = log->create_context(0, NULL, EvtRenderContextSystem);
    log->user = log->system == NULL ? NULL : log->create_context(0, NULL, EvtRenderContextUser);
    return log->user == NULL ? GetLastError() : ERROR_SUCCESS;
}

uint32_t event_log_new(struct event_log **out)
{
    struct event_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    DWORD error = open_log(log);
    if (error != ERROR_SUCCESS) {
        event_log_free(log);
        return error;
    }
    *out = log;
    return ERROR_SUCCESS;
}

/* ---- one event ---- */

/* The values that the context asks for; the caller's to free. NULL: they cannot be had. */
static EVT_VARIANT *render(struct event_log *log, EVT_HANDLE context, EVT_HANDLE event,
                           DWORD *count)
{
    DWORD size = 0;
    *count = 0;
    if (log->render(context, event, EvtRenderEventValues, 0, NULL, &size, count) ||
        GetLastError() != ERROR_INSUFFICIENT_BUFFER || size > MOST_BYTES) {
        return NULL;
    }
    EVT_VARIANT *values = malloc(size);
    if (values != NULL &&
        !log->render(context, event, EvtRenderEventValues, size, values, &size, count)) {
        free(values);
        values = NULL;
    }
    return values;
}

/* Of a path or a URL the last part: folders have users' names. */
static const char *last_part(const char *text)
{
    const char *slash = strrchr(text, strstr(text, "://") != NULL ? '/' : '\\');
    return slash == NULL ? text : slash + 1;
}

static void add_value(struct text *out, const EVT_VARIANT *value)
{
    if (value->Type == EvtVarTypeUInt32 || value->Type == EvtVarTypeInt32) {
        text_addf(out, "; %lu", (unsigned long)value->UInt32Val);
        return;
    }
    char *text = value->Type == EvtVarTypeString && value->StringVal != NULL
                     ? wide_to_utf8(value->StringVal)
                     : NULL;
    if (text != NULL && text[0] != '\0' && strcmp(text, "(NULL)") != 0) {
        const char *part = last_part(text);
        size_t length = strlen(part);
        size_t shown = length < LONGEST ? length : LONGEST;
        while (shown > 0 && shown < length && ((unsigned char)part[shown] & 0xC0u) == 0x80u) {
            shown--; /* not in the middle of a character */
        }
        text_add(out, "; ");
        text_add_bytes(out, part, shown);
        text_add(out, shown < length ? "..." : "");
    }
    free(text);
}

static void add_data(struct event_log *log, EVT_HANDLE event, struct text *out)
{
    DWORD count;
    EVT_VARIANT *data = render(log, log->user, event, &count);
    for (DWORD i = 0; data != NULL && i < count; i++) {
        add_value(out, &data[i]);
    }
    free(data);
}

static void add_event(struct event_log *log, EVT_HANDLE event, struct edges *timeline)
{
    DWORD count;
    EVT_VARIANT *system = render(log, log->system, event, &count);
    struct text id = {0}, detail = {0};
    if (system == NULL || count <= EvtSystemTimeCreated) {
        text_add(&id, "not readable");
    } else {
        char at[MSIWATCH_TIME_CHARS + 1];
        int64_t ticks = (int64_t)system[EvtSystemTimeCreated].FileTimeVal;
        time_format((ticks - TICKS_TO_1970) / 10000, at);
        text_addf(&id, "%u", (unsigned)system[EvtSystemEventID].UInt16Val);
        text_addf(&detail, "logged at %s", at);
        add_data(log, event, &detail);
    }
    edges_add(timeline, "event", "", id.data, detail.data == NULL ? "" : detail.data);
    text_release(&id);
    text_release(&detail);
    free(system);
}

void event_log_take(struct event_log *log, struct edges *timeline)
{
    if (log == NULL || WaitForSingleObject(log->signal, 0) != WAIT_OBJECT_0) {
        return;
    }
    EVT_HANDLE events[AT_ONCE];
    DWORD count = 0;
    /* Reset first: what comes from here on sets it again. */
    ResetEvent(log->signal);
    while (log->next(log->subscription, AT_ONCE, events, 0, 0, &count)) {
        for (DWORD i = 0; i < count; i++) {
            add_event(log, events[i], timeline);
            log->close(events[i]);
        }
    }
}
