/* fault_test.c: every call to the disk fails in turn, once or from then on until it is mended.
 * Nothing that was published is missing or told twice to a follower, nor in the file in the end.
 *
 * MSIWATCH_FAULTS is about how many calls fail of each kind (24); 0 for all.
 */
#include "journal_fixture.h"

#include "disk.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { BEFORE = 60, EVENTS = 12, AFTER = 4, HELD = 32 };

#ifdef _WIN32
#define FAULTS 3u /* under Wine each takes its time */
#else
#define FAULTS 24u
#endif

/* Over all scenarios of a test: pages by seq that could not be read, and pages of followers. */
static unsigned pages_failed, follows_failed;

/* To those who follow, which need no disk for it. */
static bool is_published(struct journal_fixture *fixture)
{
    bool all = true;
    for (struct follower *one = fixture->followers; one != NULL; one = one->next) {
        all = all && (one->persists || one->last == fixture->appended);
    }
    return all;
}

static void read_old_pages(struct journal_fixture *fixture)
{
    struct journal_read all = fixture_everything();
    struct fixture_page page = {0};
    fixture_read(fixture, &page, &all);
    pages_failed += page.error != 0;
    if (page.error == 0) {
        must(page.count == page.info.last_seq - page.info.first_seq + 1,
             "%u events of seqs %" PRIu64 " to %" PRIu64, (unsigned)page.count, page.info.first_seq,
             page.info.last_seq);
        for (size_t i = 0; i < page.count; i++) {
            must(page.seqs[i] == page.info.first_seq + i, "seq %" PRIu64 " behind %u others",
                 page.seqs[i], (unsigned)i);
        }
    }
}

static void must_hold_everything(struct journal_fixture *fixture)
{
    char text[128], expected[128];
    fixture_check_file(fixture);
    fixture_query(
        fixture,
        "SELECT count(*), min(after_ms), max(after_ms), count(DISTINCT after_ms) FROM events"
        " WHERE after_ms IS NOT NULL",
        text, sizeof text);
    snprintf(expected, sizeof expected, "%" PRIu64 "|1|%" PRIu64 "|%" PRIu64 "\n",
             fixture->appended, fixture->appended, fixture->appended);
    must(strcmp(text, expected) == 0, "the file holds %s", text);
}

static void must_know_everything(const struct follower *follower)
{
    assert_int_equal(follower->last, follower->fixture->appended);
    assert_int_equal(follower->events, follower->fixture->appended);
    assert_int_equal(follower->gaps, 0);
}

/* Events while the disk fails, and after it is mended. The number of failures that there were.
 * `calls`: how many calls it could have been. */
static unsigned play_events(struct journal_fixture *fixture, unsigned *calls)
{
    for (unsigned i = 0; i < EVENTS; i++) {
        fixture_append(fixture, 1);
        fixture_wait(fixture, is_published);
        if (i % 5 == 4) {
            read_old_pages(fixture);
        }
    }
    *calls = disk_calls();
    unsigned failures = disk_failures();
    disk_set_fault(DISK_GOOD, 0, 0);
    fixture_wait(fixture, fixture_is_durable);
    fixture_append_slowly(fixture, AFTER);
    return failures;
}

static void end(struct journal_fixture *fixture)
{
    fixture_close(fixture);
    must_hold_everything(fixture);
    must(fixture_count(fixture, "history.db.", ".damaged") == 0, "something was set aside");
    fixture_end(fixture);
}

/* From the first call on, with which the journal is made. */
static unsigned play_from_nothing(enum disk_fault fault, unsigned first, unsigned count,
                                  unsigned *calls)
{
    struct journal_fixture fixture;
    struct follower follower = {0};
    fixture_begin(&fixture);
    fixture.held = HELD;
    fixture.disk.retry_ms = 2;
    disk_set_fault(fault, first, count);
    fixture_open(&fixture);
    fixture_follow(&fixture, &follower, 0);
    unsigned failures = play_events(&fixture, calls);
    must_know_everything(&follower);
    end(&fixture);
    return failures;
}

/* From when there are events that memory does not hold, and somebody who reads them, a few at once:
 * the reader's calls are in it. */
static unsigned play_with_a_past(enum disk_fault fault, unsigned first, unsigned count,
                                 unsigned *calls)
{
    struct journal_fixture fixture;
    struct follower follower = {0}, reader = {.persists = true, .bytes = 600};
    fixture_begin(&fixture);
    fixture.held = HELD;
    fixture.disk.retry_ms = 2;
    fixture_open(&fixture);
    fixture_follow(&fixture, &follower, 0);
    fixture_append(&fixture, HELD);
    fixture_settle(&fixture);
    fixture_append(&fixture, BEFORE - HELD);
    fixture_settle(&fixture);
    disk_set_fault(fault, first, count);
    fixture_follow(&fixture, &reader, 0);
    unsigned failures = play_events(&fixture, calls);
    must_know_everything(&follower);
    must_know_everything(&reader);
    follows_failed += reader.failures;
    end(&fixture);
    return failures;
}

typedef unsigned scenario(enum disk_fault fault, unsigned first, unsigned count, unsigned *calls);

static void play_each(scenario *play, enum disk_fault fault)
{
    unsigned most = fixture_setting("MSIWATCH_FAULTS", FAULTS), calls, scenarios = 0;
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

static void play_all(enum disk_fault fault)
{
    pages_failed = follows_failed = 0;
    play_each(play_from_nothing, fault);
    play_each(play_with_a_past, fault);
    print_message("%u pages by seq and %u pages of followers failed\n", pages_failed,
                  follows_failed);
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
    assert_int_not_equal(pages_failed, 0);
    assert_int_not_equal(follows_failed, 0);
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
