/* parts.h: a report's page and its parts, each of which adds to a text. Pure functions. */
#ifndef MSIWATCH_CLI_REPORT_PARTS_H
#define MSIWATCH_CLI_REPORT_PARTS_H

#include "cli/report/summary.h"
#include "cli/base/text.h"
#include "cli/base/time_text.h"

struct page {
    struct text *out;
    const struct summary *summary;
    when_offset *offset;
};

/* The largest size of the page in bytes, and how much of that is reserved for what follows the
 * lists. */
#define PAGE_MOST (1024u * 1024u)
#define PAGE_REST 4096u

/* The style sheet with its element, in two parts, because ISO C guarantees strings of only 4,095
 * bytes. */
extern const char page_style[], page_style_tables[];

/* Adds text from outside, for an element's content or a quoted attribute. What HTML would read as
 * markup is escaped; what would mislead a reader (control characters, marks that change the
 * direction of writing) becomes '?', as everywhere (html.c). */
void html_add_outside(struct text *out, const char *outside);

/* Adds the whole page of a finished report (page.c). It needs nothing else: it loads no script, no
 * font and no picture. `machine` may be "". The page is never larger than PAGE_MOST. If there are
 * too many installations for that, the oldest are counted and summed but not listed. */
void page_write(struct text *out, const struct summary *summary, const char *machine,
                when_offset *offset);

/* ---- tables (tables.c) ---- */

/* Adds the characters [from, to) of "2026-11-22 10:41:07", local time. */
void page_time(struct page *page, int64_t at_ms, size_t from, size_t to);

void page_products(struct page *page);

/* Adds who waited for a turn, and what was running at that time; nothing if nobody waited. */
void page_waits(struct page *page);

/* Adds the installations by day, the newest first, as many as there is room for. */
void page_installations(struct page *page);

/* Adds the changes of state, the newest first, up to a few hundred. */
void page_changes(struct page *page);

/* ---- charts (chart.c, chart_days.c); at most 300 KiB together. False: out of memory ---- */

/* The most days that have a lane each; a longer report has a bar for one or more days. */
#define CHART_LANES_MOST 32

/* Adds when the machine was busy, one lane per day. */
bool chart_timeline(struct text *out, const struct summary *summary, when_offset *offset);

/* Adds how long it was busy, one bar per day. */
bool chart_days(struct text *out, const struct summary *summary, when_offset *offset);

/* Adds at which hours of the week it was busy. */
bool chart_hours(struct text *out, const struct summary *summary, when_offset *offset);

#endif
