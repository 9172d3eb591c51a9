/* html.h: pieces of an HTML page. Pure functions that add to a text. */
#ifndef MSIWATCH_CLI_REPORT_HTML_H
#define MSIWATCH_CLI_REPORT_HTML_H

#include "cli/base/text.h"

/* Adds text from outside as the text it is, for an element's content or a quoted attribute: what
 * HTML would read as markup is escaped, and what would steer a reader's eye (control characters,
 * marks that turn the direction of writing) becomes '?', as everywhere. */
void html_add_outside(struct text *out, const char *outside);

#endif
