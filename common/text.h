/* text.h: builds text in memory that it owns and that grows.
 *
 * If memory runs out, no call returns an error: `failed` says afterwards that text is missing. Not
 * thread safe.
 */
#ifndef MSIWATCH_COMMON_TEXT_H
#define MSIWATCH_COMMON_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data; /* `size` bytes and a NUL; NULL until something is added */
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

/* A struct of all zeroes is an empty text. */
void text_release(struct text *text);
void text_clear(struct text *text);

void text_add(struct text *text, const char *added);
void text_add_bytes(struct text *text, const char *added, size_t size);
/* Adds `size` bytes, which the caller must write to the returned place; NULL if out of memory. */
char *text_extend(struct text *text, size_t size);

void text_addf(struct text *text, const char *format, ...) TEXT_PRINTF;
void text_addv(struct text *text, const char *format, va_list arguments) TEXT_PRINTF_AT(2, 0);

/* Adds spaces until the text is `column` bytes longer than `start`. */
void text_pad(struct text *text, size_t start, size_t column);

#endif
