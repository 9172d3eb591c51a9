/* clock.h: the two clocks. Any thread.
 *
 * The monotonic clock also counts while the system sleeps, so durations include that time. Times
 * are in milliseconds (_ms) or microseconds (_us); the wall clock counts from 1970, UTC.
 */
#ifndef MSIWATCH_SERVICE_CLOCK_H
#define MSIWATCH_SERVICE_CLOCK_H

#include <stdint.h>

uint64_t clock_mono_ms(void);
uint64_t clock_mono_us(void);
int64_t clock_wall_ms(void);

#endif
