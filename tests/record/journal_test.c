/* journal_test.c: the journal on a disk that works: committed before it is published, the same
 * after a restart, kept as long as it should be. */
#include "desk.h"

#include "base/clock.h"
#include "disk.h"
#include "sim_clock.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool has_one(struct desk *desk)
{
    return journal_info(desk->journal)->last_seq >= 1;
}

static void an_event_is_published_once_it_is_on_the_disk_and_not_before(void **state)
{
    struct desk desk;
    struct follower follower = {0};
    (void)state;
    desk_begin(&desk);
    desk_open(&desk);
    assert_true(desk_is_durable(&desk));
    desk_follow(&desk, &follower, 0);
    disk_set_stuck(true);
    desk_append(&desk, 3);
    desk_pass(&desk, 100);
    assert_int_equal(journal_info(desk.journal)->last_seq, 0);
    assert_int_equal(follower.events, 0);
    disk_set_stuck(false);
    desk_wait(&desk, has_one);
    desk_settle(&desk);
    assert_int_equal(journal_info(desk.journal)->last_seq, 3);
    assert_int_equal(follower.last, 3);
    assert_true(desk_is_durable(&desk));
    desk_close(&desk);
    desk_end(&desk);
}

static void what_was_published_is_read_back_to_the_byte(void **state)
{
    struct desk desk;
    struct desk_page before = {.keeps = true}, after = {.keeps = true};
    struct journal_read all = desk_everything();
    (void)state;
    desk_begin(&desk);
    desk_open(&desk);
    desk_append(&desk, 50); /* memory holds 64 */
    desk_settle(&desk);
    desk_read(&desk, &before, &all);
    assert_int_equal(before.count, 50);
    desk_close(&desk);
    desk_open(&desk); /* and now it holds none */
    all.before = 51;
    desk_read(&desk, &after, &all);
    assert_int_equal(after.size, before.size);
    assert_memory_equal(after.json, before.json, before.size);
    free(before.json);
    free(after.json);
    desk_close(&desk);
    desk_check_file(&desk);
    desk_end(&desk);
}

static void a_restart_goes_on_in_the_same_journal(void **state)
{
    struct desk desk;
    struct follower follower = {0};
    char id[37];
    (void)state;
    desk_begin(&desk);
    desk_open(&desk);
    memcpy(id, journal_info(desk.journal)->id, sizeof id);
    for (unsigned i = 0; i < 5; i++) {
        desk_append_slowly(&desk, 4);
        desk_close(&desk);
        desk_open(&desk);
        assert_string_equal(journal_info(desk.journal)->id, id);
        /* Each end silently adds one. */
        assert_int_equal(journal_info(desk.journal)->last_seq, (i + 1) * 5);
    }
    desk_follow(&desk, &follower, 0);
    desk_settle(&desk);
    assert_int_equal(follower.events, 20);
    assert_int_equal(follower.gaps + follower.resets, 0);
    desk_close(&desk);
    desk_check_file(&desk);
    desk_end(&desk);
}

static void append_unknown(struct desk *desk)
{
    struct event event = {.at_ms = DESK_AT_MS, .from = VERDICT_IDLE, .to = VERDICT_UNKNOWN};
    journal_append(desk->journal, &event);
    desk_settle(desk);
}

static void a_clean_stop_leaves_nothing_to_record(void **state)
{
    struct desk desk;
    (void)state;
    desk_begin(&desk);
    desk_open(&desk);
    desk_append_slowly(&desk, 2);
    append_unknown(&desk);
    desk_close(&desk);
    desk_open(&desk);
    assert_int_equal(journal_info(desk.journal)->last_seq, 3);
    desk_close(&desk);
    desk_end(&desk);
}

