/* main.c: library-tests: the client library, as programs get it, against the real service.
 *
 *   library-tests [MSIWATCH-SIM]
 */
#include "library_test.h"

struct msiwatch *must_have_handle(void)
{
    struct msiwatch *handle = NULL;
    struct msiwatch_options options = {.size = sizeof options, .pipe = live_pipe()};
    uint32_t code = msiwatch_open(&options, &handle);
    must(code == CODE_OK, "msiwatch_open: %u", (unsigned)code);
    return handle;
}

uint32_t ask(struct msiwatch *handle, struct msiwatch_status *status)
{
    struct msiwatch_status ours = {.size = sizeof ours};
    uint32_t code = msiwatch_get_status(handle, SOON_MS, &ours);
    if (status != NULL) {
        *status = ours;
    }
    return code;
}

void must_be_idle(struct msiwatch *handle)
{
    uint32_t code = msiwatch_wait(handle, MSIWATCH_IDLE, 0, SOON_MS, NULL, NULL);
    must(code == CODE_OK, "waiting for idle: %u", (unsigned)code);
}

unsigned rounds(unsigned whole, unsigned part)
{
    return live_is_long() ? whole : part;
}

static int begin(void **state)
{
    (void)state;
    live_start();
    return 0;
}

int main(int argc, char **argv)
{
    live_find(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_tells_what_the_service_does),
        cmocka_unit_test(timeouts_of_0_and_1_ms_leave_the_handle_in_order),
        cmocka_unit_test(a_thousand_cancels_end_a_thousand_calls),
        cmocka_unit_test(calls_in_flight_end_when_the_service_restarts_and_nothing_is_lost),
        cmocka_unit_test(without_the_service_it_is_said_at_once_and_reconnect_waits_for_it),
        cmocka_unit_test(sixteen_threads_use_a_handle_each),
        cmocka_unit_test(sixteen_threads_come_to_one_handle_without_harm),
        cmocka_unit_test(ten_thousand_handles_leave_nothing_behind),
    };
    int failed = cmocka_run_group_tests_name("library", tests, begin, NULL);
    live_end();
    return failed == 0 ? 0 : 1;
}
