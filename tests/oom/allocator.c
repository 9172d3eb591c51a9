/* allocator.c: the C library's allocator with a count and a switch that makes it fail. */
#include "allocator.h"

#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <uv.h>

/* The linker's names: __real_ is the C library's (or a sanitizer's), __wrap_ is called instead. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static _Thread_local struct {
    size_t left; /* this many succeed, the last of them excepted; 0: none fails */
    size_t run;
    size_t failed;
} failing;

static atomic_llong live_blocks, live_bytes;

void allocator_fail(size_t n, size_t run)
{
    failing.left = n;
    failing.run = run;
    failing.failed = 0;
}

size_t allocator_failed(void)
{
    return failing.failed;
}

struct allocator_live allocator_live(void)
{
    return (struct allocator_live){atomic_load(&live_blocks), atomic_load(&live_bytes)};
}

static bool must_fail(void)
{
    if (failing.left == 0) {
        return false;
    }
    if (failing.left > 1) {
        failing.left--;
        return false;
    }
    failing.failed++;
    if (--failing.run == 0) {
        failing.left = 0;
    }
    errno = ENOMEM;
    return true;
}

static void *count_in(void *block)
{
    if (block != NULL) {
        atomic_fetch_add(&live_blocks, 1);
        atomic_fetch_add(&live_bytes, (long long)malloc_usable_size(block));
    }
    return block;
}

static void count_out(void *block)
{
    if (block != NULL) {
        atomic_fetch_sub(&live_blocks, 1);
        atomic_fetch_sub(&live_bytes, (long long)malloc_usable_size(block));
    }
}

void *__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : count_in(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : count_in(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (must_fail()) {
        return NULL;
    }
    size_t before = block == NULL ? 0 : malloc_usable_size(block);
    void *moved = __real_realloc(block, size);
    if (moved != NULL) {
        atomic_fetch_add(&live_blocks, block == NULL);
        atomic_fetch_add(&live_bytes, (long long)malloc_usable_size(moved) - (long long)before);
    }
    return moved;
}

void __wrap_free(void *block)
{
    count_out(block);
    __real_free(block);
}

int allocator_spare_libuv(void)
{
    return uv_replace_allocator(__real_malloc, __real_realloc, __real_calloc, __real_free);
}
