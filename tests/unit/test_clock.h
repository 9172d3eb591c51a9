/* test_clock.h: the service's clocks, under the tests' control.
 *
 * test_clock.c defines clock.h's functions, so the linker takes them instead of service/clock.c.
 * They tell the real time until test_clock_stop. Stop and add only while no other thread runs.
 */
#ifndef MSIWATCH_TESTS_TEST_CLOCK_H
#define MSIWATCH_TESTS_TEST_CLOCK_H

#include "base/clock.h"

/* What the wall clock tells when the stopped monotonic clock tells 0: 2026-11-22T00:00:00Z. */
#define TEST_CLOCK_WALL_MS INT64_C(1795305600000)

void test_clock_stop(uint64_t mono_ms);
void test_clock_add(uint64_t ms);

/* The real time again. */
void test_clock_run(void);

#endif
