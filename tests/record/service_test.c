/* service_test.c: the whole service and its journal: restarts, clocks, slow disks, old pages, and
 * many clients that come back at once.
 *
 * MSIWATCH_TEST_LONG=1 is the long form.
 */
#include "house.h"

#include "fill.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

static bool is_long(void)
{
    return getenv("MSIWATCH_TEST_LONG") != NULL;
}

static int64_t wall_ms(void)
{
    uv_timeval64_t now;
    uv_gettimeofday(&now);
    return now.tv_sec * 1000 + now.tv_usec / 1000;
}

/* ---- events as they come ---- */

struct seen {
    uint64_t seq, after_ms;
    int64_t at_ms;
    char from[16], to[16];
    bool after_known;
};

static void copy_word(char out[16], yyjson_val *event, const char *key)
{
    const char *word = yyjson_get_str(yyjson_obj_get(event, key));
    assert_non_null(word);
    snprintf(out, 16, "%s", word);
}

static void read_seen(yyjson_val *event, struct seen *seen)
{
    yyjson_val *after = yyjson_obj_get(event, "after_ms");
    memset(seen, 0, sizeof *seen);
    seen->seq = yyjson_get_uint(yyjson_obj_get(event, "seq"));
    seen->after_known = yyjson_is_uint(after);
    seen->after_ms = yyjson_get_uint(after);
    assert_true(time_parse(yyjson_get_str(yyjson_obj_get(event, "at")), &seen->at_ms));
    copy_word(seen->from, event, "from");
    copy_word(seen->to, event, "to");
}

static void next_event(struct caller *caller, struct seen *seen)
{
    for (;;) {
        char *line = caller_line(caller, 20000);
        must(line != NULL, "no event came");
        if (strstr(line, "\"method\":\"event\"") == NULL) {
            continue;
        }
        yyjson_doc *doc = yyjson_read(line, strlen(line), YYJSON_READ_NOFLAG);
        yyjson_val *params = yyjson_obj_get(yyjson_doc_get_root(doc), "params");
        read_seen(yyjson_obj_get(params, "event"), seen);
        yyjson_doc_free(doc);
        return;
    }
}

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
        read_seen(event, &seen[count - 1 - index]);
    }
    yyjson_doc_free(doc);
    caller_end(&caller);
    return count;
}

static void subscribe(struct caller *caller, const char *params)
{
    yyjson_doc_free(caller_ask(caller, "subscribe", params));
}

/* A number somewhere in a reply: "journal/last_seq". */
static uint64_t ask_number(const struct house *house, const char *method, const char *path)
{
    struct caller caller;
    char pointer[96];
    caller_begin(&caller, house);
    yyjson_doc *doc = caller_ask(&caller, method, NULL);
    snprintf(pointer, sizeof pointer, "/result/%s", path);
    yyjson_val *value = yyjson_doc_ptr_get(doc, pointer);
    must(yyjson_is_uint(value), "%s has no number %s", method, path);
    uint64_t number = yyjson_get_uint(value);
    yyjson_doc_free(doc);
    caller_end(&caller);
    return number;
}

