/* sim_clock.h: the service's clocks, which a test moves.
 *
 * sim_clock.c defines clock.h's functions, so the linker takes them instead of service/clock.c. Any
 * thread.
 */
#ifndef MSIWATCH_TESTS_SIM_CLOCK_H
#define MSIWATCH_TESTS_SIM_CLOCK_H

#include <stdint.h>

/* Somebody set the wall clock forward, or back. */
void sim_clock_set_wall(int64_t by_ms);

/* The machine slept: both clocks went on, and nothing else. */
void sim_clock_sleep(uint64_t ms);

#endif
