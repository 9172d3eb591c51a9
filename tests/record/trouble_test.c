/* trouble_test.c: the disk fails and comes back: the journal goes on in memory, and no event is
 * reported twice or left out. */
#include "journal_fixture.h"

#include "disk.h"
#include "files/secure_files.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define FINDS_LEAKS
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FINDS_LEAKS
#endif
#endif
#ifdef FINDS_LEAKS
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable() ((void)0)
#define __lsan_enable() ((void)0)
#endif

static const struct journal_info *info_of(struct journal_fixture *fixture)
{
    return journal_info(fixture->journal);
}

static void fail_disk(struct journal_fixture *fixture, enum disk_fault fault)
{
    disk_set_fault(fault, 0, DISK_FOR_EVER);
    fixture_append(fixture, 1);
    fixture_wait(fixture, fixture_is_volatile);
}

static void mend_disk(struct journal_fixture *fixture)
{
    disk_set_fault(DISK_GOOD, 0, 0);
    fixture_wait(fixture, fixture_is_durable);
    fixture_settle(fixture);
}

/* All of it is in the file, once, in order, under seqs without a gap. */
static void must_hold(struct journal_fixture *fixture, uint64_t first, uint64_t last)
{
    char text[128], expected[128];
    fixture_check_file(fixture);
    fixture_query(
        fixture,
        "SELECT count(*), min(after_ms), max(after_ms), count(DISTINCT after_ms) FROM events"
        " WHERE after_ms IS NOT NULL",
        text, sizeof text);
    snprintf(expected, sizeof expected, "%" PRIu64 "|%" PRIu64 "|%" PRIu64 "|%" PRIu64 "\n",
             last - first + 1, first, last, last - first + 1);
    assert_string_equal(text, expected);
    fixture_query(fixture,
                  "SELECT count(*) FROM events a JOIN events b ON b.seq = a.seq + 1"
                  " WHERE a.after_ms >= b.after_ms",
                  text, sizeof text);
    assert_string_equal(text, "0\n");
}

static void a_full_disk_moves_everybody_to_memory_and_back(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {0};
    char durable[37], memory[37];
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    fixture_follow(&fixture, &follower, 0);
    fixture_append_slowly(&fixture, 5);
    memcpy(durable, info_of(&fixture)->id, sizeof durable);
    fail_disk(&fixture, DISK_FULL);
    memcpy(memory, info_of(&fixture)->id, sizeof memory);
    assert_string_not_equal(memory, durable);
    assert_string_not_equal(info_of(&fixture)->problem, "");
    assert_int_equal(info_of(&fixture)->first_seq, 1);
    assert_int_equal(info_of(&fixture)->last_seq, 1);
    assert_int_equal(follower.resets, 1);
    assert_string_equal(follower.reset_to, memory);
    assert_int_equal(follower.reset_after, 0);
    fixture_append_slowly(&fixture, 4);
    assert_int_equal(follower.last, 10);
    assert_int_equal(info_of(&fixture)->last_seq, 5);
    mend_disk(&fixture);
    assert_string_equal(info_of(&fixture)->id, durable);
    assert_string_equal(info_of(&fixture)->problem, "");
    assert_int_equal(info_of(&fixture)->last_seq, 10);
    assert_int_equal(follower.resets, 2);
    assert_string_equal(follower.reset_to, durable);
    assert_int_equal(follower.reset_after, 10);
    fixture_append_slowly(&fixture, 1);
    assert_int_equal(follower.last, 11);
    assert_int_equal(follower.gaps, 0);
    fixture_close(&fixture);
    must_hold(&fixture, 1, 11);
    fixture_end(&fixture);
}

