/* lines.h: newline framing with a cap.
 *
 * Collects bytes and gives back whole lines. A line ends with '\n'; a '\r' before it is dropped.
 * Memory is the caller's choice of cap plus one buffer that grows up to it.
 * Not thread safe: one reader, one thread.
 */
#ifndef MSIWATCH_COMMON_LINES_H
#define MSIWATCH_COMMON_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* What a buffer begins with. */
#define LINES_FIRST_SIZE 512u

struct lines {
    char *buffer;
    size_t begin, end, size; /* unread bytes are buffer[begin..end) */
    size_t scanned;          /* no newline in buffer[begin..scanned) */
    size_t cap;              /* longest line in bytes, its end included */
    char **spare; /* where a buffer of LINES_FIRST_SIZE is kept while it is not needed, for all that
                   * share this; NULL: nowhere */
};

enum lines_result {
    LINES_LINE,     /* a line was returned */
    LINES_MORE,     /* feed more bytes */
    LINES_TOO_LONG, /* a line is over the cap; the stream is of no more use */
    LINES_NO_MEMORY
};

/* `spare` begins as NULL. */
void lines_init(struct lines *lines, size_t cap);
void lines_release(struct lines *lines);

/* Room to read into, at least one byte, and how much; NULL when memory is out. Never more than
 * the cap is held unread, so call lines_next until LINES_MORE first. */
char *lines_room(struct lines *lines, size_t *size);

/* Whether the buffer is full: it has to grow, or lines have to be taken, before more fits. */
bool lines_are_full(const struct lines *lines);

/* Says that `size` bytes were put at what lines_room returned. */
void lines_added(struct lines *lines, size_t size);

/* The next whole line, without its end, NUL-terminated (a NUL may also be inside: compare *size).
 * Valid until the next call on `lines`. */
enum lines_result lines_next(struct lines *lines, char **line, size_t *size);

#endif
