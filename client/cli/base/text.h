/* text.h: builds text to be printed, and keeps what comes from outside from doing harm on a
 * terminal.
 *
 * Running out of memory is remembered instead of returned: `failed` says that text is missing.
 * Not thread safe.
 */
#ifndef MSIWATCH_CLI_TEXT_H
#define MSIWATCH_CLI_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data; /* `size` bytes and a NUL; NULL while nothing was ever added */
    size_t size, room;
    bool failed;
};

#if defined(__MINGW32__)
#include <stdio.h> /* for the macro */
#define TEXT_PRINTF_AT(format_at, first)                                                           \
    __attribute__((format(__MINGW_PRINTF_FORMAT, format_at, first)))
#elif defined(__GNUC__)
#define TEXT_PRINTF_AT(format_at, first) __attribute__((format(printf, format_at, first)))
#else
#define TEXT_PRINTF_AT(format_at, first)
#endif
#define TEXT_PRINTF TEXT_PRINTF_AT(2, 3)

/* A text of all zeroes is an empty one. */
void text_release(struct text *text);
void text_clear(struct text *text);

void text_add(struct text *text, const char *added);
void text_add_bytes(struct text *text, const char *added, size_t size);
void text_addf(struct text *text, const char *format, ...) TEXT_PRINTF;
void text_addv(struct text *text, const char *format, va_list arguments);

/* Adds spaces until the text is `column` bytes longer than `start`. */
void text_pad(struct text *text, size_t start, size_t column);

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

/* Adds a field of a CSV line (RFC 4180), quoted where it must be, safe like text_add_outside. */
void text_add_csv(struct text *text, const char *field);

#endif