static void those_who_are_behind_first_get_the_rest(void **state)
{
    struct journal_fixture fixture;
    struct follower wakes_meanwhile = {.stands_still = true}, wakes_after = {.stands_still = true};
    (void)state;
    fixture_begin(&fixture);
    fixture.held = 8;
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 30);
    fixture_follow(&fixture, &wakes_meanwhile, 3);
    fixture_follow(&fixture, &wakes_after, 3);
    wakes_meanwhile.last = wakes_after.last = 3;
    fail_disk(&fixture, DISK_FULL);
    fixture_append_slowly(&fixture, 4);
    /* What memory lacks is still in the file, which a full disk can read. */
    fixture_wake(&wakes_meanwhile);
    fixture_settle(&fixture);
    assert_int_equal(wakes_meanwhile.events, 32);
    assert_int_equal(wakes_meanwhile.gaps, 0);
    assert_int_equal(wakes_meanwhile.resets, 1);
    assert_int_equal(wakes_meanwhile.reset_after, 0);
    mend_disk(&fixture);
    fixture_wake(&wakes_after);
    fixture_settle(&fixture);
    /* This one never heard of the journal in memory: for it nothing happened. */
    assert_int_equal(wakes_after.events, 32);
    assert_int_equal(wakes_after.gaps + wakes_after.resets, 0);
    assert_int_equal(wakes_meanwhile.resets, 2);
    assert_int_equal(wakes_meanwhile.reset_after, 35);
    fixture_close(&fixture);
    must_hold(&fixture, 1, 35);
    fixture_end(&fixture);
}

static void what_memory_has_dropped_is_a_gap(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {0}, sleeper = {.stands_still = true}, late = {0};
    (void)state;
    fixture_begin(&fixture);
    fixture.held = 8;
    fixture_open(&fixture);
    fixture_follow(&fixture, &follower, 0);
    fixture_append_slowly(&fixture, 5);
    fixture_follow(&fixture, &sleeper, 5);
    fail_disk(&fixture, DISK_ERROR);
    fixture_append_slowly(&fixture, 20);
    assert_int_equal(info_of(&fixture)->last_seq, 21);
    assert_int_equal(info_of(&fixture)->first_seq, 14);
    assert_int_equal(follower.last, 26); /* who follows loses nothing */
    mend_disk(&fixture);
    /* The numbers of those that are lost are never given to others. */
    assert_int_equal(info_of(&fixture)->last_seq, 26);
    assert_int_equal(follower.gaps, 0);
    fixture_wake(&sleeper);
    fixture_follow(&fixture, &late, 5);
    fixture_settle(&fixture);
    assert_int_equal(sleeper.gaps, 1);
    assert_int_equal(sleeper.missed, 13);
    assert_int_equal(sleeper.events, 8);
    assert_int_equal(late.gaps, 1);
    assert_int_equal(late.missed, 13);
    assert_int_equal(late.events, 8);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

/* A page is asked of the database, and before it comes there is another journal. */
static void lose_the_disk_while_a_page_is_read(struct fixture_page *page, bool descending)
{
    struct journal_fixture fixture;
    struct journal_read all = fixture_everything();
    char durable[37];
    all.wish.descending = descending;
    fixture_begin(&fixture);
    fixture.held = 8;
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 30);
    memcpy(durable, info_of(&fixture)->id, sizeof durable);
    fixture_ask(&fixture, page, &all);
    assert_false(page->answered);
    disk_set_stuck(true);
    fixture_append(&fixture, 9); /* one more than may wait */
    assert_true(fixture_is_volatile(&fixture));
    assert_false(page->answered);
    fixture_await(&fixture, page);
    assert_int_equal(page->error, 0);
    assert_string_not_equal(page->info.id, durable);
    disk_set_stuck(false);
    fixture_wait(&fixture, fixture_is_durable);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

static void a_page_is_of_the_journal_that_its_answer_names(void **state)
{
    struct fixture_page page = {0};
    (void)state;
    for (int descending = 0; descending < 2; descending++) {
        lose_the_disk_while_a_page_is_read(&page, descending != 0);
        assert_int_equal(page.info.first_seq, 2); /* its first had to go */
        assert_int_equal(page.info.last_seq, 9);
        assert_int_equal(page.count, 8);
        for (size_t i = 0; i < 8; i++) {
            uint64_t seq = descending ? 9 - i : 2 + i;
            assert_int_equal(page.seqs[i], seq);
            assert_int_equal(page.numbers[i], 30 + seq);
        }
    }
}

static void events_that_come_while_a_page_is_read_are_not_in_the_gap(void **state)
{
    struct journal_fixture fixture;
    struct follower sleeper = {.stands_still = true};
    (void)state;
    fixture_begin(&fixture);
    fixture.held = 8;
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 5);
    fixture_follow(&fixture, &sleeper, 5);
    fail_disk(&fixture, DISK_ERROR);
    fixture_append_slowly(&fixture, 20);
    mend_disk(&fixture);
    /* The file holds 1 to 5 and 19 to 26. Asked for what is behind 5 and before 19 it has nothing;
     * meanwhile memory drops 19 to 21. */
    fixture_wake(&sleeper);
    assert_true(sleeper.reading);
    fixture_append(&fixture, 3);
    assert_true(sleeper.reading);
    fixture_settle(&fixture);
    assert_int_equal(sleeper.gaps, 1);
    assert_int_equal(sleeper.missed, 13);
    assert_int_equal(sleeper.events, 11);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

/* Thirty events on a disk that then fails for good, reads included, and some who have read none of
 * them: memory holds the last eight. */
static void begin_unreadable(struct journal_fixture *fixture, enum disk_fault fault,
                             struct follower *sleepers, size_t count)
{
    fixture_begin(fixture);
    fixture->held = 8;
    fixture_open(fixture);
    fixture_append_slowly(fixture, 30);
    for (size_t i = 0; i < count; i++) {
        sleepers[i] = (struct follower){.stands_still = true};
        fixture_follow(fixture, &sleepers[i], 0);
    }
    fail_disk(fixture, fault);
    for (size_t i = 0; i < count; i++) {
        fixture_wake(&sleepers[i]);
    }
    fixture_pass(fixture, 100); /* the disk is tried again and again */
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(sleepers[i].events + sleepers[i].gaps + sleepers[i].failures, 0);
    }
}

