/* event_log_win32.c: reads what MsiInstaller writes to the event log.
 *
 * wevtapi.dll is loaded only for this, because the other commands do not need it.
 */
#include "cli/doctor/event_log.h"
#include "common/event_log.h"
#include "common/utf8.h"
#include "common/win32/wevtapi.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_ONCE = 64,
    LONGEST = 80,    /* bytes that are shown of one element of the data */
    CHECK_MS = 60000 /* fetch at least this often, even without a signal */
};

struct doctor_log {
    struct event_log_api api;
    HMODULE library;
    HANDLE signal; /* set when there may be events; manual reset, because Windows requires it */
    struct event_log *events;
    uint64_t fetched_ms;
    struct edges *timeline; /* while events are added */
    struct records records;
};

void doctor_log_free(struct doctor_log *log)
{
    if (log == NULL) {
        return;
    }
    event_log_free(log->events);
    if (log->signal != NULL) {
        CloseHandle(log->signal);
    }
    if (log->library != NULL) {
        FreeLibrary(log->library);
    }
    free(log);
}

/* The signal is set at first, because Windows may not set it for records that are already there. */
static DWORD open_log(struct doctor_log *log)
{
    DWORD error = wevtapi_load(&log->api, &log->library);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    log->signal = CreateEventW(NULL, TRUE, TRUE, NULL);
    if (log->signal == NULL) {
        return GetLastError();
    }
    error = event_log_new(&log->events, &log->api, records_query);
    return error != ERROR_SUCCESS ? error
                                  : event_log_subscribe(log->events, log->signal, EVENT_LOG_NOW);
}

uint32_t doctor_log_new(struct doctor_log **out)
{
    struct doctor_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    DWORD error = open_log(log);
    if (error != ERROR_SUCCESS) {
        doctor_log_free(log);
        return error;
    }
    *out = log;
    return ERROR_SUCCESS;
}

uint32_t doctor_log_past(struct doctor_log *log, struct records *records)
{
    HANDLE signal = CreateEventW(NULL, TRUE, TRUE, NULL);
    uint32_t error = signal == NULL ? GetLastError()
                                    : records_read_past(records, &log->api, signal);
    if (signal != NULL) {
        CloseHandle(signal);
    }
    return error;
}

struct records doctor_log_records(const struct doctor_log *log)
{
    struct records records = log->records;
    records.unread += event_log_dropped(log->events);
    return records;
}

/* ---- one event ---- */

/* The last part of a path or a URL, because folders contain names of users. */
static const char *last_part(const char *text)
{
    const char *slash = strrchr(text, strstr(text, "://") != NULL ? '/' : '\\');
    return slash == NULL ? text : slash + 1;
}

static void add_value(struct text *out, const char *value)
{
    if (value[0] == '\0' || strcmp(value, "(NULL)") == 0) {
        return;
    }
    const char *part = last_part(value);
    size_t shown = utf8_fit(part, LONGEST);
    text_add(out, "; ");
    text_add_bytes(out, part, shown);
    text_add(out, part[shown] != '\0' ? "..." : "");
}

static void add_event(void *arg, struct event_record *record)
{
    struct doctor_log *log = arg;
    struct text id = {0}, detail = {0};
    char at[MSIWATCH_TIME_CHARS + 1] = "an unknown time";
    records_take(&log->records, record);
    if (record->at_ms != INT64_MIN) {
        time_format(record->at_ms, at);
    }
    text_addf(&id, "%" PRIu32, record->event_id);
    text_addf(&detail, "logged at %s%s; record %" PRIu64, at,
              record->old_form ? " (whole seconds)" : "", record->record_id);
    if (record->writer_pid != 0) {
        text_addf(&detail, "; written by process %" PRIu32, record->writer_pid);
    }
    for (size_t i = 0; i < record->string_count; i++) {
        add_value(&detail, record->strings[i]);
    }
    edges_add(log->timeline, "event", "", id.data, detail.data == NULL ? "" : detail.data);
    text_release(&id);
    text_release(&detail);
}

/* If the log fails, it is followed again from now on; if that fails, too, the next try is in a
 * minute. */
void doctor_log_take(struct doctor_log *log, struct edges *timeline, uint64_t now_ms)
{
    if (log == NULL || (WaitForSingleObject(log->signal, 0) != WAIT_OBJECT_0 &&
                        now_ms - log->fetched_ms < CHECK_MS)) {
        return;
    }
    struct event_log_fetched fetched;
    DWORD error;
    ResetEvent(log->signal); /* before fetching, so that later events set it again */
    log->timeline = timeline;
    log->fetched_ms = now_ms;
    do {
        error = event_log_fetch(log->events, AT_ONCE, add_event, log, &fetched);
    } while (error == ERROR_SUCCESS && fetched.count > 0);
    if (error != ERROR_SUCCESS) {
        event_log_subscribe(log->events, log->signal, EVENT_LOG_NOW);
    }
}
