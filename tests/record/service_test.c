/* service_test.c: the whole service and its journal: how watches end, clocks, slow and dead disks.
 */
#include "house.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The last events of the history, oldest first; how many there were. */
static size_t last_events(const struct house *house, struct seen seen[], size_t most)
{
    struct caller caller;
    char params[64];
    caller_begin(&caller, house);
    snprintf(params, sizeof params, "{\"order\":\"desc\",\"limit\":%u}", (unsigned)most);
    yyjson_doc *doc = caller_ask(&caller, "history", params);
    yyjson_val *events = yyjson_obj_get(result_of(doc), "events"), *event;
    size_t index, count;
    yyjson_arr_foreach(events, index, count, event)
    {
        seen_read(&seen[count - 1 - index], event);
    }
    yyjson_doc_free(doc);
    caller_end(&caller);
    return count;
}

/* ---- the ends of watches ---- */

static void a_stop_and_a_kill_both_end_in_unknown(void **state)
{
    static const char *const options[] = {"--heartbeat", "1", NULL};
    struct house house;
    struct caller caller;
    struct seen seen[8];
    (void)state;
    house_begin(&house);
    house_start(&house, options);
    house_wait_for_seq(&house, 1);
    house_do(&house, "mutex held");
    house_wait_for_seq(&house, 2);
    caller_begin(&caller, &house);
    caller_subscribe(&caller, NULL);
    int64_t stopped_ms = wall_ms();
    assert_int_equal(house_stop(&house, 5000), 0);
    caller_next_event(&caller, &seen[0]); /* it was told, too */
    assert_string_equal(seen[0].to, "unknown");
    caller_end(&caller);

    house_start(&house, options);
    house_wait_for_seq(&house, 4);
    uv_sleep(1300); /* a heartbeat */
    int64_t killed_ms = wall_ms();
    house_kill(&house);
    uv_sleep(1200);
    house_start(&house, options);
    house_wait_for_seq(&house, 6);
    assert_int_equal(last_events(&house, seen, 8), 6);
    assert_string_equal(seen[2].from, "busy");
    assert_string_equal(seen[2].to, "unknown");
    assert_true(seen[2].after_known); /* how long it was busy is known */
    assert_in_range((uint64_t)seen[2].at_ms, (uint64_t)stopped_ms - 100,
                    (uint64_t)stopped_ms + 500);
    assert_string_equal(seen[3].from, "unknown");
    assert_string_equal(seen[3].to, "idle");
    assert_false(seen[3].after_known); /* it began before this process */
    assert_string_equal(seen[4].from, "idle");
    assert_string_equal(seen[4].to, "unknown");
    assert_false(seen[4].after_known);
    /* Dated with the last heartbeat, which was at most a second before. */
    assert_in_range((uint64_t)seen[4].at_ms, (uint64_t)killed_ms - 1150, (uint64_t)killed_ms);
    assert_string_equal(seen[5].to, "idle");
    assert_false(seen[5].after_known);
    house_end(&house);
}

static void a_folder_has_one_service(void **state)
{
    struct house house, other;
    (void)state;
    house_begin(&house);
    house_begin(&other);
    house_start(&house, NULL);
    char own[sizeof other.data];
    memcpy(own, other.data, sizeof own);
    memcpy(other.data, house.data, sizeof own);
    house_launch(&other, NULL);
    assert_false(house_is_ready(&other));
    house_kill(&other);
    memcpy(other.data, own, sizeof own);
    house_end(&other);
    house_end(&house);
}

/* ---- clocks ---- */

