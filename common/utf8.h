/* utf8.h: cuts text without cutting a character; reads and writes one. Pure functions. */
#ifndef MSIWATCH_COMMON_UTF8_H
#define MSIWATCH_COMMON_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* How many bytes of the text fit into `most` without ending inside a character. */
size_t utf8_fit(const char *text, size_t most);

/* Copies the text, cut if it does not fit into `size` bytes with its NUL. NULL becomes "". */
void utf8_copy(char *out, size_t size, const char *text);

/* Writes a character, which must not be half of a surrogate pair; returns how many bytes it has. */
size_t utf8_encode(uint32_t character, char out[4]);

/* The character at `text`, which ends with a NUL. *size is how many bytes it has; 0 if it is not
 * UTF-8. */
uint32_t utf8_decode(const char *text, size_t *size);

#endif