static void an_end_without_a_word_is_unknown_from_the_last_heartbeat_on(void **state)
{
    struct desk desk, killed;
    char text[256], expected[256], time[MSIWATCH_TIME_CHARS + 1];
    (void)state;
    desk_begin(&desk);
    desk_begin(&killed);
    desk.disk.keep.heartbeat_ms = 20;
    desk_open(&desk);
    desk_append_slowly(&desk, 1);
    desk_pass(&desk, 200);
    int64_t now_ms = clock_wall_ms();
    desk_copy(&desk, &killed);
    sim_clock_set_wall(3600000);
    desk_open(&killed);
    assert_int_equal(journal_info(killed.journal)->last_seq, 2);
    desk_close(&killed);
    desk_query(&killed, "SELECT from_state, to_state, after_ms, at FROM events WHERE seq = 2", text,
               sizeof text);
    time_format(now_ms, time);
    /* To the tenth of a second: heartbeats are every 20 ms. */
    snprintf(expected, sizeof expected, "busy|unknown||%.20s", time);
    int64_t at_ms = 0;
    text[strlen(text) - 1] = '\0';
    must(strncmp(text, "busy|unknown||", 14) == 0 && time_parse(text + 14, &at_ms), "%s", text);
    must(at_ms <= now_ms && at_ms > now_ms - 1000, "%s, not %s", text, expected);
    sim_clock_set_wall(-3600000);
    desk_close(&desk);
    desk_end(&desk);
    desk_end(&killed);
}

static void that_msiserver_tells_is_remembered(void **state)
{
    struct desk desk;
    (void)state;
    desk_begin(&desk);
    desk_open(&desk);
    assert_false(journal_controls_meaningful(desk.journal));
    journal_remember_controls_meaningful(desk.journal);
    assert_true(journal_controls_meaningful(desk.journal));
    desk_append_slowly(&desk, 1);
    desk_close(&desk);
    desk_open(&desk);
    assert_true(journal_controls_meaningful(desk.journal));
    desk_close(&desk);
    desk_end(&desk);
}

static void a_note_is_stored_with_the_next_event(void **state)
{
    struct desk desk, killed;
    (void)state;
    desk_begin(&desk);
    desk_begin(&killed);
    desk_open(&desk);
    assert_string_equal(journal_note(desk.journal), "");
    journal_set_note(desk.journal, "Application 10");
    desk_append_slowly(&desk, 1);
    journal_set_note(desk.journal, "Application 12"); /* which no event follows */
    desk_copy(&desk, &killed);
    desk_open(&killed);
    assert_string_equal(journal_note(killed.journal), "Application 10");
    desk_close(&killed);
    desk_open(&killed);
    assert_string_equal(journal_note(killed.journal), "Application 10"); /* nobody set another */
    desk_close(&killed);
    desk_close(&desk);
    desk_end(&desk);
    desk_end(&killed);
}

static void a_folder_has_one_service(void **state)
{
    struct desk one, other;
    (void)state;
    desk_begin(&one);
    desk_begin(&other);
    desk_open(&one);
    char own[512];
    memcpy(own, other.folder, sizeof own);
    memcpy(other.folder, one.folder, sizeof own);
    desk_open(&other);
    assert_true(journal_info(other.journal)->folder_taken);
    assert_false(journal_info(other.journal)->durable);
    assert_false(journal_info(one.journal)->folder_taken);
    /* Once the other is gone the folder is free. */
    desk_close(&one);
    desk_wait(&other, desk_is_durable);
    assert_false(journal_info(other.journal)->folder_taken);
    desk_close(&other);
    memcpy(other.folder, own, sizeof own);
    desk_end(&other);
    desk_end(&one);
}

/* ---- retention ---- */

static void the_oldest_go_when_there_are_too_many_and_are_a_gap(void **state)
{
    struct desk desk;
    struct follower follower = {.stands_still = true}, late = {0};
    (void)state;
    desk_begin(&desk);
    desk.disk.keep.rows = 100;
    desk_open(&desk);
    desk_follow(&desk, &follower, 0);
    for (unsigned i = 0; i < 30; i++) {
        desk_append(&desk, 10);
        desk_settle(&desk);
        const struct journal_info *info = journal_info(desk.journal);
        assert_int_equal(info->last_seq, (i + 1) * 10);
        assert_int_equal(info->first_seq, i < 10 ? 1 : (i - 9) * 10 + 1);
    }
    desk_wake(&follower);
    desk_settle(&desk);
    assert_int_equal(follower.gaps, 1);
    assert_int_equal(follower.missed, 200);
    assert_int_equal(follower.events, 100);
    desk_follow(&desk, &late, 200);
    desk_settle(&desk);
    assert_int_equal(late.gaps, 0);
    assert_int_equal(late.events, 100);
    desk_close(&desk);
    desk_check_file(&desk);
    desk_end(&desk);
}

static bool is_pruned(struct desk *desk)
{
    const struct journal_info *info = journal_info(desk->journal);
    return info->last_seq - info->first_seq + 1 == 100;
}