static void the_wall_clock_may_jump(void **state)
{
    static const struct {
        const char *command;
        int64_t jump_ms;
    } jumps[] = {{"wall 3600000", 3600000},
                 {"wall -3600000", -3600000},
                 {"wall -7200000", -7200000},
                 {"wall 7200000", 7200000}};
    struct house house;
    struct caller caller;
    struct seen before, after;
    (void)state;
    house_begin(&house);
    house_start(&house, NULL);
    house_wait_for_seq(&house, 1);
    caller_begin(&caller, &house);
    caller_subscribe(&caller, NULL);
    house_do(&house, "mutex held");
    caller_next_event(&caller, &before);
    for (size_t i = 0; i < 4; i++) {
        house_do(&house, jumps[i].command);
        uint64_t begun = now_ms();
        uv_sleep(50);
        house_do(&house, i % 2 == 0 ? "mutex free" : "mutex held");
        caller_next_event(&caller, &after);
        uint64_t took = now_ms() - begun;
        /* Numbers go on, durations are those of the monotonic clock, times are what people see. */
        assert_int_equal(after.seq, before.seq + 1);
        assert_in_range(after.after_ms, 40, took + 100);
        int64_t apart = after.at_ms - before.at_ms - jumps[i].jump_ms;
        assert_in_range((uint64_t)apart, 40, took + 100);
        /* `since` is when that was, as the clock was then. */
        yyjson_doc *doc = caller_ask(&caller, "status", NULL);
        int64_t since_ms;
        assert_true(time_parse(yyjson_get_str(yyjson_obj_get(result_of(doc), "since")), &since_ms));
        assert_true(since_ms == after.at_ms);
        yyjson_doc_free(doc);
        before = after;
    }
    caller_end(&caller);
    assert_int_equal(house_stop(&house, 5000), 0);
    struct desk desk = house_desk(&house);
    desk_check_file(&desk);
    house_end(&house);
}

static void sleep_is_time_that_passed(void **state)
{
    struct house house;
    struct caller caller;
    struct seen seen;
    (void)state;
    house_begin(&house);
    house_start(&house, NULL);
    house_wait_for_seq(&house, 1);
    caller_begin(&caller, &house);
    caller_subscribe(&caller, NULL);
    house_do(&house, "mutex held");
    caller_next_event(&caller, &seen);
    int64_t begun_ms = seen.at_ms;
    house_do(&house, "suspend 600000");
    house_do(&house, "mutex free");
    caller_next_event(&caller, &seen);
    assert_string_equal(seen.from, "busy"); /* it was, and nothing else was seen */
    assert_in_range(seen.after_ms, 600000, 605000);
    assert_in_range((uint64_t)(seen.at_ms - begun_ms), 600000, 605000);
    caller_end(&caller);
    house_end(&house);
}

/* ---- slow disks ---- */

/* How late the service's looks were, all together, so far. */
static double late_ms(struct caller *caller)
{
    static const char name[] = "\nmsiwatch_detection_seconds_sum ";
    yyjson_doc *doc = caller_ask(caller, "metrics", "{\"format\":\"prometheus\"}");
    const char *sum = strstr(yyjson_get_str(result_of(doc)), name);
    assert_non_null(sum);
    double ms = strtod(sum + sizeof name - 1, NULL) * 1000;
    yyjson_doc_free(doc);
    return ms;
}

enum { STEPS = 10, STEP_MS = 20 };

struct course {
    double late_ms;      /* of all looks */
    uint64_t longest_ms; /* of the periods of 20 ms that were reported */
    uint64_t answer_ms;  /* what a request took while the disk was writing */
    uint64_t took_ms;    /* until all was told */
};

/* Ten busy periods, and what became of them. Events are told in order, and none is left out. */
static struct course run_course(struct house *house, struct caller *subscriber,
                                struct caller *asker, uint64_t *seq)
{
    struct course course = {0};
    char steps[32];
    struct seen seen;
    snprintf(steps, sizeof steps, "steps %d %d", STEPS, STEP_MS);
    double before_ms = late_ms(asker);
    uint64_t begun = now_ms();
    house_do(house, steps);
    uint64_t asked = now_ms();
    course.late_ms = late_ms(asker) - before_ms;
    course.answer_ms = now_ms() - asked;
    for (int i = 0; i < 2 * STEPS; i++) {
        caller_next_event(subscriber, &seen);
        assert_int_equal(seen.seq, ++*seq);
        course.longest_ms = seen.after_ms > course.longest_ms && i > 0 ? seen.after_ms
                                                                       : course.longest_ms;
    }
    course.took_ms = now_ms() - begun;
    return course;
}

/* A write takes 500 ms: what waits for it is 400 ms late in the course of 400 ms. A machine that
 * does other things makes looks late, too, with either disk. */
static bool is_no_later(const struct course *slow, const struct course *good)
{
    return slow->late_ms < good->late_ms + 50 && slow->longest_ms < good->longest_ms + 50 &&
           slow->answer_ms < good->answer_ms + 50;
}

