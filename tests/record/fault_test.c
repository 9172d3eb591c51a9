/* fault_test.c: every call to the disk fails in turn, once or from then on until it is mended.
 * Nothing that was published is missing or told twice to a follower, nor in the file in the end.
 *
 * MSIWATCH_FAULTS is about how many calls fail of each kind; 0 for all.
 */
#include "desk.h"

#include "disk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 12, AFTER = 4 };

#ifdef _WIN32
#define FAULTS 8u /* under Wine each takes its time */
#else
#define FAULTS 0u
#endif

static bool is_published(struct desk *desk)
{
    bool all = true;
    for (struct follower *one = desk->followers; one != NULL; one = one->next) {
        all = all && one->last == desk->appended;
    }
    return all;
}

/* A read that failed is asked for again, as a client does that comes back. */
static void read_old_pages(struct desk *desk)
{
    struct journal_read all = desk_everything();
    struct desk_page page = {0};
    desk_read(desk, &page, &all);
    if (page.error == 0) {
        for (size_t i = 0; i < page.count; i++) {
            must(i == 0 || page.seqs[i] == page.seqs[i - 1] + 1, "seq %" PRIu64 " after %" PRIu64,
                 page.seqs[i], page.seqs[i - 1]);
        }
    }
}

static void must_hold_everything(struct desk *desk)
{
    char text[128], expected[128];
    desk_check_file(desk);
    desk_query(desk,
               "SELECT count(*), min(after_ms), max(after_ms), count(DISTINCT after_ms) FROM events"
               " WHERE after_ms IS NOT NULL",
               text, sizeof text);
    snprintf(expected, sizeof expected, "%d|1|%d|%d\n", EVENTS + AFTER, EVENTS + AFTER,
             EVENTS + AFTER);
    must(strcmp(text, expected) == 0, "the file holds %s", text);
}

/* The number of failures that there were. `calls`: how many calls it could have been. */
static unsigned play(enum disk_fault fault, unsigned first, unsigned count, unsigned *calls)
{
    struct desk desk;
    struct follower follower = {0};
    desk_begin(&desk);
    desk.held = 32;
    desk.disk.retry_ms = 2;
    disk_set_fault(fault, first, count);
    desk_open(&desk);
    desk_follow(&desk, &follower, 0);
    for (unsigned i = 0; i < EVENTS; i++) {
        desk_append(&desk, 1);
        desk_wait(&desk, is_published);
        if (i % 5 == 4) {
            read_old_pages(&desk);
        }
    }
    *calls = disk_calls();
    unsigned failures = disk_failures();
    disk_set_fault(DISK_GOOD, 0, 0);
    desk_wait(&desk, desk_is_durable);
    desk_append_slowly(&desk, AFTER);
    assert_int_equal(follower.last, EVENTS + AFTER);
    assert_int_equal(follower.events, EVENTS + AFTER);
    assert_int_equal(follower.gaps, 0);
    desk_close(&desk);
    must_hold_everything(&desk);
    must(desk_count(&desk, "history.db.", ".damaged") == 0, "something was set aside");
    desk_end(&desk);
    return failures;
}

static void play_all(enum disk_fault fault)
{
    unsigned most = desk_setting("MSIWATCH_FAULTS", FAULTS), calls, scenarios = 0;
    play(fault, 0, 0, &calls);
    unsigned step = most == 0 || calls <= most ? 1 : calls / most;
    for (unsigned first = 0; first < calls + step; first += step) {
        unsigned unused;
        unsigned failures = play(fault, first, 1, &unused);
        play(fault, first, DISK_FOR_EVER, &unused);
        scenarios += 2;
        if (failures == 0) {
            break; /* there are no more calls than that */
        }
    }
    print_message("%u calls, %u scenarios\n", calls, scenarios);
}

static void any_call_may_give_an_input_output_error(void **state)
{
    (void)state;
    play_all(DISK_ERROR);
}

static void any_write_may_find_the_disk_full(void **state)
{
    (void)state;
    play_all(DISK_FULL);
}

static void any_write_may_be_short(void **state)
{
    (void)state;
    play_all(DISK_SHORT_WRITE);
}

static void any_sync_may_fail(void **state)
{
    (void)state;
    play_all(DISK_SYNC_ERROR);
}

static void any_lock_may_be_taken(void **state)
{
    (void)state;
    play_all(DISK_LOCKED);
}

static void the_file_may_become_read_only_at_any_time(void **state)
{
    (void)state;
    play_all(DISK_READ_ONLY);
}

static void any_read_may_fail(void **state)
{
    (void)state;
    play_all(DISK_READ_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_call_may_give_an_input_output_error),
        cmocka_unit_test(any_write_may_find_the_disk_full),
        cmocka_unit_test(any_write_may_be_short),
        cmocka_unit_test(any_sync_may_fail),
        cmocka_unit_test(any_lock_may_be_taken),
        cmocka_unit_test(the_file_may_become_read_only_at_any_time),
        cmocka_unit_test(any_read_may_fail),
    };
    assert_int_equal(disk_register(), 0);
    return cmocka_run_group_tests_name("record.fault", tests, NULL, NULL);
}
