/* text.c: builds text in memory that it owns. */
#include "common/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_release(struct text *text)
{
    free(text->data);
    memset(text, 0, sizeof *text);
}

void text_clear(struct text *text)
{
    text->size = 0;
    text->failed = false;
    if (text->data != NULL) {
        text->data[0] = '\0';
    }
}

/* Makes room for `more` bytes and a NUL. */
static bool make_room(struct text *text, size_t more)
{
    if (more >= SIZE_MAX / 4 || text->size >= SIZE_MAX / 4) {
        text->failed = true;
        return false;
    }
    size_t need = text->size + more + 1;
    if (need <= text->room) {
        return true;
    }
    size_t room = need < 256 ? 256 : need * 2;
    char *data = realloc(text->data, room);
    if (data == NULL) {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->room = room;
    return true;
}

char *text_extend(struct text *text, size_t size)
{
    if (!make_room(text, size)) {
        return NULL;
    }
    char *added = text->data + text->size;
    text->size += size;
    text->data[text->size] = '\0';
    return added;
}

void text_add_bytes(struct text *text, const char *added, size_t size)
{
    char *to = text_extend(text, size);
    if (to != NULL) {
        memcpy(to, added, size);
    }
}

void text_add(struct text *text, const char *added)
{
    text_add_bytes(text, added, strlen(added));
}

void text_addv(struct text *text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    if (size < 0) {
        text->failed = true;
    } else if (make_room(text, (size_t)size)) {
        vsnprintf(text->data + text->size, (size_t)size + 1, format, again);
        text->size += (size_t)size;
    }
    va_end(again);
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_addv(text, format, arguments);
    va_end(arguments);
}

void text_pad(struct text *text, size_t start, size_t column)
{
    while (!text->failed && text->size - start < column) {
        text_add_bytes(text, " ", 1);
    }
}
