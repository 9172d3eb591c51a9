/* utf8.c: cuts text without cutting a character; reads and writes one. */
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

size_t utf8_encode(uint32_t character, char out[4])
{
    static const unsigned char marks[] = {0, 0xC0, 0xE0, 0xF0};
    size_t more = character < 0x80 ? 0 : character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    out[0] = (char)(marks[more] | (character >> (6 * more)));
    for (size_t i = 1; i <= more; i++) {
        out[i] = (char)(0x80u | ((character >> (6 * (more - i))) & 0x3Fu));
    }
    return more + 1;
}

uint32_t utf8_decode(const char *text, size_t *size)
{
    const unsigned char *at = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = at[0] < 0x80 ? 1 : at[0] < 0xC0 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : 4;
    *size = 0;
    if (length < 2) {
        *size = length;
        return at[0];
    }
    uint32_t value = at[0] & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0u) != 0x80u) { /* the NUL at the end is not a continuation byte, either */
            return 0;
        }
        value = value << 6 | (at[i] & 0x3Fu);
    }
    if (at[0] < 0xF8 && value >= least[length] && value <= 0x10FFFF &&
        (value < 0xD800 || value > 0xDFFF)) {
        *size = length;
    }
    return value;
}