static void who_is_behind_waits_while_the_disk_cannot_be_read(void **state)
{
    static const enum disk_fault faults[] = {DISK_ERROR, DISK_LOCKED};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct journal_fixture fixture;
        struct follower sleeper, follower = {0};
        begin_unreadable(&fixture, faults[i], &sleeper, 1);
        fixture_follow(&fixture, &follower, info_of(&fixture)->last_seq);
        fixture_append(&fixture, 7); /* memory is full then */
        assert_int_equal(follower.events, 7);
        fixture_pass(&fixture, 50);
        assert_int_equal(sleeper.events + sleeper.gaps + sleeper.failures, 0);
        mend_disk(&fixture);
        assert_int_equal(sleeper.events, 38);
        assert_int_equal(sleeper.gaps + sleeper.failures, 0);
        assert_int_equal(follower.gaps + follower.failures, 0);
        fixture_close(&fixture);
        must_hold(&fixture, 1, 38);
        fixture_end(&fixture);
    }
}

static void who_waits_for_the_disk_goes_on_before_memory_forgets(void **state)
{
    struct journal_fixture fixture;
    struct follower sleeper;
    (void)state;
    begin_unreadable(&fixture, DISK_ERROR, &sleeper, 1);
    fixture_append(&fixture, 7);
    fixture_pass(&fixture, 20);
    assert_int_equal(sleeper.gaps, 0);
    fixture_append(&fixture, 1); /* in the place of the first that the file lacks */
    fixture_settle(&fixture);
    assert_int_equal(sleeper.gaps, 1);
    assert_int_equal(sleeper.missed, 30);
    assert_int_equal(sleeper.events, 9);
    assert_int_equal(sleeper.resets, 1);
    disk_set_fault(DISK_GOOD, 0, 0);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

static void who_waits_for_the_disk_may_leave(void **state)
{
    (void)state;
    for (int mended = 0; mended < 2; mended++) {
        struct journal_fixture fixture;
        struct follower sleepers[3];
        begin_unreadable(&fixture, DISK_ERROR, sleepers, 3);
        assert_true(sleepers[1].reading);
        journal_read_cancel(fixture.journal, &sleepers[1].read);
        sleepers[1].reading = false;
        sleepers[1].stands_still = true;
        if (mended) {
            mend_disk(&fixture);
            assert_int_equal(sleepers[0].events, 31);
            assert_int_equal(sleepers[1].events, 0);
            assert_int_equal(sleepers[2].events, 31);
        }
        disk_set_fault(DISK_GOOD, 0, 0);
        fixture_close(&fixture); /* the others leave, too */
        fixture_end(&fixture);
    }
}

#ifndef _WIN32 /* where a file that is open can be removed and replaced */

static void remove_files(struct journal_fixture *fixture)
{
    static const char *const names[] = {"history.db", "history.db-wal", "history.db-shm"};
    char path[1024];
    for (size_t i = 0; i < 3; i++) {
        fixture_path(fixture, names[i], path);
        assert_int_equal(files_remove(path), 0);
    }
}

/* The file that comes next has seqs of the same numbers, and is another journal. */
static void who_waits_for_a_file_that_is_gone_gets_a_gap(void **state)
{
    (void)state;
    for (int round = 0; round < 5; round++) {
        struct journal_fixture fixture;
        struct follower sleeper;
        begin_unreadable(&fixture, DISK_ERROR, &sleeper, 1);
        remove_files(&fixture);
        mend_disk(&fixture);
        assert_int_equal(sleeper.gaps, 1);
        assert_int_equal(sleeper.missed, 23);
        assert_int_equal(sleeper.events, 8);
        assert_int_equal(sleeper.last, 31);
        assert_int_equal(sleeper.failures, 0);
        fixture_close(&fixture);
        fixture_end(&fixture);
    }
}

/* Nobody may be told what another journal holds under the same numbers. */
static void a_file_that_was_replaced_is_not_read(void **state)
{
    struct journal_fixture fixture, other;
    struct follower sleeper = {.stands_still = true};
    struct fixture_page page = {0};
    struct journal_read all = fixture_everything();
    char from[1024], to[1024];
    (void)state;
    fixture_begin(&other);
    fixture_open(&other);
    fixture_append_slowly(&other, 100);
    fixture_close(&other);
    fixture_begin(&fixture);
    fixture.held = 8;
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 30);
    fixture_follow(&fixture, &sleeper, 0);
    remove_files(&fixture);
    fixture_path(&other, "history.db", from);
    fixture_path(&fixture, "history.db", to);
    assert_int_equal(rename(from, to), 0);
    fixture_ask(&fixture, &page, &all);
    fixture_await(&fixture, &page);
    must(page.error != 0 || page.count == 0 || page.numbers[0] >= 23,
         "event %" PRIu64 " of another journal", page.numbers[0]);
    fixture_wake(&sleeper);
    fixture_append(&fixture, 1);
    fixture_pass(&fixture, 200);
    fixture_settle(&fixture);
    assert_int_equal(sleeper.last, 31);
    assert_int_equal(sleeper.missed + sleeper.events, 31); /* each once */
    assert_true(sleeper.events >= 8);
    fixture_close(&fixture);
    fixture_end(&fixture);
    fixture_end(&other);
}

