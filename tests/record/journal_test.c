/* journal_test.c: the journal on a disk that works: committed before it is published, the same
 * after a restart, kept as long as it should be. */
#include "journal_fixture.h"

#include "base/clock.h"
#include "base/give_way.h"
#include "disk.h"
#include "sim_clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool has_one(struct journal_fixture *fixture)
{
    return journal_info(fixture->journal)->last_seq >= 1;
}

static void an_event_is_published_once_it_is_on_the_disk_and_not_before(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {0};
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    assert_true(fixture_is_durable(&fixture));
    fixture_follow(&fixture, &follower, 0);
    disk_set_stuck(true);
    fixture_append(&fixture, 3);
    fixture_pass(&fixture, 100);
    assert_int_equal(journal_info(fixture.journal)->last_seq, 0);
    assert_int_equal(follower.events, 0);
    disk_set_stuck(false);
    fixture_wait(&fixture, has_one);
    fixture_settle(&fixture);
    assert_int_equal(journal_info(fixture.journal)->last_seq, 3);
    assert_int_equal(follower.last, 3);
    assert_true(fixture_is_durable(&fixture));
    fixture_close(&fixture);
    fixture_end(&fixture);
}

static void what_was_published_is_read_back_to_the_byte(void **state)
{
    struct journal_fixture fixture;
    struct fixture_page before = {.keeps = true}, after = {.keeps = true};
    struct journal_read all = fixture_everything();
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    fixture_append(&fixture, 50); /* memory holds 64 */
    fixture_settle(&fixture);
    fixture_read(&fixture, &before, &all);
    assert_int_equal(before.count, 50);
    fixture_close(&fixture);
    fixture_open(&fixture); /* and now it holds none */
    all.wish.before = 51;
    fixture_read(&fixture, &after, &all);
    assert_int_equal(after.size, before.size);
    assert_memory_equal(after.json, before.json, before.size);
    free(before.json);
    free(after.json);
    fixture_close(&fixture);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
}

static void a_restart_goes_on_in_the_same_journal(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {0};
    char id[37];
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    memcpy(id, journal_info(fixture.journal)->id, sizeof id);
    for (unsigned i = 0; i < 5; i++) {
        fixture_append_slowly(&fixture, 4);
        fixture_close(&fixture);
        fixture_open(&fixture);
        assert_string_equal(journal_info(fixture.journal)->id, id);
        /* Each end silently adds one. */
        assert_int_equal(journal_info(fixture.journal)->last_seq, (i + 1) * 5);
    }
    fixture_follow(&fixture, &follower, 0);
    fixture_settle(&fixture);
    assert_int_equal(follower.events, 20);
    assert_int_equal(follower.gaps + follower.resets, 0);
    fixture_close(&fixture);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
}

static void append_unknown(struct journal_fixture *fixture)
{
    struct event event = {.at_ms = FIXTURE_AT_MS, .from = VERDICT_IDLE, .to = VERDICT_UNKNOWN};
    journal_append(fixture->journal, &event);
    fixture_settle(fixture);
}

static void a_clean_stop_leaves_nothing_to_record(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 2);
    append_unknown(&fixture);
    fixture_close(&fixture);
    fixture_open(&fixture);
    assert_int_equal(journal_info(fixture.journal)->last_seq, 3);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

