/* text.c: makes text from outside harmless for a terminal. */
#include "cli/base/text.h"

#include <string.h>

uint32_t text_character(const char *text, size_t *size)
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

bool text_steers(uint32_t value)
{
    return value < 0x20 || (value >= 0x7F && value < 0xA0) || value == 0x61C || value == 0x200E ||
           value == 0x200F || (value >= 0x2028 && value <= 0x202E) ||
           (value >= 0x2066 && value <= 0x2069);
}

void text_add_outside(struct text *text, const char *added)
{
    const char *run = added; /* text that needs no change and is not copied yet */
    for (const char *at = added; *at != '\0';) {
        size_t size;
        uint32_t value = text_character(at, &size);
        if (size > 0 && !text_steers(value)) {
            at += size;
            continue;
        }
        text_add_bytes(text, run, (size_t)(at - run));
        text_add_bytes(text, "?", 1);
        at += size > 0 ? size : 1;
        run = at;
    }
    text_add(text, run);
}

static void add_escaped(struct text *text, uint32_t value)
{
    if (value > 0xFFFF) { /* two UTF-16 units */
        value -= 0x10000;
        text_addf(text, "\\u%04x", (unsigned)(0xD800 + (value >> 10)));
        value = 0xDC00 + (value & 0x3FF);
    }
    text_addf(text, "\\u%04x", (unsigned)value);
}

void text_add_json(struct text *text, const char *json)
{
    for (const char *at = json; *at != '\0';) {
        const char *run = at;
        while (*at >= ' ' && *at <= '~') {
            at++;
        }
        text_add_bytes(text, run, (size_t)(at - run));
        if (*at == '\0') {
            break;
        }
        size_t size;
        uint32_t value = text_character(at, &size);
        if (size > 0) {
            add_escaped(text, value);
        } else {
            text_add_bytes(text, "?", 1);
        }
        at += size > 0 ? size : 1;
    }
}

void text_add_csv(struct text *text, const char *field)
{
    /* So that a spreadsheet does not read it as a formula. */
    const char *guard = field[0] != '\0' && strchr("=+-@", field[0]) != NULL ? "'" : "";
    if (strpbrk(field, "\",\r\n") == NULL) {
        text_add(text, guard);
        text_add_outside(text, field);
        return;
    }
    text_add_bytes(text, "\"", 1);
    text_add(text, guard);
    for (const char *quote; (quote = strchr(field, '"')) != NULL; field = quote + 1) {
        struct text part = {0};
        text_add_bytes(&part, field, (size_t)(quote - field));
        text_add_outside(text, part.data == NULL ? "" : part.data);
        text->failed = text->failed || part.failed;
        text_release(&part);
        text_add_bytes(text, "\"\"", 2);
    }
    text_add_outside(text, field);
    text_add_bytes(text, "\"", 1);
}