#endif

static void it_may_fail_again_and_again(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {0}, sleeper = {.stands_still = true};
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    fixture_follow(&fixture, &follower, 0);
    fixture_follow(&fixture, &sleeper, 0);
    for (int i = 0; i < 6; i++) {
        fixture_append_slowly(&fixture, 2);
        fail_disk(&fixture, i % 2 == 0 ? DISK_SYNC_ERROR : DISK_ERROR);
        fixture_append_slowly(&fixture, 2);
        mend_disk(&fixture);
    }
    assert_int_equal(follower.last, 30);
    assert_int_equal(follower.resets, 12);
    assert_int_equal(follower.gaps, 0);
    fixture_wake(&sleeper);
    fixture_settle(&fixture);
    assert_int_equal(sleeper.last, 30);
    assert_int_equal(sleeper.gaps, 0);
    fixture_close(&fixture);
    must_hold(&fixture, 1, 30);
    fixture_end(&fixture);
}

static void a_disk_that_is_gone_at_the_start_is_joined_later(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {0};
    (void)state;
    fixture_begin(&fixture);
    disk_set_fault(DISK_ERROR, 0, DISK_FOR_EVER);
    fixture_open(&fixture);
    assert_false(info_of(&fixture)->durable);
    fixture_follow(&fixture, &follower, 0);
    fixture_append_slowly(&fixture, 5);
    mend_disk(&fixture);
    assert_int_equal(info_of(&fixture)->last_seq, 5);
    assert_int_equal(follower.resets, 1);
    assert_int_equal(follower.reset_after, 5);
    assert_int_equal(follower.last, 5);
    fixture_close(&fixture);
    must_hold(&fixture, 1, 5);
    fixture_end(&fixture);
}

