/* line_queue.h: keeps lines that came while a call waited for something else, in order, up to a
 * number of bytes. Results are codes (codes.h). Not thread safe. */
#ifndef MSIWATCH_CLI_LINE_QUEUE_H
#define MSIWATCH_CLI_LINE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/* The most bytes that all lines together may take. */
#define KEPT_BYTES 0x100000u

struct kept_line;

struct kept {
    struct kept_line *first, *last;
    size_t bytes;
};

void kept_init(struct kept *kept);

/* Frees all lines. The queue is then empty and can be used again. */
void kept_release(struct kept *kept);

/* Copies the line. CODE_OVER_LIMIT: it does not fit; CODE_NO_MEMORY. */
uint32_t kept_add(struct kept *kept, const char *line, size_t size);

/* Returns the first line, valid until kept_drop removes it; NULL if there is none. */
char *kept_first(const struct kept *kept, size_t *size);
void kept_drop(struct kept *kept);

#endif
