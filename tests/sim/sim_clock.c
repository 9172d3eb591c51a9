/* sim_clock.c: the service's clocks, which tests can move. */
#include "sim_clock.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <uv.h>

static _Atomic uint64_t slept_ms;
static _Atomic int64_t moved_ms;

void sim_clock_set_wall(int64_t by_ms)
{
    moved_ms += by_ms;
}

void sim_clock_sleep(uint64_t ms)
{
    slept_ms += ms;
    moved_ms += (int64_t)ms;
}

uint64_t clock_mono_us(void)
{
    return uv_hrtime() / 1000 + slept_ms * 1000;
}

uint64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

int64_t clock_wall_ms(void)
{
    uv_timeval64_t now;
    return uv_gettimeofday(&now) == 0 ? now.tv_sec * 1000 + now.tv_usec / 1000 + moved_ms : 0;
}
