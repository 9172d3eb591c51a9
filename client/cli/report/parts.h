/* parts.h: the parts of a report's page, each of which adds to a text. Pure functions. */
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

/* The page is no larger than that; what comes after the lists has room in the rest. */
#define PAGE_MOST (1024u * 1024u)
#define PAGE_REST 4096u

/* The style sheet, with its element, in two parts: ISO C warrants strings of 4,095 bytes. */
extern const char page_style[], page_style_tables[];

/* ---- pieces (tables.c) ---- */

/* Characters [from, to) of "2026-11-22 10:41:07", local. */
void page_time(struct page *page, int64_t at_ms, size_t from, size_t to);

/* How long something took: never "0 ms". */
void page_lasted(struct page *page, uint64_t ms);

/* The class of a product's colour. */
void page_colour(struct page *page, uint32_t product);

/* ---- tables (tables.c) ---- */

void page_products(struct page *page);

/* Who waited for a turn, and what was going on meanwhile; nothing if nobody did. */
void page_waits(struct page *page);

/* By day, the newest first; as many as there is room for. */
void page_installations(struct page *page);

/* The changes of state, the newest first, up to a few hundred. */
void page_changes(struct page *page);

/* ---- pictures (chart.c, chart_days.c); at most 300 KiB together. False: no memory ---- */

/* Of how many days there is a lane each; longer reports have a bar for each day or more. */
#define CHART_LANES_MOST 32

/* When it was busy, a lane a day. */
bool chart_timeline(struct text *out, const struct summary *summary, when_offset *offset);

/* How long it was busy, one bar per day. */
bool chart_days(struct text *out, const struct summary *summary, when_offset *offset);

/* At which hours of the week. */
bool chart_hours(struct text *out, const struct summary *summary, when_offset *offset);

#endif
