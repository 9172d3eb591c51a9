/* live.h: the service with which the library is tested: natively msiwatch-sim (live_sim.c), on
 * Windows msiwatchd under the service control manager (live_service.c). Its machine is idle at
 * first. Main thread only; if something fails, the test fails. */
#ifndef MSIWATCH_TESTS_LIVE_H
#define MSIWATCH_TESTS_LIVE_H

#include <stdbool.h>
#include <stdint.h>

/* Call it once, first, with the program's arguments. */
void live_find(int argc, char **argv);

/* The pipe's name; NULL: the service's own, which the library knows. */
const char *live_pipe(void);

void live_start(void);
void live_stop(void);

/* An installation begins, or ends. */
void live_hold(void);
void live_free(void);

/* Ends everything. */
void live_end(void);

/* Whether to run the long form of the tests: MSIWATCH_TEST_LONG is set, or that is fast enough
 * here. */
bool live_is_long(void);

/* How long a call with a timeout of 0 may take, most of the time, in ms. */
extern const uint64_t live_prompt_ms;

#endif
