/* records.h: what MsiInstaller's records in Windows' event log look like on this machine: their
 * form, and who writes them. Windows' builds differ in both. Pure but for the log that is read,
 * behind its table; one thread. */
#ifndef MSIWATCH_CLI_RECORDS_H
#define MSIWATCH_CLI_RECORDS_H

#include "cli/doctor/report.h"
#include "common/event_log.h"

#define RECORDS_WRITERS 8u

/* A look at the past is at so many records, whoever wrote them. */
#define RECORDS_PAST 5000u

/* What MsiInstaller wrote. */
extern const uint16_t records_query[];

/* All zeroes is a valid start. */
struct records {
    uint64_t old_form, new_form; /* without ProcessID and Version; with them */
    uint64_t unread;             /* of no known form: not rendered, or without an id or a time */
    uint64_t unnamed;            /* that do not name who wrote them */
    uint32_t writers[RECORDS_WRITERS]; /* pids, the first ones seen */
    size_t writer_count;
};

void records_take(struct records *records, const struct event_record *record);

/* Takes the newest ones that are in the log. `signal`: as event_log_subscribe takes it; reset by
 * nobody here. 0, or a Win32 code. */
uint32_t records_read_past(struct records *records, const struct event_log_api *api, void *signal);

/* Adds rows of that kind, a fact or a total, named "records.". */
void records_report(const struct records *records, struct report *report, enum report_kind kind);

#endif
