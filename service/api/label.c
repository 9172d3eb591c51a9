/* label.c: cleans texts that one client gives and others see. */
#include "api/label.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static size_t length_of(unsigned char first)
{
    return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static uint32_t value_of(const char *at, size_t length)
{
    uint32_t value = (unsigned char)at[0] & (length == 1 ? 0x7Fu : 0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        value = value << 6 | ((unsigned char)at[i] & 0x3Fu);
    }
    return value;
}

static bool steers(uint32_t value)
{
    return value < 0x20 || (value >= 0x7F && value < 0xA0) || value == 0xAD || value == 0x61C ||
           (value >= 0x200B && value <= 0x200F) || (value >= 0x2028 && value <= 0x202E) ||
           (value >= 0x2060 && value <= 0x206F) || value == 0xFEFF || value >= 0xE0000;
}

void label_read(yyjson_val *value, size_t characters, char *out)
{
    const char *text = value == NULL ? "" : yyjson_get_str(value);
    const char *end = text + yyjson_get_len(value);
    while (text < end && characters > 0) {
        size_t length = length_of((unsigned char)*text);
        if (length > (size_t)(end - text)) {
            break;
        }
        if (!steers(value_of(text, length))) {
            memcpy(out, text, length);
            out += length;
            characters--;
        }
        text += length;
    }
    *out = '\0';
}
