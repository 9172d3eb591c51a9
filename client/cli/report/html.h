/* html.h: writes pieces of an HTML page. Pure functions that add to a text. */
#ifndef MSIWATCH_CLI_REPORT_HTML_H
#define MSIWATCH_CLI_REPORT_HTML_H

#include "cli/base/text.h"

/* Adds text from outside, for an element's content or a quoted attribute. What HTML would read as
 * markup is escaped; what would mislead a reader (control characters, marks that change the
 * direction of writing) becomes '?', as everywhere. */
void html_add_outside(struct text *out, const char *outside);

#endif
