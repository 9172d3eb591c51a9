/* powershell.c: JSON as the objects of the PowerShell module are.
 *
 * PowerShell would take twice as long to rename members as to read the JSON. It converts a time
 * that ends in +00:00 to local time in every version: by itself (7.0 to 7.4) or when a text becomes
 * a DateTime. A TimeSpan is made of units of 100 ns.
 */
#include "cli/base/powershell.h"

#include <string.h>

/* More milliseconds than that are left as they are. */
#define DIGITS_MAX 14u

struct name {
    const char *text;
    size_t size;
};

struct renamed {
    const char *name, *shown;
};

static bool ends_in(struct name name, const char *end)
{
    size_t size = strlen(end);
    return name.size >= size && memcmp(name.text + name.size - size, end, size) == 0;
}

static bool is(struct name name, const char *word)
{
    return name.size == strlen(word) && ends_in(name, word);
}

static const char *find(const struct renamed *table, struct name name)
{
    while (table->name != NULL && !is(name, table->name)) {
        table++;
    }
    return table->shown;
}

static void add_word(struct text *out, struct name word)
{
    static const struct renamed words[] = {
        {"pid", "ProcessId"}, {"ui", "UI"}, {"io", "IO"}, {"msiserver", "MsiServer"}, {NULL, NULL}};
    const char *shown = find(words, word);
    if (shown != NULL) {
        text_add(out, shown);
    } else if (word.size > 0) {
        char first = word.text[0];
        first = first >= 'a' && first <= 'z' ? (char)(first - 'a' + 'A') : first;
        text_add_bytes(out, &first, 1);
        text_add_bytes(out, word.text + 1, word.size - 1);
    }
}

static void add_name(struct text *out, struct name name)
{
    static const struct renamed names[] = {{"at", "Time"}, {"after_ms", "Lasted"}, {NULL, NULL}};
    const char *shown = find(names, name);
    bool ours = name.text[0] >= 'a' && name.text[0] <= 'z' &&
                strspn(name.text, "abcdefghijklmnopqrstuvwxyz0123456789_") == name.size;
    if (shown != NULL || !ours) {
        text_add_bytes(out, shown != NULL ? shown : name.text,
                       shown != NULL ? strlen(shown) : name.size);
        return;
    }
    for (size_t at = 0, end = name.size - (ends_in(name, "_ms") ? 3 : 0); at < end;) {
        const char *next = memchr(name.text + at, '_', end - at);
        struct name word = {name.text + at,
                            next == NULL ? end - at : (size_t)(next - name.text) - at};
        add_word(out, word);
        at += word.size + 1;
    }
}

/* The value at `at`, if it is a time or a duration. What follows it; else `at`. */
static const char *add_value(struct text *out, struct name name, const char *at)
{
    bool time = is(name, "at") || is(name, "since") || is(name, "until") || ends_in(name, "_at");
    size_t size = time && at[0] == '"' ? 1 + strspn(at + 1, "0123456789-:.T") : 0;
    size_t digits = ends_in(name, "_ms") ? strspn(at, "0123456789") : 0;
    if (size > 0 && strncmp(at + size, "Z\"", 2) == 0) {
        text_add_bytes(out, at, size);
        text_add(out, "+00:00\"");
        return at + size + 2;
    }
    if (digits > 0 && digits <= DIGITS_MAX && at[0] != '0' && strchr(".eE", at[digits]) == NULL) {
        text_add_bytes(out, at, digits);
        text_add(out, "0000");
        return at + digits;
    }
    return at;
}

/* The quotation mark that ends the string at `at`, or the end of the text. */
static const char *string_end(const char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++) {
        at += at[0] == '\\' && at[1] != '\0';
    }
    return at;
}

void powershell_add_json(struct text *out, const char *json)
{
    for (const char *at = json; *at != '\0';) {
        const char *quote = at + strcspn(at, "\"");
        const char *end = *quote == '\0' ? quote : string_end(quote);
        if (*end != '\0' && end[1] == ':') {
            struct name name = {quote + 1, (size_t)(end - quote) - 1};
            text_add_bytes(out, at, (size_t)(quote - at) + 1);
            add_name(out, name);
            text_add(out, "\":");
            at = add_value(out, name, end + 2);
        } else {
            end += *end != '\0';
            text_add_bytes(out, at, (size_t)(end - at));
            at = end;
        }
    }
}

void powershell_join(struct text *lines)
{
    struct text array = {.failed = lines->failed};
    if (lines->size == 0) {
        return;
    }
    for (size_t i = 0; i + 1 < lines->size; i++) {
        lines->data[i] = lines->data[i] == '\n' ? ',' : lines->data[i];
    }
    text_add(&array, "[");
    text_add_bytes(&array, lines->data, lines->size - 1);
    text_add(&array, "]\n");
    text_release(lines);
    *lines = array;
}
