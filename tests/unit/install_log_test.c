/* install_log_test.c: records on their way to the loop: what does not fit stays in the event
 * log. */
#include "unit.h"

#include "observe/install_log.h"

#include <stdio.h>
#include <string.h>

enum { MOST_AT_ONCE = 64 };

/* An event log with this many records, which are numbered from 0 in their Data. */
struct source {
    struct install_log *log;
    unsigned count, next;
    bool malformed;
    int error; /* what a fetch returns when everything is fetched */
};

static int fetch(void *arg, size_t most)
{
    struct source *source = arg;
    int fetched = 0;
    for (; source->next < source->count && fetched < (int)most && fetched < MOST_AT_ONCE;
         fetched++, source->next++) {
        char number[16];
        snprintf(number, sizeof number, "%u", source->next);
        struct event_record event = {
            .event_id = 1033,
            .provider = "MsiInstaller",
            .at_ms = source->malformed ? INT64_MIN : 1000,
            .string_count = 1,
            .strings = {number},
        };
        install_log_put(source->log, &event);
    }
    return fetched > 0 ? fetched : source->error;
}

static int enter(void **state)
{
    struct install_log *log;
    assert_int_equal(install_log_new(&log), 0);
    *state = log;
    return 0;
}

static int leave(void **state)
{
    install_log_free(*state);
    return 0;
}

/* Takes at most this many; each must be the next one of the source. */
static void take(struct install_log *log, unsigned most, unsigned *taken)
{
    struct install_record record;
    for (; most > 0 && install_log_take(log, &record); most--, ++*taken) {
        char wanted[16];
        snprintf(wanted, sizeof wanted, "%u", *taken);
        assert_string_equal(record.install.product, wanted);
    }
}

static void what_there_is_no_room_for_stays_in_the_event_log(void **state)
{
    struct install_log_state now;
    struct source source = {.log = *state, .count = 300};
    unsigned taken = 0;
    assert_int_equal(install_log_drain(*state, fetch, &source), 1);
    unsigned room = source.next;
    assert_in_range(room, 1, 299);
    assert_int_equal(install_log_drain(*state, fetch, &source), 1); /* nobody took any */
    assert_int_equal(source.next, room);
    take(*state, 5, &taken);
    assert_int_equal(install_log_drain(*state, fetch, &source), 1);
    assert_int_equal(source.next, room + 5);
    int more;
    do {
        take(*state, UINT32_MAX, &taken);
        more = install_log_drain(*state, fetch, &source);
    } while (more > 0);
    assert_int_equal(more, 0);
    take(*state, UINT32_MAX, &taken);
    assert_int_equal(taken, 300);
    install_log_read_state(*state, &now);
    assert_int_equal(now.records, 300);
    assert_int_equal(now.dropped, 0);
}

static void a_flood_of_records_that_are_refused_comes_to_an_end(void **state)
{
    struct source source = {.log = *state, .count = UINT32_MAX, .malformed = true};
    assert_int_equal(install_log_drain(*state, fetch, &source), 1);
    assert_in_range(source.next, 1, 1000);
}

static void a_log_that_cannot_be_read_any_more_is_reported_after_what_was_read(void **state)
{
    struct source source = {.log = *state, .count = 3, .error = -5};
    unsigned taken = 0;
    assert_int_equal(install_log_drain(*state, fetch, &source), -5);
    take(*state, UINT32_MAX, &taken);
    assert_int_equal(taken, 3);
}

int install_log_tests(void)
{
#define WITH_LOG(test) cmocka_unit_test_setup_teardown(test, enter, leave)
    static const struct CMUnitTest tests[] = {
        WITH_LOG(what_there_is_no_room_for_stays_in_the_event_log),
        WITH_LOG(a_flood_of_records_that_are_refused_comes_to_an_end),
        WITH_LOG(a_log_that_cannot_be_read_any_more_is_reported_after_what_was_read),
    };
    return cmocka_run_group_tests_name("install_log", tests, NULL, NULL);
}