static void a_slow_disk_makes_events_late_and_nothing_else(void **state)
{
    enum { TRIES = 10 };
    struct house house;
    struct caller subscriber, asker;
    bool no_later = false;
    uint64_t seq = 1;
    (void)state;
    house_begin(&house);
    house_start(&house, NULL);
    house_wait_for_seq(&house, 1);
    caller_begin(&subscriber, &house);
    caller_begin(&asker, &house);
    caller_subscribe(&subscriber, NULL);
    for (int i = 0; i < TRIES && !no_later; i++) {
        struct course good = run_course(&house, &subscriber, &asker, &seq);
        house_do(&house, "slow 500");
        struct course slow = run_course(&house, &subscriber, &asker, &seq);
        house_do(&house, "slow 0");
        assert_true(slow.took_ms >= 500);
        print_message("looks late by %.1f ms, and with the slow disk by %.1f; a period of 20 ms "
                      "lasted %" PRIu64 " and %" PRIu64 " ms, an answer %" PRIu64 " and %" PRIu64
                      "\n",
                      good.late_ms, slow.late_ms, good.longest_ms, slow.longest_ms, good.answer_ms,
                      slow.answer_ms);
        no_later = is_no_later(&slow, &good);
    }
    assert_true(no_later);
    caller_end(&subscriber);
    caller_end(&asker);
    assert_int_equal(house_stop(&house, 5000), 0);
    house_end(&house);
}

static void a_stop_does_not_wait_for_a_dead_disk(void **state)
{
    struct house house;
    (void)state;
    house_begin(&house);
    house_start(&house, NULL);
    house_wait_for_seq(&house, 1);
    house_do(&house, "slow 60000");
    house_do(&house, "mutex held");
    uv_sleep(50);
    assert_int_equal(house_stop(&house, 4000), 0);
    house_start(&house, NULL);
    house_wait_for_seq(&house, 2);
    house_end(&house);
}

static void next_line_has(struct caller *caller, const char *this, const char *that)
{
    const char *line = caller_line(caller, 20000);
    must(line != NULL && strstr(line, this) != NULL && strstr(line, that) != NULL, "not %s, %s: %s",
         this, that, line == NULL ? "nothing" : line);
}

static void a_dead_disk_is_said_and_comes_back(void **state)
{
    struct house house;
    struct caller caller;
    (void)state;
    house_begin(&house);
    house_start(&house, NULL);
    house_wait_for_seq(&house, 1);
    caller_begin(&caller, &house);
    caller_subscribe(&caller, NULL);
    house_do(&house, "disk full");
    house_do(&house, "mutex held");
    next_line_has(&caller, "\"method\":\"reset\"", "\"after\":0}");
    next_line_has(&caller, "\"method\":\"event\"", "\"event\":{\"seq\":1,");
    yyjson_doc *doc = caller_ask(&caller, "about", NULL);
    yyjson_val *journal = yyjson_obj_get(result_of(doc), "journal");
    assert_false(yyjson_get_bool(yyjson_obj_get(journal, "durable")));
    assert_non_null(strstr(yyjson_get_str(yyjson_obj_get(journal, "problem")), "full"));
    yyjson_doc_free(doc);
    house_do(&house, "disk good");
    next_line_has(&caller, "\"method\":\"reset\"", "\"after\":2}");
    doc = caller_ask(&caller, "about", NULL);
    journal = yyjson_obj_get(result_of(doc), "journal");
    assert_true(yyjson_get_bool(yyjson_obj_get(journal, "durable")));
    assert_true(yyjson_is_null(yyjson_obj_get(journal, "problem")));
    yyjson_doc_free(doc);
    caller_end(&caller);
    house_end(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_and_a_kill_both_end_in_unknown),
        cmocka_unit_test(a_folder_has_one_service),
        cmocka_unit_test(the_wall_clock_may_jump),
        cmocka_unit_test(sleep_is_time_that_passed),
        cmocka_unit_test(a_slow_disk_makes_events_late_and_nothing_else),
        cmocka_unit_test(a_stop_does_not_wait_for_a_dead_disk),
        cmocka_unit_test(a_dead_disk_is_said_and_comes_back),
    };
    return cmocka_run_group_tests_name("record.service", tests, NULL, NULL);
}
