/* clock.c: the two clocks. */
#include "base/clock.h"

#include <uv.h>

#ifdef _WIN32
uint64_t clock_mono_us(void)
{
    return uv_hrtime() / 1000; /* QueryPerformanceCounter also counts during sleep */
}
#else
#include <time.h>

uint64_t clock_mono_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
#endif

uint64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}

int64_t clock_wall_ms(void)
{
    uv_timeval64_t now;
    if (uv_gettimeofday(&now) != 0) {
        return 0;
    }
    return now.tv_sec * 1000 + now.tv_usec / 1000;
}
