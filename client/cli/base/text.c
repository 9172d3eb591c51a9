/* text.c: makes text from outside harmless for a terminal. */
#include "cli/base/text.h"

#include <string.h>

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
        uint32_t value = utf8_decode(at, &size);
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
        uint32_t value = utf8_decode(at, &size);
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
