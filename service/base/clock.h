/* clock.h: the two clocks. Any thread.
 *
 * The monotonic clock goes on while the system sleeps, so that durations include suspend.
 */
#ifndef MSIWATCH_SERVICE_CLOCK_H
#define MSIWATCH_SERVICE_CLOCK_H

#include <stdint.h>

uint64_t clock_mono_ms(void);
uint64_t clock_mono_us(void);
int64_t clock_wall_ms(void);

#endif