static void a_disk_that_is_late_at_the_start_is_joined_later(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {0};
    char id[37];
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 3);
    memcpy(id, info_of(&fixture)->id, sizeof id);
    fixture_close(&fixture);
    disk_set_stuck(true);
    fixture.disk.open_ms = 20;
    fixture_open(&fixture);
    assert_false(info_of(&fixture)->durable);
    assert_string_not_equal(info_of(&fixture)->problem, "");
    fixture_follow(&fixture, &follower, 0);
    follower.last = 3;
    fixture_append_slowly(&fixture, 3);
    assert_int_equal(follower.last, 6);
    disk_set_stuck(false);
    fixture_wait(&fixture, fixture_is_durable);
    fixture_settle(&fixture);
    assert_string_equal(info_of(&fixture)->id, id);
    /* Between the two is the end of the first watch. */
    assert_int_equal(info_of(&fixture)->last_seq, 7);
    assert_int_equal(follower.resets, 1);
    assert_int_equal(follower.reset_after, 7);
    fixture_append_slowly(&fixture, 1);
    assert_int_equal(follower.last, 7);
    fixture_close(&fixture);
    must_hold(&fixture, 1, 7);
    fixture_end(&fixture);
}

/* ---- the file itself goes, or is changed by others ---- */

#ifndef _WIN32 /* there a file that is open cannot be removed */
static void remove_file(struct journal_fixture *fixture, const char *name)
{
    char path[1024];
    fixture_path(fixture, name, path);
    assert_int_equal(files_remove(path), 0);
}

static void a_file_that_is_deleted_is_made_again_with_what_memory_holds(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {0}, sleeper = {.stands_still = true};
    char id[37];
    (void)state;
    fixture_begin(&fixture);
    fixture.held = 8;
    fixture_open(&fixture);
    fixture_follow(&fixture, &follower, 0);
    fixture_follow(&fixture, &sleeper, 0);
    fixture_append_slowly(&fixture, 20);
    memcpy(id, info_of(&fixture)->id, sizeof id);
    remove_file(&fixture, "history.db");
    fixture_append(&fixture, 1);
    fixture_wait(&fixture, fixture_is_volatile);
    fixture_wait(&fixture, fixture_is_durable);
    fixture_settle(&fixture);
    assert_string_not_equal(info_of(&fixture)->id, id);
    assert_int_equal(info_of(&fixture)->last_seq, 8);
    assert_int_equal(follower.last, 21);
    assert_int_equal(follower.resets, 2);
    fixture_wake(&sleeper);
    fixture_settle(&fixture);
    assert_int_equal(sleeper.gaps, 1);
    assert_int_equal(sleeper.missed, 13);
    assert_int_equal(sleeper.events, 8);
    assert_int_equal(sleeper.reset_after, 0);
    fixture_close(&fixture);
    must_hold(&fixture, 14, 21);
    fixture_end(&fixture);
}

#endif

static void execute(struct journal_fixture *fixture, const char *sql)
{
    char path[1024];
    sqlite3 *sqlite;
    fixture_path(fixture, "history.db", path);
    assert_int_equal(sqlite3_open(path, &sqlite), SQLITE_OK);
    must(sqlite3_exec(sqlite, sql, NULL, NULL, NULL) == SQLITE_OK, "%s: %s", sql,
         sqlite3_errmsg(sqlite));
    sqlite3_close(sqlite);
}

/* ---- troubles that end the same way: the journal is in memory, then on disk again, and who
 * follows has every event once ---- */

struct trouble {
    const char *what;
    uint32_t stuck_ms; /* when a disk that does not answer is given up; 0: as usual */
    size_t held;       /* 0: as many as usual */
    unsigned before;   /* events, each published before the next */
    void (*strike)(struct journal_fixture *fixture);
    unsigned at_once;    /* events that come then, together */
    bool holds_one_less; /* the last of them is what moves the journal into memory */
    unsigned meanwhile;  /* events in memory */
    void (*mend)(struct journal_fixture *fixture); /* NULL: it mends itself */
    unsigned after;
    bool another; /* journal, and the file of before is in quarantine */
};

static void get_stuck(struct journal_fixture *fixture)
{
    (void)fixture;
    disk_set_stuck(true);
}

/* And what it was asked for happens after all. */
static void get_loose(struct journal_fixture *fixture)
{
    (void)fixture;
    disk_set_stuck(false);
}

static void get_stuck_at_rest(struct journal_fixture *fixture)
{
    fixture_pass(fixture, 50); /* until the writer has nothing else to do */
    disk_set_stuck(true);
}

