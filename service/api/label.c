/* label.c: cleans texts that one client gives and others see. */
#include "api/label.h"

#include "common/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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
        size_t length;
        uint32_t character = utf8_decode(text, &length);
        if (length == 0) {
            break;
        }
        if (!steers(character)) {
            memcpy(out, text, length);
            out += length;
            characters--;
        }
        text += length;
    }
    *out = '\0';
}
