/* report.h: the doctor's report: rows, as text for people, as CSV, or as a JSON object a line. Pure
 * functions that add to a text; the caller prints it. */
#ifndef MSIWATCH_CLI_REPORT_H
#define MSIWATCH_CLI_REPORT_H

#include "cli/base/text.h"

#include <stdint.h>

enum report_form { REPORT_TEXT, REPORT_CSV, REPORT_JSON };

/* What a row tells: something that is wrong; something that is so; something that changed at a
 * moment; what all the moments together came to; what else is wrong, by then; what the service
 * recorded. A table has neither findings nor the service's history. */
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

/* Strings may come from outside; NULL is "". */
struct report_row {
    enum report_kind kind;
    int64_t at_ms;      /* of an edge and of history: milliseconds since 1970-01-01 UTC */
    uint64_t offset_ms; /* since the timeline began; REPORT_BEFORE: earlier than that */
    const char *subject;
    const char *from;   /* "" for what was so at the beginning; of a finding how bad it is */
    const char *to;     /* or the value, or a finding's sentence */
    const char *detail; /* of a finding: what to do */
};

/* Zeroed except for these two is a valid start. */
struct report {
    enum report_form form;
    struct text *out;
    enum report_kind last; /* of the row before */
};

void report_row(struct report *report, const struct report_row *row);

/* In text: that there are no findings. Programs see that none is there. */
void report_nothing_found(struct report *report);

/* Adds what was reported apart. */
void report_append(struct report *report, const struct report *apart);

void report_fact(struct report *report, const char *subject, const char *value);
void report_total(struct report *report, const char *subject, const char *value,
                  const char *detail);

/* A fact that could not be read, with the Win32 code. */
void report_unread(struct report *report, const char *subject, uint32_t error);

#endif
