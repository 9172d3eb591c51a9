/* html.c: writes pieces of an HTML page. */
#include "cli/report/parts.h"

#include <string.h>

static const char *entity(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_add_outside(struct text *out, const char *outside)
{
    struct text harmless = {0};
    text_add_outside(&harmless, outside);
    out->failed = out->failed || harmless.failed;
    const char *at = harmless.data == NULL ? "" : harmless.data;
    while (*at != '\0') {
        size_t plain = strcspn(at, "&<>\"'");
        text_add_bytes(out, at, plain);
        at += plain;
        if (*at != '\0') {
            text_add(out, entity(*at++));
        }
    }
    text_release(&harmless);
}
