/* lines.h: splits a byte stream into lines, up to a cap.
 *
 * Collects bytes and returns whole lines. A line ends with '\n'; a '\r' before it is dropped. The
 * memory is one buffer, which grows up to the cap that the caller chose. Not thread safe: one
 * reader, one thread.
 */
#ifndef MSIWATCH_COMMON_LINES_H
#define MSIWATCH_COMMON_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* The size in bytes with which a buffer begins. */
#define LINES_FIRST_SIZE 512u

struct lines {
    char *buffer;
    size_t begin, end, size; /* unread bytes are buffer[begin..end) */
    size_t scanned;          /* no newline in buffer[begin..scanned) */
    size_t cap;              /* longest line in bytes, including its end */
    char **spare; /* keeps a buffer of LINES_FIRST_SIZE while nothing needs it, for all `lines` that
                   * share this; NULL: no buffer is kept */
};

enum lines_result {
    LINES_LINE,    /* a line was returned */
    LINES_MORE,    /* feed more bytes */
    LINES_TOO_LONG /* a line is over the cap; the stream can no longer be used */
};

/* `spare` is NULL at first; set it to share one. */
void lines_init(struct lines *lines, size_t cap);
void lines_release(struct lines *lines);

/* Returns where to read into, and in *size how much fits, at least one byte; NULL if out of memory.
 * Never more than the cap is kept unread, so call lines_next until LINES_MORE first. */
char *lines_room(struct lines *lines, size_t *size);

/* Whether the buffer is full: it must grow, or lines must be taken, before more fits. */
bool lines_are_full(const struct lines *lines);

/* Call it when `size` bytes were put where lines_room said. */
void lines_added(struct lines *lines, size_t size);

/* Adds a copy of bytes that are already there; with them, no more than the cap may be unread.
 * False: out of memory, and some of them may be missing. */
bool lines_put(struct lines *lines, const char *text, size_t size);

/* The next whole line, without its end and with a NUL after it. A NUL may also be inside: compare
 * *size. Valid until the next call on `lines`. */
enum lines_result lines_next(struct lines *lines, char **line, size_t *size);

#endif
