/* service_test.c: the whole service and its journal: how watches end, clocks, slow and dead disks.
 */
#include "sim_process.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The last events of the history, oldest first; how many there were. */
static size_t last_events(const struct sim_process *sim, struct seen seen[], size_t most)
{
    struct sim_client client;
    char params[64];
    client_begin(&client, sim);
    snprintf(params, sizeof params, "{\"order\":\"desc\",\"limit\":%u}", (unsigned)most);
    yyjson_doc *doc = client_ask(&client, "history", params);
    yyjson_val *events = yyjson_obj_get(result_of(doc), "events"), *event;
    size_t index, count;
    yyjson_arr_foreach(events, index, count, event)
    {
        seen_read(&seen[count - 1 - index], event);
    }
    yyjson_doc_free(doc);
    client_end(&client);
    return count;
}

/* A service that has seen what is, and, unless NULL, somebody who gets what comes after that. */
static void begin(struct sim_process *sim, struct sim_client *subscriber)
{
    sim_begin(sim);
    sim_start(sim, NULL);
    sim_wait_for_seq(sim, 1);
    if (subscriber != NULL) {
        client_begin(subscriber, sim);
        client_subscribe(subscriber, NULL);
    }
}

/* ---- the ends of watches ---- */

static void a_stop_and_a_kill_both_end_in_unknown(void **state)
{
    static const char *const options[] = {"--heartbeat", "1", NULL};
    struct sim_process sim;
    struct sim_client client;
    struct seen seen[8];
    (void)state;
    sim_begin(&sim);
    sim_start(&sim, options);
    sim_wait_for_seq(&sim, 1);
    sim_do(&sim, "mutex held");
    sim_wait_for_seq(&sim, 2);
    client_begin(&client, &sim);
    client_subscribe(&client, NULL);
    int64_t stopped_ms = wall_ms();
    assert_int_equal(sim_stop(&sim, 5000), 0);
    client_next_event(&client, &seen[0]); /* it was told, too */
    assert_string_equal(seen[0].to, "unknown");
    client_end(&client);

    sim_start(&sim, options);
    sim_wait_for_seq(&sim, 4);
    uv_sleep(1300); /* a heartbeat */
    int64_t killed_ms = wall_ms();
    sim_kill(&sim);
    uv_sleep(1200);
    sim_start(&sim, options);
    sim_wait_for_seq(&sim, 6);
    assert_int_equal(last_events(&sim, seen, 8), 6);
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
    sim_end(&sim);
}

static void a_folder_has_one_service(void **state)
{
    struct sim_process sim, other;
    (void)state;
    sim_begin(&sim);
    sim_begin(&other);
    sim_start(&sim, NULL);
    char own[sizeof other.data];
    memcpy(own, other.data, sizeof own);
    memcpy(other.data, sim.data, sizeof own);
    sim_launch(&other, NULL);
    assert_false(sim_is_ready(&other));
    sim_kill(&other);
    memcpy(other.data, own, sizeof own);
    sim_end(&other);
    sim_end(&sim);
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
    struct sim_process sim;
    struct sim_client client;
    struct seen before, after;
    (void)state;
    begin(&sim, &client);
    sim_do(&sim, "mutex held");
    client_next_event(&client, &before);
    for (size_t i = 0; i < 4; i++) {
        sim_do(&sim, jumps[i].command);
        uint64_t begun = now_ms();
        uv_sleep(50);
        sim_do(&sim, i % 2 == 0 ? "mutex free" : "mutex held");
        client_next_event(&client, &after);
        uint64_t took = now_ms() - begun;
        /* Numbers go on, durations are those of the monotonic clock, times are what people see. */
        assert_int_equal(after.seq, before.seq + 1);
        assert_in_range(after.after_ms, 40, took + 100);
        int64_t apart = after.at_ms - before.at_ms - jumps[i].jump_ms;
        assert_in_range((uint64_t)apart, 40, took + 100);
        /* `since` is when that was, as the clock was then. */
        yyjson_doc *doc = client_ask(&client, "status", NULL);
        int64_t since_ms;
        assert_true(time_parse(yyjson_get_str(yyjson_obj_get(result_of(doc), "since")), &since_ms));
        assert_true(since_ms == after.at_ms);
        yyjson_doc_free(doc);
        before = after;
    }
    client_end(&client);
    assert_int_equal(sim_stop(&sim, 5000), 0);
    struct journal_fixture fixture = sim_desk(&sim);
    fixture_check_file(&fixture);
    sim_end(&sim);
}