static void fewer_are_kept_when_the_setting_says_so(void **state)
{
    struct desk desk;
    struct journal_keep keep = {.rows = 100};
    struct desk_page page = {0};
    struct journal_read all = desk_everything();
    (void)state;
    desk_begin(&desk);
    desk_open(&desk);
    for (unsigned i = 0; i < 40; i++) {
        desk_append(&desk, 60);
        desk_settle(&desk);
    }
    assert_int_equal(journal_info(desk.journal)->first_seq, 1);
    journal_set_keep(desk.journal, &keep);
    desk_wait(&desk, is_pruned); /* in steps of 500 */
    assert_int_equal(journal_info(desk.journal)->first_seq, 2301);
    desk_read(&desk, &page, &all);
    assert_int_equal(page.count, 100);
    assert_int_equal(page.seqs[0], 2301);
    desk_close(&desk);
    desk_check_file(&desk);
    desk_end(&desk);
}

/* Events of the last hundred days, one a day, oldest first. */
static void append_days(struct desk *desk, unsigned days)
{
    int64_t now_ms = clock_wall_ms();
    for (unsigned i = 0; i < days; i++) {
        struct event event = {.at_ms = now_ms - (int64_t)(days - i) * 86400000,
                              .to = VERDICT_UNKNOWN};
        journal_append(desk->journal, &event);
        desk_settle(desk);
    }
}

static bool keeps_89(struct desk *desk)
{
    const struct journal_info *info = journal_info(desk->journal);
    return info->last_seq - info->first_seq + 1 == 89;
}

static void the_oldest_go_when_they_are_too_old(void **state)
{
    struct desk desk;
    (void)state;
    desk_begin(&desk);
    desk.disk.keep = (struct journal_keep){.days = 90, .heartbeat_ms = 10};
    desk.disk.steady_ms = 1;
    desk_open(&desk);
    append_days(&desk, 100);
    desk_wait(&desk, keeps_89);
    desk_close(&desk);
    desk_check_file(&desk);
    desk_end(&desk);
}

static void a_clock_that_was_just_set_prunes_nothing(void **state)
{
    struct desk desk;
    (void)state;
    desk_begin(&desk);
    desk.disk.keep = (struct journal_keep){.days = 90, .heartbeat_ms = 10};
    desk.disk.steady_ms = 60000;
    desk_open(&desk);
    append_days(&desk, 10);
    sim_clock_set_wall(INT64_C(10) * 365 * 86400000); /* ten years ahead */
    desk_pass(&desk, 300);
    assert_int_equal(journal_info(desk.journal)->first_seq, 1);
    sim_clock_set_wall(INT64_C(-10) * 365 * 86400000);
    desk_close(&desk);
    desk_end(&desk);
}

/* ---- every way to read, against a model ---- */

enum { MODEL = 300 };

struct model {
    int64_t at_ms[MODEL + 1]; /* of seq n */
    uint64_t first, last;
};

static bool fits(const struct model *model, const struct journal_read *read, uint64_t seq)
{
    return seq > read->after && seq < read->before && model->at_ms[seq] >= read->since_ms &&
           model->at_ms[seq] < read->until_ms;
}

static void must_read_as_the_model(struct desk *desk, const struct model *model,
                                   const struct journal_read *read)
{
    struct desk_page page = {0};
    size_t found = 0;
    desk_read(desk, &page, read);
    assert_int_equal(page.error, 0);
    for (uint64_t i = model->first; i <= model->last; i++) {
        uint64_t seq = read->descending ? model->last + model->first - i : i;
        if (!fits(model, read, seq)) {
            continue;
        }
        if (found < read->limit) {
            must(found < page.count && page.seqs[found] == seq,
                 "after %d before %d since %d until %d limit %d %s: not %d", (int)read->after,
                 (int)read->before, (int)(read->since_ms - DESK_AT_MS),
                 (int)(read->until_ms - DESK_AT_MS), (int)read->limit,
                 read->descending ? "desc" : "asc", (int)seq);
        }
        found++;
    }
    assert_int_equal(page.count, found < read->limit ? found : read->limit);
    assert_int_equal(page.more, found > read->limit);
}

