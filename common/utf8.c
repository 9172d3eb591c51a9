/* utf8.c: cuts text without cutting a character. */
#include "common/utf8.h"

#include <string.h>

size_t utf8_fit(const char *text, size_t most)
{
    size_t length = strlen(text);
    if (length <= most) {
        return length;
    }
    while (most > 0 && ((unsigned char)text[most] & 0xC0u) == 0x80u) {
        most--; /* text[most] must begin a character */
    }
    return most;
}

void utf8_copy(char *out, size_t size, const char *text)
{
    size_t length = text == NULL ? 0 : utf8_fit(text, size - 1);
    if (length > 0) {
        memcpy(out, text, length);
    }
    out[length] = '\0';
}
