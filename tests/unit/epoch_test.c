/* epoch_test.c: positions, epochs and cursors: the arithmetic of a journal that moves between
 * memory and disk. */
#include "unit.h"

#include "journal/epoch.h"

#include <string.h>

#define HELD 104 /* where memory begins, unless a test says otherwise */

/* Positions 5 to 103 were published from a file, whose offset is 4; then the disk failed, and
 * another journal began in memory, from which 104 to 106 are published. */
static struct epochs failed_disk(void)
{
    struct epochs epochs = {
        .present = {"file", 4}, .durable = true, .published = 103, .first_seq = 1};
    static const char id[37] = "memory";
    epochs_leave_disk(&epochs, id);
    epochs.published = 106;
    epochs.first_seq = 1;
    return epochs;
}

static void a_journal_in_memory_begins_behind_what_is_published(void **state)
{
    struct epochs epochs = failed_disk();
    (void)state;
    assert_string_equal(epochs.before.id, "file");
    assert_string_equal(epochs.present.id, "memory");
    assert_int_equal(epochs.epoch_start, 104);
    assert_false(epochs.durable);
    assert_false(epochs.before_unreadable);
    assert_int_equal(epoch_seq(&epochs.present, 104), 1);
    assert_int_equal(epoch_seq(&epochs.before, 103), 99);
    assert_int_equal(epoch_position(&epochs.present, 1), 104);
}

static void each_position_is_numbered_by_the_journal_it_was_published_in(void **state)
{
    struct epochs epochs = failed_disk();
    (void)state;
    assert_ptr_equal(epochs_of(&epochs, 5), &epochs.before);
    assert_ptr_equal(epochs_of(&epochs, 103), &epochs.before);
    assert_ptr_equal(epochs_of(&epochs, 104), &epochs.present);
    assert_ptr_equal(epochs_of(&epochs, 107), &epochs.present); /* the next one that will come */
    const struct epoch file = {"file", 4};
    epochs_return_to_disk(&epochs, &file);
    assert_true(epochs.durable);
    assert_ptr_equal(epochs_of(&epochs, 5), &epochs.present);
    assert_int_equal(epoch_seq(&epochs.present, 106), 102);
}

static void what_memory_lacks_is_read_where_it_is(void **state)
{
    struct epochs epochs = failed_disk();
    (void)state;
    assert_true(epochs_in_database(&epochs, 103, HELD));
    assert_false(epochs_in_database(&epochs, 103, 103)); /* it is in memory */
    assert_false(epochs_in_database(&epochs, 104, 106)); /* they were in memory, and never in the
                                                          * file */
    epochs.before_unreadable = true;
    assert_false(epochs_in_database(&epochs, 103, HELD));
    epochs.durable = true;
    assert_true(epochs_in_database(&epochs, 104, 106));
    assert_false(epochs_in_database(&epochs, 106, 106));
}

static void a_range_is_cut_to_what_is_held(void **state)
{
    static const struct {
        uint64_t after, before, first, end;
    } rows[] = {
        {0, UINT64_MAX, 11, 21}, {0, 0, 11, 11},           {0, 1, 11, 11},
        {9, UINT64_MAX, 11, 21}, {10, UINT64_MAX, 11, 21}, {11, UINT64_MAX, 12, 21},
        {19, 21, 20, 21},        {20, UINT64_MAX, 21, 21}, {UINT64_MAX, UINT64_MAX, 21, 21},
        {12, 15, 13, 15},        {15, 12, 16, 16},         {UINT64_MAX, 0, 21, 21},
    };
    struct epochs epochs = {.present = {"file", 1000}, .published = 1020, .first_seq = 11};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t first, end;
        epochs_range(&epochs, rows[i].after, rows[i].before, &first, &end);
        must(first == rows[i].first + 1000 && end == rows[i].end + 1000, "row %u: %d to %d",
             (unsigned)i, (int)first, (int)end);
    }
    epochs.published = 1010; /* nothing is held */
    uint64_t first, end;
    epochs_range(&epochs, 0, UINT64_MAX, &first, &end);
    assert_int_equal(first, end);
}

static void a_follower_is_behind_by_an_event_or_by_a_journal(void **state)
{
    struct epochs epochs = failed_disk();
    struct journal_cursor cursor = epoch_cursor(&epochs.present, 3);
    (void)state;
    assert_int_equal(journal_cursor_seq(&cursor), 3);
    assert_false(epochs_is_behind(&epochs, &cursor));
    cursor = epoch_cursor(&epochs.present, 2);
    assert_true(epochs_is_behind(&epochs, &cursor));
    journal_cursor_pass(&cursor, 3);
    assert_false(epochs_is_behind(&epochs, &cursor));
    const struct epoch file = {"file", 4};
    epochs_return_to_disk(&epochs, &file);
    assert_true(epochs_is_behind(&epochs, &cursor)); /* it must be told about the other journal */
    assert_true(epoch_move(&cursor, &epochs.present));
    assert_false(epoch_move(&cursor, &epochs.present));
    assert_false(epochs_is_behind(&epochs, &cursor));
    assert_int_equal(journal_cursor_seq(&cursor), 102);
    assert_string_equal(cursor.id, "file");
}

static void what_is_no_longer_held_is_one_gap_in_the_numbers_of_the_follower(void **state)
{
    const struct epoch epoch = {"file", 100};
    struct journal_cursor cursor = epoch_cursor(&epoch, 7);
    uint64_t from = 0, to = 0;
    (void)state;
    epoch_pass_over(&cursor, 108, &from, &to); /* the next event is there */
    assert_int_equal(to, 0);
    assert_int_equal(cursor.position, 107);
    epoch_pass_over(&cursor, 111, &from, &to);
    assert_int_equal(from, 8);
    assert_int_equal(to, 10);
    epoch_pass_over(&cursor, 121, &from, &to);
    assert_int_equal(from, 8);
    assert_int_equal(to, 20);
    assert_int_equal(cursor.position, 120);
    epoch_pass_over(&cursor, 50, &from, &to); /* never backwards */
    assert_int_equal(cursor.position, 120);
    assert_int_equal(to, 20);
}

int epoch_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_journal_in_memory_begins_behind_what_is_published),
        cmocka_unit_test(each_position_is_numbered_by_the_journal_it_was_published_in),
        cmocka_unit_test(what_memory_lacks_is_read_where_it_is),
        cmocka_unit_test(a_range_is_cut_to_what_is_held),
        cmocka_unit_test(a_follower_is_behind_by_an_event_or_by_a_journal),
        cmocka_unit_test(what_is_no_longer_held_is_one_gap_in_the_numbers_of_the_follower),
    };
    return cmocka_run_group_tests_name("epoch", tests, NULL, NULL);
}