/* Small steps forward, now and then a jump, forward or back. */
static void append_with_jumps(struct desk *desk, struct model *model)
{
    int64_t at_ms = DESK_AT_MS;
    desk_seed(7);
    for (unsigned seq = 1; seq <= MODEL; seq++) {
        at_ms += desk_random(3) * INT64_C(1000);
        if (desk_random(20) == 0) {
            at_ms += (desk_random(2) == 0 ? 1000 : -1000) * (int64_t)desk_random(100);
        }
        struct event event = {.at_ms = at_ms, .from = VERDICT_IDLE, .to = VERDICT_UNKNOWN};
        model->at_ms[seq] = at_ms;
        journal_append(desk->journal, &event);
        if (seq % 7 == 0) {
            desk_settle(desk);
        }
    }
    desk_settle(desk);
}

static void read_at_random(struct desk *desk, const struct model *model, unsigned times)
{
    static const size_t limits[] = {1, 2, 5, 64, JOURNAL_READ_MOST};
    for (unsigned i = 0; i < times; i++) {
        struct journal_read read = desk_everything();
        read.limit = limits[desk_random(COUNT(limits))];
        read.descending = desk_random(2) == 0;
        if (desk_random(2) == 0) {
            read.after = desk_random(MODEL + 3);
        }
        if (desk_random(2) == 0) {
            read.before = desk_random(MODEL + 3);
        }
        if (desk_random(2) == 0) {
            read.since_ms = DESK_AT_MS + ((int64_t)desk_random(500) - 100) * 1000;
        }
        if (desk_random(2) == 0) {
            read.until_ms = DESK_AT_MS + ((int64_t)desk_random(500) - 100) * 1000;
        }
        must_read_as_the_model(desk, model, &read);
    }
}

static void every_page_is_as_the_model_has_it_whatever_the_clock_did(void **state)
{
    static struct model model;
    struct desk desk;
    (void)state;
    model.first = 1;
    model.last = MODEL;
    desk_begin(&desk);
    desk.held = 100; /* a third from memory, the rest from the database */
    desk_open(&desk);
    append_with_jumps(&desk, &model);
    read_at_random(&desk, &model, 1500);
    desk_close(&desk);
    desk_open(&desk); /* and all from the database */
    read_at_random(&desk, &model, 1500);
    struct journal_keep keep = {.rows = 100};
    journal_set_keep(desk.journal, &keep);
    desk_wait(&desk, is_pruned);
    model.first = MODEL - 99;
    read_at_random(&desk, &model, 500);
    desk_close(&desk);
    desk_end(&desk);
}

/* ---- pages by time are bounded ---- */

enum { MANY = 10000 };

/* Once in a hundred events the clock is set back by a minute. */
static int64_t time_of(uint64_t seq)
{
    return DESK_AT_MS + (int64_t)seq * 1000 - (int64_t)(seq / 100) * 60000;
}

static void append_many(struct desk *desk)
{
    for (uint64_t seq = 1; seq <= MANY; seq++) {
        struct event event = {.at_ms = time_of(seq), .from = VERDICT_IDLE, .to = VERDICT_UNKNOWN};
        journal_append(desk->journal, &event);
        if (seq % 50 == 0) {
            desk_settle(desk);
        }
    }
}

/* Reads on from `next` until there is none; what came is what the rule says, in that order. */
static void must_find_all(struct desk *desk, struct journal_read read)
{
    uint64_t expected = read.descending ? MANY + 1 : 0;
    uint64_t looked = expected;
    unsigned pages = 0;
    for (bool on = true; on; pages++) {
        struct desk_page page = {0};
        desk_read(desk, &page, &read);
        assert_int_equal(page.error, 0);
        for (size_t i = 0; i < page.count; i++) {
            do {
                expected += read.descending ? UINT64_MAX : 1;
            } while (time_of(expected) < read.since_ms || time_of(expected) >= read.until_ms);
            assert_int_equal(page.seqs[i], expected);
        }
        on = page.next != 0;
        assert_int_equal(on, page.more);
        if (on) {
            uint64_t end = page.next;
            must(read.descending ? end < looked : end > looked, "it does not go on");
            /* In order, nothing is passed over that fits; and no page looks at more. */
            assert_true(read.since_ms != INT64_MIN ||
                        (read.descending ? looked - end : end - looked) <= JOURNAL_LOOK_MOST + 1);
            looked = end;
            *(read.descending ? &read.before : &read.after) = end;
        }
    }
    do {
        expected += read.descending ? UINT64_MAX : 1;
    } while (expected >= 1 && expected <= MANY &&
             (time_of(expected) < read.since_ms || time_of(expected) >= read.until_ms));
    assert_true(expected == 0 || expected == MANY + 1);
    assert_true(pages <= MANY / 64 + MANY / JOURNAL_LOOK_MOST + 2);
}

