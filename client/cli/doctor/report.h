/* report.h: writes the doctor's report: rows, as text for people, as CSV, or as one JSON object per
 * line. Pure functions that add to a text; the caller prints it. */
#ifndef MSIWATCH_CLI_REPORT_H
#define MSIWATCH_CLI_REPORT_H

#include "cli/base/text.h"

#include <stdint.h>

enum report_form { REPORT_TEXT, REPORT_CSV, REPORT_JSON };

/* The kinds of rows, in this order: something that is wrong; a fact; a change at a moment (an
 * edge); a total over all samples; something that is wrong and was found during the timeline; what
 * the service recorded. A CSV table has neither findings nor the service's history. */
enum report_kind {
    REPORT_NOTHING,
    REPORT_FINDING,
    REPORT_FACT,
    REPORT_EDGE,
    REPORT_TOTAL,
    REPORT_LATE_FINDING,
    REPORT_HISTORY,
};

#define REPORT_BEFORE UINT64_MAX

/* Strings may come from outside; NULL counts as "". */
struct report_row {
    enum report_kind kind;
    int64_t at_ms;      /* for an edge and for history: milliseconds since 1970-01-01 UTC */
    uint64_t offset_ms; /* since the timeline began; REPORT_BEFORE: before it began */
    const char *subject;
    const char *from;   /* "" for what was there at the beginning; for a finding, its severity */
    const char *to;     /* or the value, or a finding's sentence */
    const char *detail; /* for a finding: what to do */
};

/* All zeroes except for these two is a valid start. */
struct report {
    enum report_form form;
    struct text *out;
    enum report_kind last; /* the previous row's kind */
};

void report_row(struct report *report, const struct report_row *row);

/* Adds, in text only, that there are no findings. Programs see that from the missing rows. */
void report_nothing_found(struct report *report);

/* Adds the rows of another report, which was written separately. */
void report_append(struct report *report, const struct report *apart);

/* Adds a row whose value has that format. */
void report_addf(struct report *report, enum report_kind kind, const char *subject,
                 const char *detail, const char *format, ...) TEXT_PRINTF_AT(5, 6);

void report_fact(struct report *report, const char *subject, const char *value);

/* Adds that a fact could not be read, with the Win32 code. */
void report_unread(struct report *report, const char *subject, uint32_t error);

#endif
