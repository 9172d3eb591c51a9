/* library_test.h: what the tests of the library with the real service share. */
#ifndef MSIWATCH_TESTS_LIBRARY_TEST_H
#define MSIWATCH_TESTS_LIBRARY_TEST_H

#include "client_test.h"
#include "lib/codes.h"
#include "live.h"
#include "msiwatch.h"
#include "sys.h"

/* Much longer than any answer takes. */
#define SOON_MS 20000u
#define THREADS 16u

/* A connected handle. */
struct msiwatch *must_have_handle(void);

/* Asks for the status; `status` may be NULL. */
uint32_t ask(struct msiwatch *handle, struct msiwatch_status *status);

void must_be_idle(struct msiwatch *handle);

/* How many rounds to do: `whole` in a long run, `part` in a short one. */
unsigned rounds(unsigned whole, unsigned part);

/* One test each; before and after it, the service runs and its machine is idle. */
void every_function_tells_what_the_service_does(void **state);
void timeouts_of_0_and_1_ms_leave_the_handle_in_order(void **state);
void a_thousand_cancels_end_a_thousand_calls(void **state);
void calls_in_flight_end_when_the_service_restarts_and_nothing_is_lost(void **state);
void without_the_service_it_is_said_at_once_and_reconnect_waits_for_it(void **state);
void sixteen_threads_use_a_handle_each(void **state);
void sixteen_threads_come_to_one_handle_without_harm(void **state);
void ten_thousand_handles_leave_nothing_behind(void **state);

#endif