static void who_goes_on_from_next_gets_all_that_matches_and_nothing_twice(void **state)
{
    static const size_t limits[] = {64, JOURNAL_READ_MOST};
    struct desk desk;
    (void)state;
    desk_begin(&desk);
    desk_open(&desk);
    append_many(&desk);
    for (unsigned i = 0; i < 40; i++) {
        struct journal_read read = desk_everything();
        read.limit = limits[i % 2];
        read.descending = i / 2 % 2 != 0;
        if (i % 3 != 0) {
            read.since_ms = time_of(1 + desk_random(MANY));
        }
        if (i % 5 != 0) {
            read.until_ms = time_of(1 + desk_random(MANY));
        }
        must_find_all(&desk, read);
    }
    desk_close(&desk);
    desk_end(&desk);
}

static void a_time_that_nothing_has_costs_bounded_pages(void **state)
{
    struct desk desk;
    struct desk_page page = {0};
    struct journal_read read = desk_everything();
    (void)state;
    desk_begin(&desk);
    desk_open(&desk);
    append_many(&desk);
    read.until_ms = DESK_AT_MS - INT64_C(86400000); /* before all of them */
    desk_read(&desk, &page, &read);
    assert_int_equal(page.count, 0);
    assert_int_equal(page.next, JOURNAL_LOOK_MOST);
    read.descending = true;
    desk_read(&desk, &page, &read);
    assert_int_equal(page.count, 0);
    assert_int_equal(page.next, MANY - JOURNAL_LOOK_MOST + 1);
    /* After the highest time there is nothing to look at. */
    read = desk_everything();
    read.since_ms = DESK_AT_MS + MANY * INT64_C(1000);
    desk_read(&desk, &page, &read);
    assert_int_equal(page.count, 0);
    assert_int_equal(page.next, 0);
    desk_close(&desk);
    desk_end(&desk);
}

static void a_page_stops_before_its_bytes_but_has_one_event_at_least(void **state)
{
    struct desk desk;
    struct journal_read read = desk_everything();
    (void)state;
    desk_begin(&desk);
    desk.held = 1;
    desk_open(&desk);
    desk_append_slowly(&desk, 9);
    read.before = 9;
    for (size_t bytes = 0; bytes < 1000; bytes += 40) {
        struct desk_page page = {.keeps = true};
        read.bytes = bytes;
        desk_read(&desk, &page, &read);
        assert_in_range(page.count, 1, 8);
        assert_true(page.count == 1 || page.size - page.count <= bytes);
        assert_int_equal(page.more, page.count < 8);
        free(page.json);
    }
    desk_close(&desk);
    desk_end(&desk);
}

static void a_read_that_is_cancelled_is_never_answered(void **state)
{
    struct desk desk;
    (void)state;
    desk_begin(&desk);
    desk.held = 1;
    desk_open(&desk);
    desk_append_slowly(&desk, 20);
    for (unsigned i = 0; i < 50; i++) {
        struct journal_read *read = calloc(1, sizeof *read);
        assert_non_null(read);
        *read = desk_everything();
        journal_read_start(desk.journal, read); /* `done` is NULL */
        if (i % 2 == 0) {
            uv_sleep(1); /* so that it was read, and waits for the loop */
        }
        journal_read_cancel(desk.journal, read);
        free(read);
        uv_run(&desk.loop, UV_RUN_NOWAIT);
    }
    desk_close(&desk);
    desk_end(&desk);
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
        cmocka_unit_test(the_oldest_go_when_they_are_too_old),
        cmocka_unit_test(a_clock_that_was_just_set_prunes_nothing),
        cmocka_unit_test(every_page_is_as_the_model_has_it_whatever_the_clock_did),
        cmocka_unit_test(who_goes_on_from_next_gets_all_that_matches_and_nothing_twice),
        cmocka_unit_test(a_time_that_nothing_has_costs_bounded_pages),
        cmocka_unit_test(a_page_stops_before_its_bytes_but_has_one_event_at_least),
        cmocka_unit_test(a_read_that_is_cancelled_is_never_answered),
    };
    assert_int_equal(disk_register(), 0);
    return cmocka_run_group_tests_name("record.journal", tests, NULL, NULL);
}
