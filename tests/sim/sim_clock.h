/* sim_clock.h: the service's clocks, which tests can move.
 *
 * sim_clock.c defines clock.h's functions, so the linker uses them instead of service/base/clock.c.
 * Any thread.
 */
#ifndef MSIWATCH_TESTS_SIM_CLOCK_H
#define MSIWATCH_TESTS_SIM_CLOCK_H

#include <stdint.h>

/* Sets the wall clock forward, or back. */
void sim_clock_set_wall(int64_t by_ms);

/* The machine sleeps: both clocks advance, and nothing else happens. */
void sim_clock_sleep(uint64_t ms);

#endif
