/* test_clock.c: the service's clocks, controlled by tests. */
#include "test_clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

/* Atomic, because a thread that a test leaves behind may still read it. */
static struct {
    atomic_bool stopped;
    _Atomic uint64_t mono_ms;
} test_clock;

void test_clock_stop(uint64_t mono_ms)
{
    test_clock.stopped = true;
    test_clock.mono_ms = mono_ms;
}

void test_clock_add(uint64_t ms)
{
    test_clock.mono_ms += ms;
}

void test_clock_run(void)
{
    test_clock.stopped = false;
}

uint64_t clock_mono_us(void)
{
    return test_clock.stopped ? test_clock.mono_ms * 1000 : uv_hrtime() / 1000;
}

uint64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

int64_t clock_wall_ms(void)
{
    uv_timeval64_t now;
    if (test_clock.stopped) {
        return TEST_CLOCK_WALL_MS + (int64_t)test_clock.mono_ms;
    }
    return uv_gettimeofday(&now) == 0 ? now.tv_sec * 1000 + now.tv_usec / 1000 : 0;
}
