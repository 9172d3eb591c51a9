/* ascii.h: letters without regard to case, in any locale; other bytes are as they are. Pure
 * functions. */
#ifndef MSIWATCH_COMMON_ASCII_H
#define MSIWATCH_COMMON_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t ascii_lower(uint16_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint16_t)(c - 'A' + 'a') : c;
}

static inline bool ascii_is_letter(char c)
{
    uint16_t lower = ascii_lower((unsigned char)c);
    return lower >= 'a' && lower <= 'z';
}

/* How many characters of both are the same, from the first on. */
static inline size_t ascii_common(const char *a, const char *b)
{
    size_t size = 0;
    while (a[size] != '\0' &&
           ascii_lower((unsigned char)a[size]) == ascii_lower((unsigned char)b[size])) {
        size++;
    }
    return size;
}

static inline bool ascii_same(const char *a, const char *b)
{
    size_t size = ascii_common(a, b);
    return a[size] == '\0' && b[size] == '\0';
}

static inline bool ascii_begins_with(const char *text, const char *beginning)
{
    return beginning[ascii_common(text, beginning)] == '\0';
}

#endif