static void take_the_next_number(struct journal_fixture *fixture)
{
    execute(fixture, "INSERT INTO events (seq, kind, at, json, checksum, highest_at)"
                     " VALUES (6, 'transition', '2026', '{}', 1, 1)");
}

#ifndef _WIN32 /* there a file that is open cannot be removed */
static void delete_the_log(struct journal_fixture *fixture)
{
    remove_file(fixture, "history.db-wal");
}
#endif

static const struct trouble troubles[] = {
    {.what = "a disk does not answer and is given up",
     .stuck_ms = 50,
     .before = 3,
     .strike = get_stuck,
     .at_once = 3,
     .meanwhile = 2,
     .mend = get_loose,
     .after = 2},
    {.what = "more events come than may wait for a slow disk",
     .held = 8,
     .strike = get_stuck_at_rest,
     .at_once = 9,
     .holds_one_less = true,
     .mend = get_loose},
    {.what = "others took the next number",
     .before = 5,
     .strike = take_the_next_number,
     .at_once = 1,
     .another = true},
#ifndef _WIN32
    {.what = "the log file is deleted", .before = 20, .strike = delete_the_log, .at_once = 1},
#endif
};

static void strike(struct journal_fixture *fixture, const struct trouble *trouble)
{
    trouble->strike(fixture);
    if (trouble->holds_one_less) {
        fixture_append(fixture, trouble->at_once - 1);
        assert_true(info_of(fixture)->durable);
        fixture_append(fixture, 1);
        assert_false(info_of(fixture)->durable);
    } else {
        fixture_append(fixture, trouble->at_once);
        fixture_wait(fixture, fixture_is_volatile);
    }
}

static void every_event_is_sent_once_and_is_on_disk_in_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
        const struct trouble *trouble = &troubles[i];
        uint64_t all = trouble->before + trouble->at_once + trouble->meanwhile + trouble->after;
        struct journal_fixture fixture;
        struct follower follower = {0};
        char id[37];
        print_message("%s\n", trouble->what);
        fixture_begin(&fixture);
        fixture.disk.stuck_ms = trouble->stuck_ms != 0 ? trouble->stuck_ms : fixture.disk.stuck_ms;
        fixture.held = trouble->held != 0 ? trouble->held : fixture.held;
        fixture_open(&fixture);
        fixture_follow(&fixture, &follower, 0);
        fixture_append_slowly(&fixture, trouble->before);
        memcpy(id, info_of(&fixture)->id, sizeof id);
        strike(&fixture, trouble);
        fixture_append_slowly(&fixture, trouble->meanwhile);
        if (trouble->mend != NULL) {
            fixture_settle(&fixture);
            assert_int_equal(follower.last, all - trouble->after);
            trouble->mend(&fixture);
        }
        fixture_wait(&fixture, fixture_is_durable);
        fixture_settle(&fixture);
        fixture_append_slowly(&fixture, trouble->after);
        assert_int_equal(follower.last, all);
        assert_int_equal(follower.gaps, 0);
        assert_int_equal(strcmp(info_of(&fixture)->id, id) != 0, trouble->another);
        assert_int_equal(info_of(&fixture)->quarantined.count, trouble->another);
        assert_int_equal(fixture_count(&fixture, "history.db.", ".damaged"), trouble->another);
        fixture_close(&fixture);
        must_hold(&fixture, 1, all);
        fixture_end(&fixture);
    }
}

/* The disk answers after the reader has stopped, and the file must not be used. */
static void it_may_stop_while_a_foreign_file_is_opened(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 5);
    take_the_next_number(&fixture);
    disk_set_stuck(true);
    fixture_append(&fixture, 1);
    fixture_wait(&fixture, fixture_is_volatile);
    fixture_pass(&fixture, 50); /* until the file is opened again */
    journal_stop(fixture.journal, NULL, NULL);
    fixture_pass(&fixture, 50);
    disk_set_stuck(false);
    assert_int_equal(uv_run(&fixture.loop, UV_RUN_DEFAULT), 0);
    journal_free(fixture.journal);
    assert_int_equal(fixture_count(&fixture, "history.db.", ".damaged"), 0);
    fixture_end(&fixture);
}

static bool is_unlocked(const struct journal_fixture *fixture)
{
    char path[1024];
    struct files_lock *lock = NULL;
    fixture_path(fixture, "msiwatchd.lock", path);
    bool unlocked = files_lock(path, &lock) == 0;
    files_unlock(lock);
    return unlocked;
}

