/* report.c: writes the doctor's report. */
#include "cli/doctor/report.h"

#include "common/model.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

enum { FACT_COLUMN = 34, EDGE_COLUMN = 30 };

static const char *text_of(const char *text)
{
    return text == NULL ? "" : text;
}

static const struct {
    const char *name, *heading;
} kinds[] = {
    [REPORT_FINDING] = {"finding", "Findings"},
    [REPORT_FACT] = {"fact", "Facts"},
    [REPORT_EDGE] = {"edge", "Timeline"},
    [REPORT_TOTAL] = {"total", "Totals"},
    [REPORT_LATE_FINDING] = {"finding", "Findings since the start"},
    [REPORT_HISTORY] = {"history", "Events that the service recorded"},
};

static bool is_finding(const struct report_row *row)
{
    return row->kind == REPORT_FINDING || row->kind == REPORT_LATE_FINDING;
}

static bool has_time(const struct report_row *row)
{
    return row->kind == REPORT_EDGE || row->kind == REPORT_HISTORY;
}

/* ---- for people ---- */

static void add_heading(struct report *report, enum report_kind kind)
{
    if (report->last != kind) {
        text_addf(report->out, "%s%s\n", report->last == REPORT_NOTHING ? "" : "\n",
                  kinds[kind].heading);
    }
}

static void add_finding(struct text *out, const struct report_row *row)
{
    text_addf(out, "  %-9s", text_of(row->from));
    text_add_outside(out, text_of(row->to));
    text_add(out, "\n           To do: ");
    text_add_outside(out, text_of(row->detail));
    text_add(out, "\n");
}

static void add_offset(struct text *out, const struct report_row *row)
{
    if (row->offset_ms == REPORT_BEFORE) {
        char at[MSIWATCH_TIME_CHARS + 1];
        time_format(row->at_ms, at);
        text_addf(out, "  %s ", at);
    } else {
        text_addf(out, "%6" PRIu64 ".%03u s  ", row->offset_ms / 1000,
                  (unsigned)(row->offset_ms % 1000));
    }
}

static void add_detail(struct text *out, const char *detail)
{
    if (detail[0] != '\0') {
        text_add(out, "  (");
        text_add_outside(out, detail);
        text_add(out, ")");
    }
    text_add(out, "\n");
}

static void add_text(struct report *report, const struct report_row *row)
{
    struct text *out = report->out;
    add_heading(report, row->kind);
    size_t start = out->size;
    if (is_finding(row)) {
        add_finding(out, row);
        return;
    }
    if (has_time(row)) {
        add_offset(out, row);
    } else {
        text_add(out, "  ");
    }
    text_add_outside(out, text_of(row->subject));
    text_add(out, " ");
    text_pad(out, start, row->kind == REPORT_EDGE ? EDGE_COLUMN : FACT_COLUMN);
    if (text_of(row->from)[0] != '\0') {
        text_add_outside(out, row->from);
        text_add(out, " -> ");
    }
    text_add_outside(out, text_of(row->to));
    add_detail(out, text_of(row->detail));
}

/* ---- for programs ---- */

static void add_csv(struct report *report, const struct report_row *row)
{
    struct text *out = report->out;
    char at[MSIWATCH_TIME_CHARS + 1];
    if (report->last == REPORT_NOTHING) {
        text_add(out, "kind,at,offset_ms,subject,from,to,detail\n");
    }
    text_addf(out, "%s,", kinds[row->kind].name);
    if (row->kind == REPORT_EDGE) {
        time_format(row->at_ms, at);
        text_addf(out, "%s,%" PRIu64, at, row->offset_ms);
    } else {
        text_add(out, ",");
    }
    const char *const fields[] = {row->subject, row->from, row->to, row->detail};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        text_add(out, ",");
        text_add_csv(out, text_of(fields[i]));
    }
    text_add(out, "\n");
}

static void add_member(yyjson_mut_doc *doc, const char *name, const char *value)
{
    /* Replaces what is not UTF-8, as for a terminal. */
    struct text safe = {0};
    text_add_outside(&safe, text_of(value));
    yyjson_mut_obj_add_strcpy(doc, yyjson_mut_doc_get_root(doc), name,
                              safe.data == NULL ? "" : safe.data);
    text_release(&safe);
}

static void add_json(struct report *report, const struct report_row *row)
{
    char at[MSIWATCH_TIME_CHARS + 1];
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    add_member(doc, "kind", kinds[row->kind].name);
    if (has_time(row)) {
        time_format(row->at_ms, at);
        add_member(doc, "at", at);
    }
    if (has_time(row) && row->offset_ms != REPORT_BEFORE) {
        yyjson_mut_obj_add_uint(doc, root, "offset_ms", row->offset_ms);
    }
    add_member(doc, "subject", row->subject);
    if (has_time(row)) {
        add_member(doc, "from", row->from);
    } else if (is_finding(row)) {
        add_member(doc, "severity", row->from);
    }
    add_member(doc, "to", row->to);
    add_member(doc, "detail", row->detail);
    char *line = yyjson_mut_write(doc, YYJSON_WRITE_NOFLAG, NULL);
    if (line == NULL) {
        report->out->failed = true;
    } else {
        text_add_json(report->out, line);
        text_add(report->out, "\n");
    }
    free(line);
    yyjson_mut_doc_free(doc);
}

void report_row(struct report *report, const struct report_row *row)
{
    if (report->form == REPORT_CSV && (is_finding(row) || row->kind == REPORT_HISTORY)) {
        return;
    }
    if (report->form == REPORT_TEXT) {
        add_text(report, row);
    } else if (report->form == REPORT_CSV) {
        add_csv(report, row);
    } else {
        add_json(report, row);
    }
    report->last = row->kind;
}

void report_nothing_found(struct report *report)
{
    if (report->form == REPORT_TEXT) {
        add_heading(report, REPORT_FINDING);
        text_add(report->out, "  No problems found.\n");
        report->last = REPORT_FINDING;
    }
}

void report_append(struct report *report, const struct report *apart)
{
    if (report->form == REPORT_TEXT && report->last != REPORT_NOTHING) {
        text_add(report->out, "\n");
    }
    if (apart->out->size > 0) {
        text_add_bytes(report->out, apart->out->data, apart->out->size);
    }
    report->out->failed = report->out->failed || apart->out->failed;
    report->last = apart->last;
}

void report_addf(struct report *report, enum report_kind kind, const char *subject,
                 const char *detail, const char *format, ...)
{
    struct text value = {0};
    va_list arguments;
    va_start(arguments, format);
    text_addv(&value, format, arguments);
    va_end(arguments);
    struct report_row row = {.kind = kind, .subject = subject, .to = value.data, .detail = detail};
    report_row(report, &row);
    text_release(&value);
}

void report_fact(struct report *report, const char *subject, const char *value)
{
    struct report_row row = {.kind = REPORT_FACT, .subject = subject, .to = value};
    report_row(report, &row);
}

void report_unread(struct report *report, const char *subject, uint32_t error)
{
    report_addf(report, REPORT_FACT, subject, "", "cannot be read: Windows error %" PRIu32, error);
}