static void an_end_without_a_word_is_unknown_from_the_last_heartbeat_on(void **state)
{
    struct journal_fixture fixture, killed;
    char text[256], expected[256], time[MSIWATCH_TIME_CHARS + 1];
    (void)state;
    fixture_begin(&fixture);
    fixture_begin(&killed);
    fixture.disk.keep.heartbeat_ms = 20;
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 1);
    fixture_pass(&fixture, 200);
    int64_t now_ms = clock_wall_ms();
    fixture_copy(&fixture, &killed);
    sim_clock_set_wall(3600000);
    fixture_open(&killed);
    assert_int_equal(journal_info(killed.journal)->last_seq, 2);
    fixture_close(&killed);
    fixture_query(&killed, "SELECT from_state, to_state, after_ms, at FROM events WHERE seq = 2",
                  text, sizeof text);
    time_format(now_ms, time);
    /* To the tenth of a second: heartbeats are every 20 ms. */
    snprintf(expected, sizeof expected, "busy|unknown||%.20s", time);
    int64_t at_ms = 0;
    text[strlen(text) - 1] = '\0';
    must(strncmp(text, "busy|unknown||", 14) == 0 && time_parse(text + 14, &at_ms), "%s", text);
    must(at_ms <= now_ms && at_ms > now_ms - 1000, "%s, not %s", text, expected);
    sim_clock_set_wall(-3600000);
    fixture_close(&fixture);
    fixture_end(&fixture);
    fixture_end(&killed);
}

