/* allocator.h: the C library's allocator with a count and a switch that makes it fail.
 *
 * Linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free it stands before every
 * allocation of the program and its static libraries (ours, yyjson's, libuv's; not those that the
 * C library makes for itself). Any thread; failing is for one thread at a time.
 */
#ifndef MSIWATCH_TESTS_ALLOCATOR_H
#define MSIWATCH_TESTS_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The n-th allocation from now on fails, and `run` - 1 after it; 1 is the next one. A realloc that
 * shrinks counts too. n 0: none fails any more. Other threads than the caller are never failed. */
void allocator_fail(size_t n, size_t run);

/* How many were failed since the last allocator_fail. */
size_t allocator_failed(void);

/* What is allocated now. Bytes are those that the C library gave, at least as many as were asked
 * for. */
struct allocator_live {
    int64_t blocks, bytes;
};
struct allocator_live allocator_live(void);

/* Leaves what libuv allocates out of the above, and never fails it. Before libuv is first used;
 * 0 or a negative libuv code. */
int allocator_spare_libuv(void);

#endif
