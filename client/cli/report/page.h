/* page.h: writes a report as one HTML file that needs nothing else: it loads no script, no font and
 * no picture. Pure functions that add to a text. */
#ifndef MSIWATCH_CLI_REPORT_PAGE_H
#define MSIWATCH_CLI_REPORT_PAGE_H

#include "cli/report/parts.h"

/* Adds the whole page of a finished report. `machine` may be "". The page is never larger than
 * PAGE_MOST. If there are too many installations for that, the oldest are counted and summed but
 * not listed. */
void page_write(struct text *out, const struct summary *summary, const char *machine,
                when_offset *offset);

#endif
