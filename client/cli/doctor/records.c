/* records.c: counts the forms of MsiInstaller's records on this machine. */
#include "cli/doctor/records.h"

#include <inttypes.h>

#define AT_ONCE 64u

const uint16_t records_query[] = u"*[System[Provider[@Name='MsiInstaller']]]";

void records_take(struct records *records, const struct event_record *record)
{
    size_t i = 0;
    if (record->record_id == 0 || record->at_ms == INT64_MIN) {
        records->unread++;
    }
    records->old_form += record->old_form;
    records->new_form += !record->old_form;
    if (record->writer_pid == 0) {
        records->unnamed++;
        return;
    }
    while (i < records->writer_count && records->writers[i] != record->writer_pid) {
        i++;
    }
    if (i == records->writer_count && i < RECORDS_WRITERS) {
        records->writers[records->writer_count++] = record->writer_pid;
    }
}

static void take(void *arg, struct event_record *record)
{
    records_take(arg, record);
}

uint32_t records_read_past(struct records *records, const struct event_log_api *api, void *signal)
{
    struct event_log *log;
    struct event_log_fetched fetched = {0};
    uint64_t newest = 0;
    size_t count = 0;
    uint32_t error = event_log_new(&log, api, records_query);
    if (error != 0) {
        return error;
    }
    error = event_log_subscribe(log, signal, EVENT_LOG_NOW);
    if (error == 0) {
        error = event_log_newest(log, &newest);
    }
    if (error == 0) {
        error = event_log_subscribe(log, signal, newest > RECORDS_PAST ? newest - RECORDS_PAST : 0);
    }
    do {
        if (error == 0) {
            error = event_log_fetch(log, AT_ONCE, take, records, &fetched);
        }
        count += fetched.count;
    } while (error == 0 && fetched.count > 0 && count < RECORDS_PAST);
    records->unread += event_log_dropped(log);
    event_log_free(log);
    return error;
}

void records_report(const struct records *records, struct report *report, enum report_kind kind)
{
    struct text writers = {0};
    report_addf(report, kind, "records.form", "",
                "%" PRIu64 " new, %" PRIu64 " old (whole seconds), %" PRIu64 " unknown",
                records->new_form, records->old_form, records->unread);
    for (size_t i = 0; i < records->writer_count; i++) {
        text_addf(&writers, "%s%" PRIu32, i == 0 ? "pid " : ", ", records->writers[i]);
    }
    text_add(&writers, records->writer_count == 0 ? "" : "; ");
    report_addf(report, kind, "records.writers", "", "%s%" PRIu64 " without a process id",
                writers.data == NULL ? "" : writers.data, records->unnamed);
    text_release(&writers);
}
