/* live.h: the service that the library is tested against: natively msiwatch-sim (live_sim.c), on
 * Windows msiwatchd under the service control manager (live_service.c). Its machine is idle at
 * first. Main thread only; what goes wrong fails the test. */
#ifndef MSIWATCH_TESTS_LIVE_H
#define MSIWATCH_TESTS_LIVE_H

#include <stdbool.h>
#include <stdint.h>

/* Called once, first, with the program's arguments. */
void live_find(int argc, char **argv);

/* The pipe's name; NULL: the service's own, which the library knows. */
const char *live_pipe(void);

void live_start(void);
void live_stop(void);

/* An installation begins, or ends. */
void live_hold(void);
void live_free(void);

/* Everything is over. */
void live_end(void);

/* Whether the long forms of the tests run (MSIWATCH_TEST_LONG), or can be afforded anyway. */
bool live_is_long(void);

/* What a call that has no time may take, most of the times, in ms. */
extern const uint64_t live_prompt_ms;

#endif