static void that_msiserver_tells_is_remembered(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    assert_false(journal_info(fixture.journal)->controls_meaningful);
    journal_remember_controls_meaningful(fixture.journal);
    assert_true(journal_info(fixture.journal)->controls_meaningful);
    fixture_append_slowly(&fixture, 1);
    fixture_close(&fixture);
    fixture_open(&fixture);
    assert_true(journal_info(fixture.journal)->controls_meaningful);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

static void a_note_is_stored_with_the_next_event(void **state)
{
    struct journal_fixture fixture, killed;
    (void)state;
    fixture_begin(&fixture);
    fixture_begin(&killed);
    fixture_open(&fixture);
    assert_string_equal(journal_info(fixture.journal)->note, "");
    journal_set_note(fixture.journal, "Application 10");
    fixture_append_slowly(&fixture, 1);
    journal_set_note(fixture.journal, "Application 12"); /* which no event follows */
    fixture_copy(&fixture, &killed);
    fixture_open(&killed);
    assert_string_equal(journal_info(killed.journal)->note, "Application 10");
    fixture_close(&killed);
    fixture_open(&killed);
    assert_string_equal(journal_info(killed.journal)->note,
                        "Application 10"); /* nobody set another */
    fixture_close(&killed);
    fixture_close(&fixture);
    fixture_end(&fixture);
    fixture_end(&killed);
}

static void a_folder_has_one_service(void **state)
{
    struct journal_fixture one, other;
    (void)state;
    fixture_begin(&one);
    fixture_begin(&other);
    fixture_open(&one);
    char own[512];
    memcpy(own, other.folder, sizeof own);
    memcpy(other.folder, one.folder, sizeof own);
    fixture_open(&other);
    assert_true(journal_info(other.journal)->folder_taken);
    assert_false(journal_info(other.journal)->durable);
    assert_false(journal_info(one.journal)->folder_taken);
    /* Once the other is gone the folder is free. */
    fixture_close(&one);
    fixture_wait(&other, fixture_is_durable);
    assert_false(journal_info(other.journal)->folder_taken);
    fixture_close(&other);
    memcpy(other.folder, own, sizeof own);
    fixture_end(&other);
    fixture_end(&one);
}

/* ---- retention ---- */

static void the_oldest_go_when_there_are_too_many_and_are_a_gap(void **state)
{
    struct journal_fixture fixture;
    struct follower follower = {.stands_still = true}, late = {0};
    (void)state;
    fixture_begin(&fixture);
    fixture.disk.keep.rows = 100;
    fixture_open(&fixture);
    fixture_follow(&fixture, &follower, 0);
    for (unsigned i = 0; i < 30; i++) {
        fixture_append(&fixture, 10);
        fixture_settle(&fixture);
        const struct journal_info *info = journal_info(fixture.journal);
        assert_int_equal(info->last_seq, (i + 1) * 10);
        assert_int_equal(info->first_seq, i < 10 ? 1 : (i - 9) * 10 + 1);
    }
    fixture_wake(&follower);
    fixture_settle(&fixture);
    assert_int_equal(follower.gaps, 1);
    assert_int_equal(follower.missed, 200);
    assert_int_equal(follower.events, 100);
    fixture_follow(&fixture, &late, 200);
    fixture_settle(&fixture);
    assert_int_equal(late.gaps, 0);
    assert_int_equal(late.events, 100);
    fixture_close(&fixture);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
}

static bool is_pruned(struct journal_fixture *fixture)
{
    const struct journal_info *info = journal_info(fixture->journal);
    return info->last_seq - info->first_seq + 1 == 100;
}

static void fewer_are_kept_when_the_setting_says_so(void **state)
{
    struct journal_fixture fixture;
    struct journal_keep keep = {.rows = 100};
    struct fixture_page page = {0};
    struct journal_read all = fixture_everything();
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    for (unsigned i = 0; i < 40; i++) {
        fixture_append(&fixture, 60);
        fixture_settle(&fixture);
    }
    assert_int_equal(journal_info(fixture.journal)->first_seq, 1);
    journal_set_keep(fixture.journal, &keep);
    fixture_wait(&fixture, is_pruned); /* in steps of 500 */
    assert_int_equal(journal_info(fixture.journal)->first_seq, 2301);
    fixture_read(&fixture, &page, &all);
    assert_int_equal(page.count, 100);
    assert_int_equal(page.seqs[0], 2301);
    fixture_close(&fixture);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
}

static uint64_t file_bytes(const struct journal_fixture *fixture)
{
    char path[sizeof fixture->folder + 16];
    uv_fs_t request;
    snprintf(path, sizeof path, "%s/history.db", fixture->folder);
    assert_int_equal(uv_fs_stat(NULL, &request, path, NULL), 0);
    uint64_t size = request.statbuf.st_size;
    uv_fs_req_cleanup(&request);
    return size;
}

/* As large as they get: with an owner whose path and user are cut. */
static void append_largest(struct journal_fixture *fixture, unsigned count, int64_t at_ms)
{
    struct event_owner owner = {.pid = UINT32_MAX, .foreign = true};
    struct event event = {.at_ms = at_ms, .to = VERDICT_BUSY, .after_known = true, .owner = &owner};
    event.reasons = REASON_MUTEX | REASON_MSISERVER | REASON_FLAPPING;
    for (size_t i = 0; i + 4 < sizeof owner.image; i += 4) {
        memcpy(owner.image + i, "\xf0\x9f\x98\x80", 5);
    }
    memset(owner.user, 'S', sizeof owner.user - 1);
    for (unsigned i = 0; i < count; i++) {
        journal_append(fixture->journal, &event);
        if (i % 50 == 49) { /* memory holds no more */
            fixture_settle(fixture);
        }
    }
    fixture_settle(fixture);
}

static void the_oldest_go_when_the_file_would_be_too_large(void **state)
{
    enum { BOUND = 4 * 1048576, SLACK = 1048576 };
    struct journal_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    fixture.disk.keep.bytes = BOUND;
    fixture.disk.checkpoint_pages = 100; /* what is in the log, the file does not have yet */
    fixture_open(&fixture);
    append_largest(&fixture, 10000, FIXTURE_AT_MS);
    const struct journal_info *info = journal_info(fixture.journal);
    assert_int_equal(info->last_seq, 10000);
    assert_in_range(info->first_seq, 5000, 9000);
    struct journal_read all = fixture_everything();
    struct fixture_page page = {0};
    fixture_read(&fixture, &page, &all);
    assert_int_equal(page.seqs[0], info->first_seq);
    uint64_t first = info->first_seq;
    /* A smaller bound: fewer are kept, and the rest of the file is for what comes. */
    struct journal_keep keep = {.bytes = BOUND / 4};
    journal_set_keep(fixture.journal, &keep);
    append_largest(&fixture, 2000, FIXTURE_AT_MS);
    assert_in_range(info->first_seq, first + 2500, info->last_seq - 100);
    fixture_close(&fixture);
    assert_in_range(file_bytes(&fixture), BOUND / 2, BOUND + SLACK);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
}

/* As many as somebody who toggles the mutex can make in an hour. */
static void an_hour_of_toggling_pushes_nothing_out(void **state)
{
    enum { AN_HOUR = 2050 };
    struct journal_fixture fixture;
    int64_t day_ms = 86400000;
    (void)state;
    fixture_begin(&fixture);
    fixture.disk.keep = (struct journal_keep){.bytes = 64 * 1048576, .days = 90};
    fixture_open(&fixture);
    append_largest(&fixture, 1, clock_wall_ms() - 8 * day_ms);
    append_largest(&fixture, AN_HOUR, clock_wall_ms());
    assert_int_equal(journal_info(fixture.journal)->first_seq, 1);
    assert_int_equal(journal_info(fixture.journal)->last_seq, AN_HOUR + 1);
    fixture_close(&fixture);
    assert_in_range(file_bytes(&fixture), 1048576, 8 * 1048576);
    fixture_end(&fixture);
}

/* Events of the last hundred days, one a day, oldest first. */
static void append_days(struct journal_fixture *fixture, unsigned days)
{
    int64_t now_ms = clock_wall_ms();
    for (unsigned i = 0; i < days; i++) {
        struct event event = {.at_ms = now_ms - (int64_t)(days - i) * 86400000,
                              .to = VERDICT_UNKNOWN};
        journal_append(fixture->journal, &event);
        fixture_settle(fixture);
    }
}

static bool keeps_89(struct journal_fixture *fixture)
{
    const struct journal_info *info = journal_info(fixture->journal);
    return info->last_seq - info->first_seq + 1 == 89;
}

static void the_oldest_go_when_they_are_too_old(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    fixture.disk.keep = (struct journal_keep){.days = 90, .heartbeat_ms = 10};
    fixture.disk.steady_ms = 1;
    fixture_open(&fixture);
    append_days(&fixture, 100);
    fixture_wait(&fixture, keeps_89);
    fixture_close(&fixture);
    fixture_check_file(&fixture);
    fixture_end(&fixture);
}

static void a_clock_that_was_just_set_prunes_nothing(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    fixture.disk.keep = (struct journal_keep){.days = 90, .heartbeat_ms = 10};
    fixture.disk.steady_ms = 60000;
    fixture_open(&fixture);
    append_days(&fixture, 10);
    sim_clock_set_wall(INT64_C(10) * 365 * 86400000); /* ten years ahead */
    fixture_pass(&fixture, 300);
    assert_int_equal(journal_info(fixture.journal)->first_seq, 1);
    sim_clock_set_wall(INT64_C(-10) * 365 * 86400000);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

/* ---- every way to read, against a model ---- */

enum { MODEL = 300 };

struct model {
    int64_t at_ms[MODEL + 1]; /* of seq n */
    uint64_t first, last;
};

static bool fits(const struct model *model, const struct journal_read *read, uint64_t seq)
{
    return seq > read->wish.after && seq < read->wish.before &&
           model->at_ms[seq] >= read->wish.since_ms && model->at_ms[seq] < read->wish.until_ms;
}

static void must_read_as_the_model(struct journal_fixture *fixture, const struct model *model,
                                   const struct journal_read *read)
{
    struct fixture_page page = {0};
    size_t found = 0;
    fixture_read(fixture, &page, read);
    assert_int_equal(page.error, 0);
    for (uint64_t i = model->first; i <= model->last; i++) {
        uint64_t seq = read->wish.descending ? model->last + model->first - i : i;
        if (!fits(model, read, seq)) {
            continue;
        }
        if (found < read->wish.limit) {
            must(found < page.count && page.seqs[found] == seq,
                 "after %d before %d since %d until %d limit %d %s: not %d", (int)read->wish.after,
                 (int)read->wish.before, (int)(read->wish.since_ms - FIXTURE_AT_MS),
                 (int)(read->wish.until_ms - FIXTURE_AT_MS), (int)read->wish.limit,
                 read->wish.descending ? "desc" : "asc", (int)seq);
        }
        found++;
    }
    assert_int_equal(page.count, found < read->wish.limit ? found : read->wish.limit);
    assert_int_equal(page.more, found > read->wish.limit);
}

/* Small steps forward, now and then a jump, forward or back. */
static void append_with_jumps(struct journal_fixture *fixture, struct model *model)
{
    int64_t at_ms = FIXTURE_AT_MS;
    fixture_seed(7);
    for (unsigned seq = 1; seq <= MODEL; seq++) {
        at_ms += fixture_random(3) * INT64_C(1000);
        if (fixture_random(20) == 0) {
            at_ms += (fixture_random(2) == 0 ? 1000 : -1000) * (int64_t)fixture_random(100);
        }
        struct event event = {.at_ms = at_ms, .from = VERDICT_IDLE, .to = VERDICT_UNKNOWN};
        model->at_ms[seq] = at_ms;
        journal_append(fixture->journal, &event);
        if (seq % 7 == 0) {
            fixture_settle(fixture);
        }
    }
    fixture_settle(fixture);
}

static void read_at_random(struct journal_fixture *fixture, const struct model *model,
                           unsigned times)
{
    static const size_t limits[] = {1, 2, 5, 64, JOURNAL_READ_MOST};
    for (unsigned i = 0; i < times; i++) {
        struct journal_read read = fixture_everything();
        read.wish.limit = limits[fixture_random(COUNT(limits))];
        read.wish.descending = fixture_random(2) == 0;
        if (fixture_random(2) == 0) {
            read.wish.after = fixture_random(MODEL + 3);
        }
        if (fixture_random(2) == 0) {
            read.wish.before = fixture_random(MODEL + 3);
        }
        if (fixture_random(2) == 0) {
            read.wish.since_ms = FIXTURE_AT_MS + ((int64_t)fixture_random(500) - 100) * 1000;
        }
        if (fixture_random(2) == 0) {
            read.wish.until_ms = FIXTURE_AT_MS + ((int64_t)fixture_random(500) - 100) * 1000;
        }
        must_read_as_the_model(fixture, model, &read);
    }
}

static void every_page_is_as_the_model_has_it_whatever_the_clock_did(void **state)
{
    static struct model model;
    struct journal_fixture fixture;
    (void)state;
    model.first = 1;
    model.last = MODEL;
    fixture_begin(&fixture);
    fixture.held = 100; /* a third from memory, the rest from the database */
    fixture_open(&fixture);
    append_with_jumps(&fixture, &model);
    read_at_random(&fixture, &model, 1500);
    fixture_close(&fixture);
    fixture_open(&fixture); /* and all from the database */
    read_at_random(&fixture, &model, 1500);
    struct journal_keep keep = {.rows = 100};
    journal_set_keep(fixture.journal, &keep);
    fixture_wait(&fixture, is_pruned);
    model.first = MODEL - 99;
    read_at_random(&fixture, &model, 500);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

/* ---- pages by time are bounded ---- */

enum { MANY = 10000 };

/* Once in a hundred events the clock is set back by a minute. */
static int64_t time_of(uint64_t seq)
{
    return FIXTURE_AT_MS + (int64_t)seq * 1000 - (int64_t)(seq / 100) * 60000;
}

static void append_many(struct journal_fixture *fixture)
{
    for (uint64_t seq = 1; seq <= MANY; seq++) {
        struct event event = {.at_ms = time_of(seq), .from = VERDICT_IDLE, .to = VERDICT_UNKNOWN};
        journal_append(fixture->journal, &event);
        if (seq % 50 == 0) {
            fixture_settle(fixture);
        }
    }
}

/* Reads on from `next` until there is none; what came is what the rule says, in that order. */
static void must_find_all(struct journal_fixture *fixture, struct journal_read read)
{
    uint64_t expected = read.wish.descending ? MANY + 1 : 0;
    uint64_t looked = expected;
    unsigned pages = 0;
    for (bool on = true; on; pages++) {
        struct fixture_page page = {0};
        fixture_read(fixture, &page, &read);
        assert_int_equal(page.error, 0);
        for (size_t i = 0; i < page.count; i++) {
            do {
                expected += read.wish.descending ? UINT64_MAX : 1;
            } while (time_of(expected) < read.wish.since_ms ||
                     time_of(expected) >= read.wish.until_ms);
            assert_int_equal(page.seqs[i], expected);
        }
        on = page.next != 0;
        assert_int_equal(on, page.more);
        if (on) {
            uint64_t end = page.next;
            must(read.wish.descending ? end < looked : end > looked, "it does not go on");
            /* In order, nothing is passed over that fits; and no page looks at more. */
            assert_true(read.wish.since_ms != INT64_MIN ||
                        (read.wish.descending ? looked - end : end - looked) <=
                            JOURNAL_LOOK_MOST + 1);
            looked = end;
            *(read.wish.descending ? &read.wish.before : &read.wish.after) = end;
        }
    }
    do {
        expected += read.wish.descending ? UINT64_MAX : 1;
    } while (expected >= 1 && expected <= MANY &&
             (time_of(expected) < read.wish.since_ms || time_of(expected) >= read.wish.until_ms));
    assert_true(expected == 0 || expected == MANY + 1);
    assert_true(pages <= MANY / 64 + MANY / JOURNAL_LOOK_MOST + 2);
}

static void who_goes_on_from_next_gets_all_that_matches_and_nothing_twice(void **state)
{
    static const size_t limits[] = {64, JOURNAL_READ_MOST};
    struct journal_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    append_many(&fixture);
    for (unsigned i = 0; i < 40; i++) {
        struct journal_read read = fixture_everything();
        read.wish.limit = limits[i % 2];
        read.wish.descending = i / 2 % 2 != 0;
        if (i % 3 != 0) {
            read.wish.since_ms = time_of(1 + fixture_random(MANY));
        }
        if (i % 5 != 0) {
            read.wish.until_ms = time_of(1 + fixture_random(MANY));
        }
        must_find_all(&fixture, read);
    }
    fixture_close(&fixture);
    fixture_end(&fixture);
}

static void a_time_that_nothing_has_costs_bounded_pages(void **state)
{
    struct journal_fixture fixture;
    struct fixture_page page = {0};
    struct journal_read read = fixture_everything();
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    append_many(&fixture);
    read.wish.until_ms = FIXTURE_AT_MS - INT64_C(86400000); /* before all of them */
    fixture_read(&fixture, &page, &read);
    assert_int_equal(page.count, 0);
    assert_int_equal(page.next, JOURNAL_LOOK_MOST);
    read.wish.descending = true;
    fixture_read(&fixture, &page, &read);
    assert_int_equal(page.count, 0);
    assert_int_equal(page.next, MANY - JOURNAL_LOOK_MOST + 1);
    /* After the highest time there is nothing to look at. */
    read = fixture_everything();
    read.wish.since_ms = FIXTURE_AT_MS + MANY * INT64_C(1000);
    fixture_read(&fixture, &page, &read);
    assert_int_equal(page.count, 0);
    assert_int_equal(page.next, 0);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

/* The linker gives these calls to us (--wrap); they come from the thread that reads the disk. */
void __wrap_give_way(void);
void __real_give_way(void);

static _Atomic unsigned gave_way;
static _Atomic bool gave_way_on_the_loop;
static uv_thread_t loop_thread;

void __wrap_give_way(void)
{
    uv_thread_t self = uv_thread_self();
    gave_way++;
    gave_way_on_the_loop = gave_way_on_the_loop || uv_thread_equal(&self, &loop_thread);
    __real_give_way();
}

static void a_long_search_gives_way_to_other_threads(void **state)
{
    struct journal_fixture fixture;
    struct fixture_page page = {0};
    struct journal_read read = fixture_everything();
    (void)state;
    fixture_begin(&fixture);
    fixture_open(&fixture);
    append_many(&fixture);
    loop_thread = uv_thread_self();
    gave_way = 0;
    read.wish.until_ms = FIXTURE_AT_MS - INT64_C(86400000); /* before all of them */
    fixture_read(&fixture, &page, &read);
    assert_int_equal(page.count, 0);
    /* A row takes several steps, so that many rows make many pauses. */
    assert_in_range(gave_way, JOURNAL_LOOK_MOST / 500, UINT32_MAX);
    assert_false(gave_way_on_the_loop);
    fixture_close(&fixture);
    fixture_end(&fixture);
}

static void a_page_stops_before_its_bytes_but_has_one_event_at_least(void **state)
{
    struct journal_fixture fixture;
    struct journal_read read = fixture_everything();
    (void)state;
    fixture_begin(&fixture);
    fixture.held = 1;
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 9);
    read.wish.before = 9;
    for (size_t bytes = 0; bytes < 1000; bytes += 40) {
        struct fixture_page page = {.keeps = true};
        read.wish.bytes = bytes;
        fixture_read(&fixture, &page, &read);
        assert_in_range(page.count, 1, 8);
        assert_true(page.count == 1 || page.size - page.count <= bytes);
        assert_int_equal(page.more, page.count < 8);
        free(page.json);
    }
    fixture_close(&fixture);
    fixture_end(&fixture);
}

static void a_read_that_is_cancelled_is_never_answered(void **state)
{
    struct journal_fixture fixture;
    (void)state;
    fixture_begin(&fixture);
    fixture.held = 1;
    fixture_open(&fixture);
    fixture_append_slowly(&fixture, 20);
    for (unsigned i = 0; i < 50; i++) {
        struct journal_read *read = calloc(1, sizeof *read);
        assert_non_null(read);
        *read = fixture_everything();
        journal_read_start(fixture.journal, read); /* `done` is NULL */
        if (i % 2 == 0) {
            uv_sleep(1); /* so that it was read, and waits for the loop */
        }
        journal_read_cancel(fixture.journal, read);
        free(read);
        uv_run(&fixture.loop, UV_RUN_NOWAIT);
    }
    fixture_close(&fixture);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_published_once_it_is_on_the_disk_and_not_before),
        cmocka_unit_test(what_was_published_is_read_back_to_the_byte),
        cmocka_unit_test(a_restart_goes_on_in_the_same_journal),
        cmocka_unit_test(a_clean_stop_leaves_nothing_to_record),
        cmocka_unit_test(an_end_without_a_word_is_unknown_from_the_last_heartbeat_on),
        cmocka_unit_test(that_msiserver_tells_is_remembered),
        cmocka_unit_test(a_note_is_stored_with_the_next_event),
        cmocka_unit_test(a_folder_has_one_service),
        cmocka_unit_test(the_oldest_go_when_there_are_too_many_and_are_a_gap),
        cmocka_unit_test(fewer_are_kept_when_the_setting_says_so),
        cmocka_unit_test(the_oldest_go_when_the_file_would_be_too_large),
        cmocka_unit_test(an_hour_of_toggling_pushes_nothing_out),
        cmocka_unit_test(the_oldest_go_when_they_are_too_old),
        cmocka_unit_test(a_clock_that_was_just_set_prunes_nothing),
        cmocka_unit_test(every_page_is_as_the_model_has_it_whatever_the_clock_did),
        cmocka_unit_test(who_goes_on_from_next_gets_all_that_matches_and_nothing_twice),
        cmocka_unit_test(a_time_that_nothing_has_costs_bounded_pages),
        cmocka_unit_test(a_long_search_gives_way_to_other_threads),
        cmocka_unit_test(a_page_stops_before_its_bytes_but_has_one_event_at_least),
        cmocka_unit_test(a_read_that_is_cancelled_is_never_answered),
    };
    assert_int_equal(disk_register(), 0);
    return cmocka_run_group_tests_name("record.journal", tests, NULL, NULL);
}
