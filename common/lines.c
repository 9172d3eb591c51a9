/* lines.c: splits a byte stream into lines, up to a cap. */
#include "common/lines.h"

#include <stdlib.h>
#include <string.h>

void lines_init(struct lines *lines, size_t cap)
{
    memset(lines, 0, sizeof *lines);
    lines->cap = cap;
}

static void drop_buffer(struct lines *lines)
{
    if (lines->spare != NULL && *lines->spare == NULL && lines->size == LINES_FIRST_SIZE) {
        *lines->spare = lines->buffer;
    } else {
        free(lines->buffer);
    }
    lines->buffer = NULL;
    lines->begin = lines->end = lines->scanned = lines->size = 0;
}

void lines_release(struct lines *lines)
{
    drop_buffer(lines);
}

char *lines_room(struct lines *lines, size_t *size)
{
    if (lines->begin > 0) {
        memmove(lines->buffer, lines->buffer + lines->begin, lines->end - lines->begin);
        lines->end -= lines->begin;
        lines->scanned -= lines->begin;
        lines->begin = 0;
    }
    if (lines->end == lines->size) {
        /* One byte more than the cap shows that a line is too long, rather than just fits. */
        size_t most = lines->cap + 1;
        size_t grown = lines->size == 0 ? LINES_FIRST_SIZE : lines->size * 2;
        if (grown > most) {
            grown = most;
        }
        if (grown <= lines->size) {
            return NULL; /* the buffer is full: the caller must take the lines first */
        }
        bool spare = lines->spare != NULL && *lines->spare != NULL && grown == LINES_FIRST_SIZE;
        char *buffer = spare ? *lines->spare : realloc(lines->buffer, grown);
        if (buffer == NULL) {
            return NULL;
        }
        if (spare) {
            *lines->spare = NULL;
        }
        lines->buffer = buffer;
        lines->size = grown;
    }
    *size = lines->size - lines->end;
    return lines->buffer + lines->end;
}

bool lines_are_full(const struct lines *lines)
{
    return lines->end == lines->size;
}

void lines_added(struct lines *lines, size_t size)
{
    lines->end += size;
}

bool lines_put(struct lines *lines, const char *text, size_t size)
{
    while (size > 0) {
        size_t space;
        char *room = lines_room(lines, &space);
        if (room == NULL) {
            return false;
        }
        size_t part = size < space ? size : space;
        memcpy(room, text, part);
        lines_added(lines, part);
        text += part;
        size -= part;
    }
    return true;
}

enum lines_result lines_next(struct lines *lines, char **line, size_t *size)
{
    if (lines->begin == lines->end) {
        /* Nothing is unread, so an idle connection keeps no buffer. */
        drop_buffer(lines);
        return LINES_MORE;
    }
    char *from = lines->buffer + lines->scanned;
    char *newline = memchr(from, '\n', lines->end - lines->scanned);
    if (newline == NULL) {
        lines->scanned = lines->end;
        return lines->end - lines->begin >= lines->cap ? LINES_TOO_LONG : LINES_MORE;
    }
    *line = lines->buffer + lines->begin;
    *size = (size_t)(newline - *line);
    lines->begin += *size + 1;
    lines->scanned = lines->begin;
    if (*size + 1 > lines->cap) {
        return LINES_TOO_LONG;
    }
    if (*size > 0 && (*line)[*size - 1] == '\r') {
        *size -= 1;
    }
    (*line)[*size] = '\0';
    return LINES_LINE;
}
