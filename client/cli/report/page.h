/* page_write.h: a report as one HTML file that needs nothing else: no script, no font, no picture
 * from anywhere. Pure functions that add to a text. */
#ifndef MSIWATCH_CLI_REPORT_PAGE_H
#define MSIWATCH_CLI_REPORT_PAGE_H

#include "cli/report/summary.h"
#include "cli/base/text.h"
#include "cli/base/time_text.h"

/* The page is no larger than that, whatever is in the report: busy periods that are too many for it
 * are counted and summed, the oldest of them, and not listed. */
#define PAGE_MOST (1024u * 1024u)

/* The whole page, of a finished report. `machine` may be "". */
void page_write(struct text *out, const struct summary *summary, const char *machine,
                when_offset *offset);

/* The two pictures in it (chart.c): when it was busy, a lane a day or more, and at which
 * hours of the week. At most 300 KiB together. False: no memory. */
bool chart_timeline(struct text *out, const struct summary *summary, when_offset *offset);
bool chart_hours(struct text *out, const struct summary *summary, when_offset *offset);

#endif
