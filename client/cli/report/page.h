/* page.h: a report as one HTML file that needs nothing else: no script, no font, no picture from
 * anywhere. Pure functions that add to a text. */
#ifndef MSIWATCH_CLI_REPORT_PAGE_H
#define MSIWATCH_CLI_REPORT_PAGE_H

#include "cli/report/parts.h"

/* The whole page, of a finished report. `machine` may be "". It is no larger than PAGE_MOST,
 * whatever is in the report: installations that are too many for it are counted and summed, the
 * oldest of them, and not listed. */
void page_write(struct text *out, const struct summary *summary, const char *machine,
                when_offset *offset);

#endif