static void sleep_is_time_that_passed(void **state)
{
    struct sim_process sim;
    struct sim_client client;
    struct seen seen;
    (void)state;
    begin(&sim, &client);
    sim_do(&sim, "mutex held");
    client_next_event(&client, &seen);
    int64_t begun_ms = seen.at_ms;
    sim_do(&sim, "suspend 600000");
    sim_do(&sim, "mutex free");
    client_next_event(&client, &seen);
    assert_string_equal(seen.from, "busy"); /* it was, and nothing else was seen */
    assert_in_range(seen.after_ms, 600000, 605000);
    assert_in_range((uint64_t)(seen.at_ms - begun_ms), 600000, 605000);
    client_end(&client);
    sim_end(&sim);
}

/* ---- slow disks ---- */

/* How late the service's looks were, all together, so far. */
static double late_ms(struct sim_client *client)
{
    static const char name[] = "\nmsiwatch_detection_seconds_sum ";
    yyjson_doc *doc = client_ask(client, "metrics", "{\"format\":\"prometheus\"}");
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

/* Ten busy periods, and what became of them. Events come in order, and none is left out. */
static struct course run_course(struct sim_process *sim, struct sim_client *subscriber,
                                struct sim_client *asker, uint64_t *seq)
{
    struct course course = {0};
    char steps[32];
    struct seen seen;
    snprintf(steps, sizeof steps, "steps %d %d", STEPS, STEP_MS);
    double before_ms = late_ms(asker);
    uint64_t begun = now_ms();
    sim_do(sim, steps);
    uint64_t asked = now_ms();
    course.late_ms = late_ms(asker) - before_ms;
    course.answer_ms = now_ms() - asked;
    for (int i = 0; i < 2 * STEPS; i++) {
        client_next_event(subscriber, &seen);
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
    struct sim_process sim;
    struct sim_client subscriber, asker;
    bool no_later = false;
    uint64_t seq = 1;
    (void)state;
    begin(&sim, &subscriber);
    client_begin(&asker, &sim);
    for (int i = 0; i < TRIES && !no_later; i++) {
        struct course good = run_course(&sim, &subscriber, &asker, &seq);
        sim_do(&sim, "slow 500");
        struct course slow = run_course(&sim, &subscriber, &asker, &seq);
        sim_do(&sim, "slow 0");
        assert_true(slow.took_ms >= 500);
        print_message("looks late by %.1f ms, and with the slow disk by %.1f; a period of 20 ms "
                      "lasted %" PRIu64 " and %" PRIu64 " ms, an answer %" PRIu64 " and %" PRIu64
                      "\n",
                      good.late_ms, slow.late_ms, good.longest_ms, slow.longest_ms, good.answer_ms,
                      slow.answer_ms);
        no_later = is_no_later(&slow, &good);
    }
    assert_true(no_later);
    client_end(&subscriber);
    client_end(&asker);
    assert_int_equal(sim_stop(&sim, 5000), 0);
    sim_end(&sim);
}

static void a_stop_does_not_wait_for_a_dead_disk(void **state)
{
    struct sim_process sim;
    (void)state;
    begin(&sim, NULL);
    sim_do(&sim, "slow 60000");
    sim_do(&sim, "mutex held");
    uv_sleep(50);
    assert_int_equal(sim_stop(&sim, 4000), 0);
    sim_start(&sim, NULL);
    sim_wait_for_seq(&sim, 2);
    sim_end(&sim);
}

static void next_line_has(struct sim_client *client, const char *this, const char *that)
{
    const char *line = client_line(client, 20000);
    must(line != NULL && strstr(line, this) != NULL && strstr(line, that) != NULL, "not %s, %s: %s",
         this, that, line == NULL ? "nothing" : line);
}

/* Whether `about` says that events are kept, and what about the disk; "" for nothing. */
static void journal_must_be(struct sim_client *client, bool durable, const char *problem)
{
    yyjson_doc *doc = client_ask(client, "about", NULL);
    yyjson_val *journal = yyjson_obj_get(result_of(doc), "journal");
    yyjson_val *said = yyjson_obj_get(journal, "problem");
    assert_int_equal(yyjson_get_bool(yyjson_obj_get(journal, "durable")), durable);
    assert_int_equal(yyjson_is_null(said), problem[0] == '\0');
    assert_true(yyjson_is_null(said) || strstr(yyjson_get_str(said), problem) != NULL);
    yyjson_doc_free(doc);
}

static void a_dead_disk_is_said_and_comes_back(void **state)
{
    struct sim_process sim;
    struct sim_client client;
    (void)state;
    begin(&sim, &client);
    sim_do(&sim, "disk full");
    sim_do(&sim, "mutex held");
    next_line_has(&client, "\"method\":\"reset\"", "\"after\":0}");
    next_line_has(&client, "\"method\":\"event\"", "\"event\":{\"seq\":1,");
    journal_must_be(&client, false, "full");
    sim_do(&sim, "disk good");
    next_line_has(&client, "\"method\":\"reset\"", "\"after\":2}");
    journal_must_be(&client, true, "");
    client_end(&client);
    sim_end(&sim);
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
