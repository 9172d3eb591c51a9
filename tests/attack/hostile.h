/* hostile.h: what hostile and broken clients send. */
#ifndef MSIWATCH_TESTS_HOSTILE_H
#define MSIWATCH_TESTS_HOSTILE_H

#include <stddef.h>

#define HOSTILE_LINE 4096u /* bytes: the protocol's cap on a request line */

#define REQUEST(id, method) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\"}\n"
#define REQUEST_WITH(id, method, params)                                                           \
    "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" method "\",\"params\":" params "}\n"

/* The i-th of the lines that are no requests, or not what they should be; they start again at their
 * end. Valid for ever. One thread. */
const char *hostile_text(size_t i, size_t *size);

/* Fills a line of at most HOSTILE_LINE bytes, its end included, with a batch of a `wait` for busy
 * and fifteen pages of history, which are kept until it is over. Its size. */
size_t hostile_batch(char *line);

/* A request for `status` that is nested `depth` deep, itself included; its size, which must be at
 * most HOSTILE_LINE. */
size_t hostile_nest(char *line, size_t depth);

/* A good request of exactly `size` bytes, its end included. */
void hostile_fill(char *line, size_t size);

#endif
