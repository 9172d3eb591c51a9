/* text.h: makes text from outside harmless for a terminal, and adds it to a text
 * (common/text.h). */
#ifndef MSIWATCH_CLI_TEXT_H
#define MSIWATCH_CLI_TEXT_H

#include "common/text.h"
#include "common/utf8.h"

/* Whether a character would control a terminal: control characters, line separators, and marks that
 * change the direction of writing. */
bool text_steers(uint32_t character);

/* Adds text from outside. Characters that would control a terminal (text_steers), and bytes that
 * are not UTF-8, become '?'. */
void text_add_outside(struct text *text, const char *added);

/* Adds JSON text in ASCII: every other character is written as \uXXXX, which means the same. Some
 * programs, such as Windows PowerShell, read output in the code page of the console. */
void text_add_json(struct text *text, const char *json);

/* Adds a field of a CSV line (RFC 4180), quoted where necessary, and made harmless like
 * text_add_outside. An apostrophe before a formula keeps a spreadsheet from evaluating it. */
void text_add_csv(struct text *text, const char *field);

#endif
