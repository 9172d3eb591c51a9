/* utf8.h: where a text may be cut. Pure functions. */
#ifndef MSIWATCH_COMMON_UTF8_H
#define MSIWATCH_COMMON_UTF8_H

#include <stddef.h>

/* How many bytes of the text fit into `most` and do not end inside a character. */
size_t utf8_fit(const char *text, size_t most);

/* Copies the text, cut if it does not fit `size` with its zero. NULL is "". */
void utf8_copy(char *out, size_t size, const char *text);

#endif
