/* records.h: counts the forms of MsiInstaller's records in Windows' event log on this machine, and
 * who writes them. Builds of Windows differ in both. Pure, except that it reads the log through a
 * table; one thread. */
#ifndef MSIWATCH_CLI_RECORDS_H
#define MSIWATCH_CLI_RECORDS_H

#include "cli/doctor/report.h"
#include "common/event_log.h"

#define RECORDS_WRITERS 8u

/* How many records of the past are looked at, from any program. */
#define RECORDS_PAST 5000u

/* The query for MsiInstaller's records. */
extern const uint16_t records_query[];

/* All zeroes is a valid start. */
struct records {
    uint64_t old_form, new_form; /* without ProcessID and Version; with them */
    uint64_t unread;             /* in no known form: not rendered, or without an id or a time */
    uint64_t unnamed;            /* without the name of the writer */
    uint32_t writers[RECORDS_WRITERS]; /* the first different pids */
    size_t writer_count;
};

void records_take(struct records *records, const struct event_record *record);

/* Counts the newest records in the log. `signal` as for event_log_subscribe; nothing here resets
 * it. Returns 0, or a Win32 code. */
uint32_t records_read_past(struct records *records, const struct event_log_api *api, void *signal);

/* Adds rows of that kind (a fact or a total) that are named "records.". */
void records_report(const struct records *records, struct report *report, enum report_kind kind);

#endif
