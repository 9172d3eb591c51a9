/* install_log_test.c: the sensor of the event log, by a real event: on a played log
 * (tests/wevtapi), for Wine has none; and what it says of the system's own.
 */
#include "fixture.h"

#include "observe/sensors_win32.h"
#include "observe/waiter.h"
#include "played_wevtapi.h"

#include <stdio.h>
#include <windows.h>

static struct {
    struct waiter *waiter;
    struct install_log *records;
    struct sensor *sensor;
    struct observation seen;
} s;

static void set_event(void *signal)
{
    SetEvent(signal);
}

static bool event_is_set(void *signal)
{
    return WaitForSingleObject(signal, 0) == WAIT_OBJECT_0;
}

static void start(const struct event_log_api *api)
{
    assert_int_equal(waiter_new(&s.waiter), 0);
    assert_int_equal(install_log_new(&s.records), 0);
    assert_int_equal(sensor_install_log_new_with(&s.sensor, s.waiter, s.records, NULL, api), 0);
}

static int begin(void **state)
{
    (void)state;
    played_begin(1000);
    played.set_signal = set_event;
    played.is_set = event_is_set;
    start(played_api());
    return 0;
}

static int end(void **state)
{
    (void)state;
    s.sensor->close(s.sensor);
    waiter_free(s.waiter);
    install_log_free(s.records);
    played_end();
    return 0;
}

static void look(void)
{
    s.sensor->read(s.sensor, &s.seen);
}

static void write_one(void)
{
    const char *const strings[] = {"Example", "1.0", "1033", "0", NULL};
    played_write_strings(1033, strings);
}

static unsigned take_all(void)
{
    struct install_record record;
    unsigned count = 0;
    while (install_log_take(s.records, &record)) {
        assert_string_equal(record.install.product, "Example");
        count++;
    }
    return count;
}

static uint64_t waited_for(uint32_t timeout_ms)
{
    uint64_t before = GetTickCount64();
    waiter_wait(s.waiter, timeout_ms * UINT64_C(1000));
    return GetTickCount64() - before;
}

static enum health health(void)
{
    struct install_log_state state;
    install_log_read_state(s.records, &state);
    return state.health;
}

/* The played log answers ERROR_INVALID_OPERATION while the event is not set, as Windows does: to
 * that 0.1.0 closed the subscription. */
static void a_record_ends_the_wait_and_is_read_time_after_time(void **state)
{
    (void)state;
    look();
    assert_int_equal(health(), HEALTH_OK);
    unsigned subscribed = played.subscribed;
    for (int i = 0; i < 20; i++) {
        write_one();
        assert_true(waited_for(30000) < 20000);
        look();
        assert_int_equal(take_all(), 1);
        assert_int_equal(health(), HEALTH_OK);
        assert_true(waited_for(20) >= 10); /* the event is reset */
    }
    assert_int_equal(played.subscribed, subscribed);
}

static void what_there_was_no_room_for_ends_the_next_wait(void **state)
{
    (void)state;
    unsigned taken = 0;
    look();
    for (int i = 0; i < 100; i++) {
        write_one();
    }
    while (taken < 100) {
        assert_true(waited_for(30000) < 20000);
        look();
        taken += take_all();
    }
    assert_int_equal(taken, 100);
}

static void what_was_written_before_the_first_look_is_not_read(void **state)
{
    (void)state;
    write_one();
    look();
    assert_int_equal(take_all(), 0);
    write_one();
    look();
    assert_int_equal(take_all(), 1);
}

static void the_systems_own_log_is_read_or_said_to_be_unreadable(void **state)
{
    (void)state;
    struct install_log_state now;
    end(NULL);
    played_begin(1);
    start(NULL);
    look();
    install_log_read_state(s.records, &now);
    if (now.health == HEALTH_OK) {
        print_message("the system's event log can be read\n");
    } else {
        print_message("the system's event log cannot be read: %s\n", now.problem);
        assert_int_equal(now.health, HEALTH_UNAVAILABLE);
        assert_true(strstr(now.problem, "(error ") != NULL);
    }
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        WITH(a_record_ends_the_wait_and_is_read_time_after_time),
        WITH(what_there_was_no_room_for_ends_the_next_wait),
        WITH(what_was_written_before_the_first_look_is_not_read),
        WITH(the_systems_own_log_is_read_or_said_to_be_unreadable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
