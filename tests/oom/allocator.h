/* allocator.h: the C library's allocator, counted, and with a switch that makes it fail.
 *
 * Linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free, it is called for every
 * allocation of the program and its static libraries (ours, yyjson's, libuv's; not for those that
 * the C library makes for itself). Any thread; only one thread at a time may make it fail.
 */
#ifndef MSIWATCH_TESTS_ALLOCATOR_H
#define MSIWATCH_TESTS_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the n-th allocation from now on fail, and `run` - 1 after it; 1 is the next one. A realloc
 * that shrinks counts, too. n 0: none fails any more. Only allocations of the calling thread
 * fail. */
void allocator_fail(size_t n, size_t run);

/* How many have failed since the last allocator_fail. */
size_t allocator_failed(void);

/* What is allocated now. Bytes are those that the C library gave, which are at least as many as
 * were requested. */
struct allocator_live {
    int64_t blocks, bytes;
};
struct allocator_live allocator_live(void);

/* Does not count what libuv allocates, and never makes that fail. Call it before libuv is first
 * used; 0 or a negative libuv code. */
int allocator_spare_libuv(void);

#endif
