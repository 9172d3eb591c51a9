/* test_clock.h: the service's clocks, controlled by tests.
 *
 * test_clock.c defines clock.h's functions, so the linker uses them instead of
 * service/base/clock.c. They return the real time until test_clock_stop. Stop and add only while no
 * other thread runs.
 */
#ifndef MSIWATCH_TESTS_TEST_CLOCK_H
#define MSIWATCH_TESTS_TEST_CLOCK_H

#include "base/clock.h"

/* The wall clock when the stopped monotonic clock is 0: 2026-11-22T00:00:00Z. */
#define TEST_CLOCK_WALL_MS INT64_C(1795305600000)

void test_clock_stop(uint64_t mono_ms);
void test_clock_add(uint64_t ms);

/* Returns to the real time. */
void test_clock_run(void);

#endif
