/* sink_win32.c: Windows' event log as a sink. */
#include "eventlog/sink_win32.h"

#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdlib.h>
#include <uv.h>
#include <wchar.h>
#include <windows.h>

#include "messages.h" /* made from messages.mc */

#define SOURCE L"MsiWatch"
#define SOURCE_KEY L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\" SOURCE

/* The highest two bits of a message's number are its severity. The low word is the event id that
 * readers see. */
#define MESSAGE(level, number) ((DWORD)(level) << 30 | (DWORD)(number))
#define SAME(name, number, level)                                                                  \
    _Static_assert(MSG_##name == MESSAGE(EVENTLOG_##level, number),                                \
                   "eventlog.h and messages.mc differ");
EVENTLOG_ENTRIES(SAME)

struct eventlog {
    struct eventlog_sink base;
    struct log *log;
    HANDLE source; /* NULL if not open */
    DWORD last_error;
};

static WORD type_of(enum eventlog_level level)
{
    return level == EVENTLOG_ERROR     ? EVENTLOG_ERROR_TYPE
           : level == EVENTLOG_WARNING ? EVENTLOG_WARNING_TYPE
                                       : EVENTLOG_INFORMATION_TYPE;
}

static DWORD write_texts(struct eventlog *eventlog, const struct eventlog_entry *entry,
                         const wchar_t *texts[EVENTLOG_TEXTS])
{
    if (eventlog->source == NULL) {
        eventlog->source = RegisterEventSourceW(NULL, SOURCE);
    }
    enum eventlog_level level = eventlog_level_of(entry->id);
    if (eventlog->source != NULL &&
        ReportEventW(eventlog->source, type_of(level), 0, MESSAGE(level, entry->id), NULL,
                     (WORD)entry->count, 0, texts, NULL)) {
        return ERROR_SUCCESS;
    }
    DWORD error = GetLastError();
    if (eventlog->source != NULL) { /* the event log service may have been restarted */
        DeregisterEventSource(eventlog->source);
        eventlog->source = NULL;
    }
    return error;
}

static void write_entry(struct eventlog_sink *self, const struct eventlog_entry *entry)
{
    struct eventlog *eventlog = (struct eventlog *)self;
    wchar_t *wide[EVENTLOG_TEXTS] = {NULL};
    const wchar_t *texts[EVENTLOG_TEXTS];
    for (size_t i = 0; i < entry->count; i++) {
        /* Fails if it was cut inside a character, or for lack of memory. */
        wide[i] = wide_from_utf8(entry->texts[i]);
        texts[i] = wide[i] != NULL ? wide[i] : L"?";
    }
    DWORD error = write_texts(eventlog, entry, texts);
    if (error != ERROR_SUCCESS) {
        error = write_texts(eventlog, entry, texts);
    }
    if (error != ERROR_SUCCESS && error != eventlog->last_error) {
        log_win32(eventlog->log, LOG_WARN, error, "cannot write to Windows' event log");
    }
    eventlog->last_error = error;
    for (size_t i = 0; i < entry->count; i++) {
        free(wide[i]);
    }
}

static void close_eventlog(struct eventlog_sink *self)
{
    struct eventlog *eventlog = (struct eventlog *)self;
    if (eventlog->source != NULL) {
        DeregisterEventSource(eventlog->source);
    }
    free(eventlog);
}

int eventlog_sink_new(struct eventlog_sink **out, struct log *log)
{
    struct eventlog *eventlog = calloc(1, sizeof *eventlog);
    if (eventlog == NULL) {
        return UV_ENOMEM;
    }
    eventlog->base = (struct eventlog_sink){write_entry, close_eventlog};
    eventlog->log = log;
    *out = &eventlog->base;
    return 0;
}

/* ---- the source ---- */

unsigned long eventlog_add_source(const wchar_t *image)
{
    HKEY key;
    DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
    LSTATUS error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, SOURCE_KEY, 0, NULL, 0, KEY_SET_VALUE, NULL,
                                    &key, NULL);
    if (error != ERROR_SUCCESS) {
        return (DWORD)error;
    }
    error = RegSetValueExW(key, L"EventMessageFile", 0, REG_EXPAND_SZ, (const BYTE *)image,
                           (DWORD)((wcslen(image) + 1) * sizeof *image));
    if (error == ERROR_SUCCESS) {
        error = RegSetValueExW(key, L"TypesSupported", 0, REG_DWORD, (const BYTE *)&types,
                               sizeof types);
    }
    RegCloseKey(key);
    return (DWORD)error;
}

unsigned long eventlog_remove_source(void)
{
    LSTATUS error = RegDeleteKeyW(HKEY_LOCAL_MACHINE, SOURCE_KEY);
    return error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : (DWORD)error;
}