static void wait_for_seq(const struct house *house, uint64_t seq)
{
    uint64_t until = now_ms() + 20000;
    while (ask_number(house, "about", "journal/last_seq") < seq) {
        must(now_ms() < until, "there is no event %" PRIu64, seq);
        uv_sleep(2);
    }
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
    wait_for_seq(&house, 1);
    house_do(&house, "mutex held");
    wait_for_seq(&house, 2);
    caller_begin(&caller, &house);
    subscribe(&caller, NULL);
    int64_t stopped_ms = wall_ms();
    assert_int_equal(house_stop(&house, 5000), 0);
    next_event(&caller, &seen[0]); /* it was told, too */
    assert_string_equal(seen[0].to, "unknown");
    caller_end(&caller);

    house_start(&house, options);
    wait_for_seq(&house, 4);
    uv_sleep(1300); /* a heartbeat */
    int64_t killed_ms = wall_ms();
    house_kill(&house);
    uv_sleep(1200);
    house_start(&house, options);
    wait_for_seq(&house, 6);
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
    wait_for_seq(&house, 1);
    caller_begin(&caller, &house);
    subscribe(&caller, NULL);
    house_do(&house, "mutex held");
    next_event(&caller, &before);
    for (size_t i = 0; i < 4; i++) {
        house_do(&house, jumps[i].command);
        uint64_t begun = now_ms();
        uv_sleep(50);
        house_do(&house, i % 2 == 0 ? "mutex free" : "mutex held");
        next_event(&caller, &after);
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
    wait_for_seq(&house, 1);
    caller_begin(&caller, &house);
    subscribe(&caller, NULL);
    house_do(&house, "mutex held");
    next_event(&caller, &seen);
    int64_t begun_ms = seen.at_ms;
    house_do(&house, "suspend 600000");
    house_do(&house, "mutex free");
    next_event(&caller, &seen);
    assert_string_equal(seen.from, "busy"); /* it was, and nothing else was seen */
    assert_in_range(seen.after_ms, 600000, 605000);
    assert_in_range((uint64_t)(seen.at_ms - begun_ms), 600000, 605000);
    caller_end(&caller);
    house_end(&house);
}

/* ---- slow disks ---- */

static void a_slow_disk_makes_events_late_and_nothing_else(void **state)
{
    struct house house;
    struct caller caller;
    struct seen seen;
    enum { EVENTS = 20 };
    uint64_t begun, last = 0;
    (void)state;
    house_begin(&house);
    house_start(&house, NULL);
    wait_for_seq(&house, 1);
    caller_begin(&caller, &house);
    subscribe(&caller, NULL);
    house_do(&house, "toggle 10 20");
    for (int i = 0; i < EVENTS; i++) {
        next_event(&caller, &seen);
    }
    uint64_t gap_before = ask_number(&house, "metrics", "gap_max_ms/busy");
    house_do(&house, "slow 500");
    begun = now_ms();
    house_do(&house, "toggle 10 20"); /* 400 ms */
    for (int i = 0; i < EVENTS; i++) {
        last = seen.seq;
        next_event(&caller, &seen);
        assert_int_equal(seen.seq, last + 1);
        /* What was seen was seen in time: no busy period is longer than it was. */
        must(seen.after_ms < 300, "%s lasted %" PRIu64 " ms", seen.from, seen.after_ms);
    }
    assert_true(now_ms() - begun >= 500);
    uint64_t gap_after = ask_number(&house, "metrics", "gap_max_ms/busy");
    print_message("largest gap between two samples: %" PRIu64 " ms, and with the slow disk %" PRIu64
                  " ms\n",
                  gap_before, gap_after);
    assert_true(gap_after < 300 || gap_after <= gap_before);
    house_do(&house, "slow 0");
    caller_end(&caller);
    assert_int_equal(house_stop(&house, 5000), 0);
    house_end(&house);
}

static void a_stop_does_not_wait_for_a_dead_disk(void **state)
{
    struct house house;
    (void)state;
    house_begin(&house);
    house_start(&house, NULL);
    wait_for_seq(&house, 1);
    house_do(&house, "slow 60000");
    house_do(&house, "mutex held");
    uv_sleep(50);
    assert_int_equal(house_stop(&house, 4000), 0);
    house_start(&house, NULL);
    wait_for_seq(&house, 2);
    house_end(&house);
}

static void next_line_has(struct caller *caller, const char *this, const char *that)
{
    const char *line = caller_line(caller, 20000);
    must(line != NULL, "no line with %s", this);
    must(strstr(line, this) != NULL && strstr(line, that) != NULL, "not %s, %s: %s", this, that,
         line);
}

static void a_dead_disk_is_said_and_comes_back(void **state)
{
    struct house house;
    struct caller caller;
    (void)state;
    house_begin(&house);
    house_start(&house, NULL);
    wait_for_seq(&house, 1);
    caller_begin(&caller, &house);
    subscribe(&caller, NULL);
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

/* ---- many events, many clients ---- */

static void with_100000_events_it_answers_within_a_second(void **state)
{
    struct house house;
    (void)state;
    house_begin(&house);
    assert_true(fill_folder(house.data, 100000, wall_ms()));
    uint64_t begun = now_ms();
    house_start(&house, NULL);
    assert_true(ask_number(&house, "about", "journal/last_seq") >= 100000);
    uint64_t took = now_ms() - begun;
    print_message("answered %" PRIu64 " ms after it was started\n", took);
    must(took < 1000 || getenv("MSIWATCH_TEST_SLOW") != NULL, "it took %" PRIu64 " ms", took);
    struct seen seen[256];
    assert_int_equal(last_events(&house, seen, 256), 256);
    house_end(&house);
}

struct client {
    struct caller caller;
    uint64_t last;
};

static bool all_have(const struct client *clients, unsigned count, uint64_t last)
{
    for (unsigned i = 0; i < count; i++) {
        if (clients[i].last < last) {
            return false;
        }
    }
    return true;
}

static void take_lines(struct client *client)
{
    char *line;
    uint64_t seq;
    size_t size;
    must(caller_fill(&client->caller), "a connection has ended at %" PRIu64, client->last);
    while ((line = caller_next(&client->caller)) != NULL) {
        if (event_in(line, &size, &seq) != NULL) {
            must(seq == client->last + 1, "seq %" PRIu64 " after %" PRIu64, seq, client->last);
            client->last = seq;
        } else {
            must(strstr(line, "\"reset\":true") == NULL && strstr(line, "gap") == NULL, "%s", line);
        }
    }
}

static void two_hundred_clients_come_back_at_once(void **state)
{
    enum { CLIENTS = 200 };
    uint64_t events = is_long() ? 10000 : 1500;
    struct house house;
    struct client *clients = calloc(CLIENTS, sizeof *clients);
    struct pollfd *sources = calloc(CLIENTS, sizeof *sources);
    static const char *const options[] = {"--connections-process", "1800", NULL};
    (void)state;
    assert_true(clients != NULL && sources != NULL);
    house_begin(&house);
    assert_true(fill_folder(house.data, events, wall_ms()));
    house_start(&house, options);
    uint64_t begun = now_ms();
    for (unsigned i = 0; i < CLIENTS; i++) {
        char params[64];
        clients[i].last = (i * 37) % (events / 2); /* each where it was */
        caller_begin(&clients[i].caller, &house);
        snprintf(params, sizeof params, "{\"after\":%" PRIu64 "}", clients[i].last);
        caller_send(&clients[i].caller, "subscribe", params);
        sources[i] = (struct pollfd){clients[i].caller.fd, POLLIN, 0};
    }
    while (!all_have(clients, CLIENTS, events)) {
        must(poll(sources, CLIENTS, 20000) > 0, "nothing comes any more");
        for (unsigned i = 0; i < CLIENTS; i++) {
            if (sources[i].revents != 0) {
                take_lines(&clients[i]);
            }
        }
    }
    print_message("%u clients had %" PRIu64 " events, or half of them, after %" PRIu64 " ms\n",
                  CLIENTS, events, now_ms() - begun);
    for (unsigned i = 0; i < CLIENTS; i++) {
        caller_end(&clients[i].caller);
    }
    house_end(&house);
    free(sources);
    free(clients);
}

/* How long it takes from a transition until a subscriber knows, a few times. */
static void measure(struct house *house, struct caller *caller, uint64_t us[], unsigned times)
{
    struct seen seen;
    for (unsigned i = 0; i < times; i++) {
        uint64_t begun = uv_hrtime();
        house_send(house, i % 2 == 0 ? "mutex held" : "mutex free");
        next_event(caller, &seen);
        us[i] = (uv_hrtime() - begun) / 1000;
        uv_sleep(3);
    }
}

static int by_size(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return one < other ? -1 : one > other;
}

static uint64_t p99(uint64_t us[], unsigned times)
{
    qsort(us, times, sizeof *us, by_size);
    return us[times - 1 - times / 100];
}

/* A subscriber that comes back from far behind as soon as it has caught up, again and again. */
struct lagger {
    const struct house *house;
    uint64_t last;
    unsigned rounds;
    _Atomic bool stop;
};

static void lag(void *arg)
{
    struct lagger *lagger = arg;
    while (!lagger->stop) {
        struct client client = {0};
        caller_begin(&client.caller, lagger->house);
        caller_send(&client.caller, "subscribe", "{\"after\":0}");
        while (client.last < lagger->last && !lagger->stop) {
            const char *line = caller_line(&client.caller, 20000);
            uint64_t seq;
            size_t size;
            if (line != NULL && event_in(line, &size, &seq) != NULL) {
                client.last = seq;
            }
        }
        caller_end(&client.caller);
        lagger->rounds++;
    }
}

/* What others notice of one that catches up, and of one that never reads what it asked for. A
 * machine that is busy shows more than the service does: so the comparison is with the same load on
 * another service, turn by turn. */
static void others_notice_nothing(struct house *house, struct caller *other, uint64_t last)
{
    enum { TURN = 50, MOST = 1000 };
    static uint64_t apart_us[MOST], together_us[MOST];
    unsigned times = is_long() ? MOST : TURN * 2, rounds = 0;
    struct house elsewhere;
    struct caller deaf;
    house_begin(&elsewhere);
    assert_true(fill_folder(elsewhere.data, last - 1, wall_ms()));
    house_start(&elsewhere, NULL);
    caller_begin(&deaf, house);
    caller_send(&deaf, "subscribe", "{\"after\":0}");
    for (unsigned i = 0; i < times * 2; i += TURN) {
        bool apart = i / TURN % 2 == 0;
        struct lagger lagger = {.house = apart ? &elsewhere : house, .last = last};
        uv_thread_t thread;
        assert_int_equal(uv_thread_create(&thread, lag, &lagger), 0);
        measure(house, other, (apart ? apart_us : together_us) + i / TURN / 2 * TURN, TURN);
        lagger.stop = true;
        uv_thread_join(&thread);
        rounds += apart ? 0 : lagger.rounds;
    }
    caller_end(&deaf);
    house_end(&elsewhere);
    uint64_t apart = p99(apart_us, times), together = p99(together_us, times);
    print_message("p99 of a subscriber while another catches up (%u times): %" PRIu64
                  " us, on another service: %" PRIu64 " us, %.2f times\n",
                  rounds, together, apart, (double)together / (double)apart);
    must(!is_long() || together <= apart * 3 / 2, "others waited for it");
}

/* `kept`: of the `events`, or 0 for all. */
static void resume_after_standing_still(uint64_t events, const char *const options[], uint64_t kept)
{
    struct house house;
    struct client still = {0};
    struct caller other;
    uint64_t got = 0, last = events + 1;
    unsigned gaps = 0;
    house_begin(&house);
    assert_true(fill_folder(house.data, events, wall_ms()));
    house_start(&house, options);
    wait_for_seq(&house, last);
    if (kept != 0) {
        uint64_t until = now_ms() + 20000;
        while (ask_number(&house, "about", "journal/first_seq") != last - kept + 1) {
            assert_true(now_ms() < until);
        }
    }
    caller_begin(&still.caller, &house);
    caller_send(&still.caller, "subscribe", "{\"after\":0}");
    while (still.last < last) {
        char *line = caller_line(&still.caller, 20000);
        uint64_t seq;
        size_t size;
        must(line != NULL, "nothing comes any more at %" PRIu64, still.last);
        if (event_in(line, &size, &seq) != NULL) {
            must(seq == still.last + 1, "seq %" PRIu64 " after %" PRIu64, seq, still.last);
            still.last = seq;
            got++;
        } else if (strstr(line, "\"method\":\"gap\"") != NULL) {
            assert_non_null(strstr(line, "\"from\":1,"));
            still.last = strtoull(strstr(line, "\"to\":") + 5, NULL, 10);
            gaps++;
        }
    }
    print_message("%" PRIu64 " events and %u gaps\n", got, gaps);
    assert_int_equal(got, kept == 0 ? last : kept);
    assert_int_equal(gaps, kept == 0 ? 0 : 1);
    caller_end(&still.caller);

    caller_begin(&other, &house);
    subscribe(&other, NULL);
    others_notice_nothing(&house, &other, last);
    caller_end(&other);
    house_end(&house);
}

static void a_subscriber_that_stood_still_gets_all_in_order(void **state)
{
    (void)state;
    resume_after_standing_still(10000, NULL, 0);
}

static void what_is_no_longer_kept_is_one_gap(void **state)
{
    static const char *const options[] = {"--retention-rows", "5000", NULL};
    (void)state;
    resume_after_standing_still(10000, options, 5000);
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
        cmocka_unit_test(with_100000_events_it_answers_within_a_second),
        cmocka_unit_test(two_hundred_clients_come_back_at_once),
        cmocka_unit_test(a_subscriber_that_stood_still_gets_all_in_order),
        cmocka_unit_test(what_is_no_longer_kept_is_one_gap),
    };
    return cmocka_run_group_tests_name("record.service", tests, NULL, NULL);
}
