/* text.h: keeps what comes from outside from doing harm on a terminal. Adds to a text
 * (common/text.h). */
#ifndef MSIWATCH_CLI_TEXT_H
#define MSIWATCH_CLI_TEXT_H

#include "common/text.h"

/* The UTF-8 character at `text`, which ends with a NUL, and how many bytes it takes; *size is 0
 * when what is there is not UTF-8. */
uint32_t text_character(const char *text, size_t *size);

/* Whether it would steer a terminal: control characters, separators of lines, and marks that turn
 * the direction of writing. */
bool text_steers(uint32_t character);

/* Adds text from outside: what would steer a terminal (control characters, and those that turn the
 * direction of writing) and what is not UTF-8 becomes '?'. */
void text_add_outside(struct text *text, const char *added);

/* Adds JSON text in ASCII: every other character is written as \uXXXX, which means the same.
 * Windows PowerShell, for one, reads a program's output in the code page of the console. */
void text_add_json(struct text *text, const char *json);

/* Adds a field of a CSV line (RFC 4180), quoted where it must be, safe like text_add_outside,
 * and no formula to a spreadsheet: before one stands an apostrophe. */
void text_add_csv(struct text *text, const char *field);

#endif
