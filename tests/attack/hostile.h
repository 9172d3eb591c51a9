/* hostile.h: what hostile and broken clients send. */
#ifndef MSIWATCH_TESTS_HOSTILE_H
#define MSIWATCH_TESTS_HOSTILE_H

#include <stddef.h>

#define HOSTILE_LINE 4096u /* bytes: the protocol's limit on a request line */

#define REQUEST(id, method) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\"}\n"
#define REQUEST_WITH(id, method, params)                                                           \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\",\"params\":" params "}\n"

/* The i-th of a list of lines that are no requests, or wrong ones; after the last, the list starts
 * again. Valid forever. One thread. */
const char *hostile_text(size_t i, size_t *size);

/* Fills a line of at most HOSTILE_LINE bytes, including its end, with a batch of a `wait` for busy
 * and fifteen pages of history, which are kept until the wait ends. Returns its size. */
size_t hostile_batch(char *line);

/* Writes a request for `status` that is nested `depth` deep, including itself. Returns its size,
 * which must be at most HOSTILE_LINE. */
size_t hostile_nest(char *line, size_t depth);

/* Writes a valid request of exactly `size` bytes, including its end. */
void hostile_fill(char *line, size_t size);

#endif