/* What the writer's thread uses is never freed then, so this leaks. */
static void it_may_stop_while_the_disk_does_not_answer(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    __lsan_disable();
    fixture_open(&fixture);
    __lsan_enable();
    fixture_append_slowly(&fixture, 3);
    disk_set_stuck(true);
    fixture_append(&fixture, 1);
    fixture_pass(&fixture, 20);
    fixture_close(&fixture);
    assert_false(is_unlocked(&fixture));
    disk_set_stuck(false); /* and the thread does the rest */
    for (unsigned i = 0; i < 1000 && !is_unlocked(&fixture); i++) {
        uv_sleep(10);
    }
    must_hold(&fixture, 1, 4);
    fixture_end(&fixture);
}

static void a_row_that_was_changed_is_never_told(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {.stands_still = true}, late = {0};
    struct fixture_page page = {0};
    struct journal_read all = fixture_everything();
    (void)state;
    fixture_begin(&fixture);
    fixture.held = 8;
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 30);
    execute(&fixture,
            "UPDATE events SET json = replace(json, '\"busy\"', '\"idle\"') WHERE seq = 11");
    fixture_follow(&fixture, &follower, 0);
    fixture_read(&fixture, &page, &all);
    assert_int_equal(page.error, UV_EIO);
    fixture_wait(&fixture, fixture_is_durable); /* in a new file, with what memory holds */
    fixture_settle(&fixture);
    assert_int_equal(info_of(&fixture)->quarantined.count, 1);
    assert_int_equal(info_of(&fixture)->last_seq, 8);
    fixture_wake(&follower);
    fixture_settle(&fixture);
    assert_int_equal(follower.gaps, 1);
    assert_int_equal(follower.missed, 22);
    assert_int_equal(follower.events, 8);
    fixture_follow(&fixture, &late, 0);
    fixture_settle(&fixture);
    assert_int_equal(late.events, 8);
    fixture_close(&fixture);
    must_hold(&fixture, 23, 30);
    fixture_end(&fixture);
}

static void rows_that_were_removed_are_a_gap(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {0};
    (void)state;
    fixture_begin(&fixture);
    fixture.held = 4;
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 30);
    execute(&fixture, "DELETE FROM events WHERE seq BETWEEN 10 AND 14 OR seq BETWEEN 24 AND 26");
    fixture_follow(&fixture, &follower, 0);
    fixture_settle(&fixture);
    assert_int_equal(follower.gaps, 2);
    assert_int_equal(follower.missed, 8);
    assert_int_equal(follower.events, 22);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_moves_everybody_to_memory_and_back),
        cmocka_unit_test(those_who_are_behind_first_get_the_rest),
        cmocka_unit_test(what_memory_has_dropped_is_a_gap),
        cmocka_unit_test(a_page_is_of_the_journal_that_its_answer_names),
        cmocka_unit_test(events_that_come_while_a_page_is_read_are_not_in_the_gap),
        cmocka_unit_test(who_is_behind_waits_while_the_disk_cannot_be_read),
        cmocka_unit_test(who_waits_for_the_disk_goes_on_before_memory_forgets),
        cmocka_unit_test(who_waits_for_the_disk_may_leave),
#ifndef _WIN32
        cmocka_unit_test(who_waits_for_a_file_that_is_gone_gets_a_gap),
        cmocka_unit_test(a_file_that_was_replaced_is_not_read),
#endif
        cmocka_unit_test(it_may_fail_again_and_again),
        cmocka_unit_test(a_disk_that_is_gone_at_the_start_is_joined_later),
        cmocka_unit_test(a_disk_that_is_late_at_the_start_is_joined_later),
#ifndef _WIN32
        cmocka_unit_test(a_file_that_is_deleted_is_made_again_with_what_memory_holds),
#endif
        cmocka_unit_test(every_event_is_sent_once_and_is_on_disk_in_the_end),
        cmocka_unit_test(it_may_stop_while_a_foreign_file_is_opened),
        cmocka_unit_test(it_may_stop_while_the_disk_does_not_answer),
        cmocka_unit_test(a_row_that_was_changed_is_never_told),
        cmocka_unit_test(rows_that_were_removed_are_a_gap),
    };
    assert_int_equal(disk_register(), 0);
    return cmocka_run_group_tests_name("record.trouble", tests, NULL, NULL);
}
