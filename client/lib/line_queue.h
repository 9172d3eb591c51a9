/* line_queue.h: lines that came while something else was waited for, in order, up to a number of
 * bytes. Results are codes (codes.h). Not thread safe. */
#ifndef MSIWATCH_CLI_LINE_QUEUE_H
#define MSIWATCH_CLI_LINE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/* What all lines together may take. */
#define KEPT_BYTES 0x100000u

struct kept_line;

struct kept {
    struct kept_line *first, *last;
    size_t bytes;
};

void kept_init(struct kept *kept);

/* Frees what is kept; it is empty then and may be used again. */
void kept_release(struct kept *kept);

/* Copies the line. CODE_OVER_LIMIT if it does not fit, CODE_NO_MEMORY. */
uint32_t kept_add(struct kept *kept, const char *line, size_t size);

/* The first line, valid until kept_drop takes it away; NULL if there is none. */
char *kept_first(const struct kept *kept, size_t *size);
void kept_drop(struct kept *kept);

#endif
