/* event_follower_test.c: following the event log works whatever the log answers: with a simulated
 * log (tests/wevtapi), and a simulated store for the position. */
#include "unit.h"

#include "base/log.h"
#include "common/model.h"
#include "observe/event_follower.h"
#include "played_wevtapi.h"
#include "test_clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, MOST_TAKEN = 9000 };

static struct {
    struct install_log *records;
    struct event_follower *follower;
    struct log *log;
    char folder[512], path[600];
    bool signal;
    uint64_t mono_ms;
    struct install_record last; /* the last one that was taken */
    char products[MOST_TAKEN][8];
    size_t taken, replayed;
} f;

/* ---- the sensor's part ---- */

static void words(uint32_t error, char *out, size_t size)
{
    snprintf(out, size, "error %u in words", (unsigned)error);
}

static void start(const char *position)
{
    struct event_follower_config config = {
        .api = played_api(), .signal = &f.signal, .log = f.log, .words = words};
    assert_int_equal(install_log_new(&f.records), 0);
    if (position[0] != '\0') {
        assert_true(install_log_restore(f.records, position));
    }
    config.records = f.records;
    assert_int_equal(event_follower_new(&f.follower, &config), 0);
}

static void stop_follower(void)
{
    event_follower_free(f.follower);
    install_log_free(f.records);
    f.follower = NULL;
    f.records = NULL;
}

static int begin(void **state)
{
    (void)state;
    char where[400];
    size_t size = sizeof where;
    uv_fs_t request;
    memset(&f, 0, sizeof f);
    f.mono_ms = 5000000;
    if (uv_os_tmpdir(where, &size) != 0) {
        return -1;
    }
    snprintf(f.folder, sizeof f.folder, "%s/msiwatch-events-XXXXXX", where);
    int error = uv_fs_mkdtemp(NULL, &request, f.folder, NULL);
    snprintf(f.folder, sizeof f.folder, "%s", error == 0 ? request.path : "");
    uv_fs_req_cleanup(&request);
    snprintf(f.path, sizeof f.path, "%s/log", f.folder);
    if (error != 0 || log_new(&f.log, f.path, 0, LOG_INFO) != 0) {
        return -1;
    }
    played_begin(1000);
    test_clock_stop(1000); /* a look takes no time, unless a test says otherwise */
    return 0;
}

static int end(void **state)
{
    (void)state;
    uv_fs_t request;
    stop_follower();
    test_clock_run();
    played_end();
    log_free(f.log);
    uv_fs_unlink(NULL, &request, f.path, NULL);
    uv_fs_req_cleanup(&request);
    uv_fs_rmdir(NULL, &request, f.folder, NULL);
    uv_fs_req_cleanup(&request);
    return 0;
}

static void pass(uint64_t ms)
{
    f.mono_ms += ms;
    played.now_ms += (int64_t)ms;
}

static void take_all(void)
{
    while (install_log_take(f.records, &f.last)) {
        assert_true(f.taken < MOST_TAKEN);
        snprintf(f.products[f.taken++], sizeof f.products[0], "%.7s", f.last.install.product);
        f.replayed += f.last.replayed ? 1 : 0;
    }
}

static void look(void)
{
    bool signalled = f.signal;
    f.signal = false;
    if (event_follower_look(f.follower, f.mono_ms, played.now_ms, signalled)) {
        f.signal = true;
    }
    take_all();
}

/* Looks once a second. */
static void look_for(uint64_t ms)
{
    for (uint64_t passed = 0; passed < ms; passed += SECOND) {
        pass(SECOND);
        look();
    }
}

static uint64_t write_one(const char *product)
{
    const char *const strings[] = {product, "1.0", "1033", "0", NULL};
    return played_write_strings(1033, strings);
}

/* These were taken, in this order, and no others. */
static void must_have_taken(const char *wanted)
{
    char all[4096] = "";
    size_t used = 0;
    for (size_t i = 0; i < f.taken; i++) {
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i == 0 ? "" : " ",
                                 f.products[i]);
        assert_true(used < sizeof all);
    }
    assert_string_equal(all, wanted);
}

static void must_be_well(bool well)
{
    struct install_log_state state;
    install_log_read_state(f.records, &state);
    must((state.health == HEALTH_OK) == well, "'%s'", state.problem);
}

/* How many lines of the service's log contain that. */
static unsigned lines_with(const char *text)
{
    char line[1024];
    unsigned count = 0;
    FILE *file = fopen(f.path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        count += strstr(line, text) != NULL ? 1 : 0;
    }
    fclose(file);
    return count;
}

static void must_be_at(const char *wanted)
{
    char text[LOG_POSITION_BYTES];
    install_log_position(f.records, text);
    assert_string_equal(text, wanted);
}

/* ---- following ---- */

static void a_first_start_begins_with_now(void **state)
{
    (void)state;
    write_one("old");
    start("");
    look();
    must_be_well(true);
    write_one("new");
    look();
    must_have_taken("new");
    assert_false(f.last.replayed);
    assert_int_equal(f.last.arrived_ms, f.mono_ms);
    install_log_report(f.records, f.last.record_id);
    must_be_at("Application 1002");
}

static void an_empty_log_is_followed_too(void **state)
{
    (void)state;
    start("");
    look();
    write_one("a");
    look();
    must_have_taken("a");
    assert_false(f.last.replayed);
}

/* 0.1.0 thought that ERROR_INVALID_OPERATION ends the subscription, and read nothing for 30 s. */
static void a_drained_subscription_is_heard_on_whatever_it_says(void **state)
{
    (void)state;
    static const uint32_t answers[] = {0, 259, 4317, 1460};
    start("");
    look();
    unsigned subscribed = played.subscribed;
    for (size_t i = 0; i < COUNT(answers); i++) {
        char product[2] = {(char)('a' + i), '\0'};
        played.empty = answers[i];
        for (int times = 0; times < 3; times++) {
            f.signal = true; /* set, although nothing is there */
            look();
            must_be_well(true);
        }
        write_one(product);
        look();
    }
    must_have_taken("a b c d");
    assert_int_equal(f.replayed, 0);
    assert_int_equal(played.subscribed, subscribed);
    assert_int_equal(lines_with("cannot be read"), 0);
}

static void records_that_were_there_before_the_signal_are_fetched(void **state)
{
    (void)state;
    write_one("x");
    start("");
    played.deaf = true;
    look();
    write_one("a");
    look_for(MINUTE + SECOND);
    must_have_taken("a");
}

static void a_log_that_never_signals_is_read_once_a_minute(void **state)
{
    (void)state;
    start("");
    look();
    played.deaf = true;
    for (int i = 0; i < 5; i++) {
        char product[2] = {(char)('a' + i), '\0'};
        write_one(product);
        look_for(MINUTE + SECOND);
    }
    must_have_taken("a b c d e");
    assert_int_equal(f.replayed, 5); /* nobody knows when they arrived */
}

static void a_clock_that_is_set_makes_no_record_old(void **state)
{
    (void)state;
    start("");
    look();
    played.deaf = true;
    write_one("a");
    played.now_ms += 60 * MINUTE;
    look_for(MINUTE + SECOND);
    must_have_taken("a");
}

static void between_two_minutes_nothing_is_asked_without_a_signal(void **state)
{
    (void)state;
    start("");
    look();
    unsigned subscribed = played.subscribed;
    unsigned fetched = played.fetched, queried = played.queried;
    look_for(MINUTE - 2 * SECOND);
    assert_int_equal(played.fetched, fetched);
    assert_int_equal(played.queried, queried);
    look_for(10 * MINUTE);
    assert_in_range(played.fetched, fetched + 9, fetched + 25);
    assert_int_equal(played.subscribed, subscribed);
}

static void a_batch_that_is_too_large_is_fetched_one_by_one(void **state)
{
    (void)state;
    static const struct played_value data[] = {PLAYED_STRING("large")};
    struct played_record large = {
        .event_id = 1033, .size = 60000, .values = data, .value_count = 1};
    start("");
    look();
    unsigned subscribed = played.subscribed;
    played.batch_bytes = 100000;
    for (int i = 0; i < 3; i++) {
        played_write(&large);
    }
    write_one("b");
    look();
    must_have_taken("large large large b");
    must_be_well(true);
    assert_int_equal(played.subscribed, subscribed);
}

static void take_3_ms(void)
{
    test_clock_add(3);
}

/* The same thread reads the mutex. */
static void a_flood_takes_a_part_of_an_interval_and_the_rest_comes_later(void **state)
{
    enum { FLOOD = 200, MOST_MS = 10 };
    static const struct played_value data[] = {PLAYED_STRING("large")};
    struct played_record large = {
        .event_id = 1033, .size = 120000, .values = data, .value_count = 1};
    (void)state;
    start("");
    look();
    played.on_next = take_3_ms;
    for (int i = 0; i < FLOOD; i++) {
        played_write(&large);
    }
    unsigned looks = 0;
    do {
        uint64_t begun_ms = clock_mono_ms();
        look();
        assert_true(clock_mono_ms() - begun_ms <= MOST_MS);
        looks++;
    } while (f.signal);
    assert_int_equal(f.taken, FLOOD);
    assert_in_range(looks, 2, FLOOD);
}

static void a_record_too_large_to_be_fetched_is_left_behind(void **state)
{
    (void)state;
    struct played_record large = {.event_id = 1033, .size = 200000};
    start("");
    look();
    played.batch_bytes = 100000;
    write_one("a");
    look();
    played_write(&large);
    look();
    must_be_well(false);
    look_for(5 * SECOND);
    must_be_well(true);
    write_one("b");
    look();
    must_have_taken("a b");
    assert_int_equal(lines_with("too large to be read"), 1);
}

/* ---- the Event Log service restarts ---- */

static void restart_with(uint32_t stale)
{
    start("");
    look();
    write_one("a");
    look();
    played_restart();
    played.stale = stale;
    write_one("b"); /* no signal is set */
    write_one("c");
    look_for(2 * MINUTE);
    must_be_well(true);
    write_one("d");
    look();
    must_have_taken("a b c d");
    assert_int_equal(f.replayed, 2); /* b and c */
}

static void a_restart_is_survived_when_its_handles_fail(void **state)
{
    (void)state;
    restart_with(1722);
    assert_int_equal(lines_with("cannot be read: EvtNext of the log Application: error 1722 in "
                                "words (error 1722)"),
                     1);
    assert_int_equal(lines_with("can be read again"), 1);
}

static void a_restart_is_survived_when_its_handles_are_invalid(void **state)
{
    (void)state;
    restart_with(6);
}

static void a_restart_is_survived_when_its_handles_say_that_nothing_is_there(void **state)
{
    (void)state;
    restart_with(4317);
}

static void a_restart_is_survived_when_its_handles_say_that_there_are_no_more_items(void **state)
{
    (void)state;
    restart_with(259);
}

static void a_restart_is_survived_when_its_handles_time_out(void **state)
{
    (void)state;
    restart_with(1460);
}

static enum health health(void)
{
    struct install_log_state now;
    install_log_read_state(f.records, &now);
    return now.health;
}

static void while_the_service_is_down_it_is_asked_seldom(void **state)
{
    (void)state;
    start("");
    look();
    write_one("a");
    look();
    played_restart();
    played.stopped = true;
    played.subscribed = 0;
    look_for(10 * MINUTE);
    must_be_well(false);
    assert_in_range(played.subscribed, 10, 30);
    assert_int_equal(lines_with("cannot be read"), 1);
    write_one("b");
    played.stopped = false;
    look_for(31 * SECOND);
    must_be_well(true);
    must_have_taken("a b");
    assert_true(f.last.replayed);
}

/* Other programs write to the log all the time, so its subscription is renewed each minute. But the
 * log was open in between, so the next failure is not one of a series. */
static void after_a_long_time_a_failure_is_tried_again_soon(void **state)
{
    (void)state;
    struct played_record other = {.provider = "Application Error", .event_id = 1000};
    start("");
    look();
    played_restart();
    played.stopped = true;
    look_for(10 * MINUTE); /* as rarely as it gets */
    played.stopped = false;
    look_for(31 * SECOND);
    for (int i = 0; i < 10; i++) {
        played_write(&other);
        look_for(MINUTE);
    }
    must_be_well(true);
    played_restart();
    played.stopped = true;
    while (health() == HEALTH_OK) {
        look_for(SECOND);
    }
    played.subscribed = 0;
    look_for(20 * SECOND);
    assert_in_range(played.subscribed, 4, 5); /* after 1, 2, 4 and 8 s, not after 30 */
}

static void a_system_without_an_event_log_is_asked_seldom_too(void **state)
{
    (void)state;
    played.refuse = UINT32_MAX;
    start("");
    look();
    must_be_well(false);
    look_for(10 * MINUTE);
    assert_in_range(played.subscribed, 10, 30);
    assert_int_equal(lines_with("cannot be read"), 1);
    assert_int_equal(lines_with("(error 120)"), 1);
}

static void who_is_denied_says_so(void **state)
{
    (void)state;
    struct install_log_state now;
    played.refuse = 5;
    start("");
    look();
    install_log_read_state(f.records, &now);
    assert_int_equal(now.health, HEALTH_DENIED);
}

/* ---- continuing where an earlier run was ---- */

static void what_was_written_meanwhile_is_read_and_marked(void **state)
{
    (void)state;
    write_one("a");
    write_one("b");
    write_one("c");
    start("Application 1001 1002");
    look();
    must_have_taken("b");
    assert_true(f.last.replayed);
    write_one("d");
    look();
    must_have_taken("b d");
    assert_false(f.last.replayed);
}

static void a_record_is_never_taken_twice_though_the_log_gives_it_twice(void **state)
{
    (void)state;
    played.twice = true;
    write_one("a");
    write_one("b");
    start("Application 1000");
    look();
    write_one("c");
    look();
    f.signal = true;
    look();
    must_have_taken("a b c");
}

static void a_position_whose_record_is_gone_begins_with_the_oldest(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        char product[2] = {(char)('a' + i), '\0'};
        write_one(product);
    }
    played_overwrite(1005);
    start("Application 1002");
    look();
    must_have_taken("f g h");
    assert_int_equal(f.replayed, 3);
}

/* The documentation does not say whether the bookmarked record must match the query. */
static void a_position_whose_record_is_another_programs_does_no_harm(void **state)
{
    (void)state;
    struct played_record other = {.provider = "Application Error", .event_id = 1000};
    char product[16];
    played.selected_bookmarks = true;
    for (int i = 0; i < 300; i++) {
        snprintf(product, sizeof product, "%d", i);
        write_one(product);
    }
    pass(20 * MINUTE);
    played_write(&other); /* 1300 */
    write_one("a");
    start("Application 1301");
    for (unsigned looks = 1; looks < 10; looks++) {
        look();
        assert_in_range(played.queried, 0, 3 * looks); /* not one query per record */
    }
    must_have_taken("a");
    assert_int_equal(lines_with("was cleared"), 0);
    assert_int_equal(lines_with("were skipped"), 0);
}

static void records_older_than_15_minutes_are_passed_over(void **state)
{
    (void)state;
    write_one("a");
    pass(10 * MINUTE);
    write_one("b");
    pass(6 * MINUTE);
    start("Application 1000");
    look();
    must_have_taken("b");
    assert_int_equal(lines_with("1 records of the event log were skipped"), 1);
    install_log_report(f.records, f.last.record_id);
    must_be_at("Application 1002");
}

static void no_more_than_5000_records_back_are_read(void **state)
{
    (void)state;
    char product[16];
    for (int i = 0; i < 7000; i++) {
        snprintf(product, sizeof product, "%d", i);
        const char *const strings[] = {product, NULL};
        played_write_strings(i % 1000 == 999 ? 1033 : 1000, strings); /* 1000 is of no interest */
    }
    start("Application 1000");
    for (int i = 0; i < 200; i++) {
        look();
    }
    must_have_taken("2999 3999 4999 5999 6999"); /* not 999 or 1999: the last 5,000 records begin
                                                  * with 2000 */
    assert_int_equal(lines_with("5000 records back"), 1);
}

static void other_programs_records_move_the_position_on(void **state)
{
    (void)state;
    struct played_record other = {.provider = "Application Error", .event_id = 1000};
    start("");
    look();
    write_one("a");
    look();
    install_log_report(f.records, f.last.record_id);
    for (int i = 0; i < 10; i++) {
        played_write(&other);
    }
    look_for(MINUTE + SECOND);
    must_be_at("Application 1011");
    unsigned subscribed = played.subscribed;
    look_for(10 * MINUTE); /* that the log is quiet does not mean that the subscription is dead */
    assert_int_equal(played.subscribed, subscribed);
}

static void a_flood_is_taken_as_there_is_room(void **state)
{
    (void)state;
    start("");
    look();
    for (int i = 0; i < 1000; i++) {
        write_one("x");
    }
    for (int i = 0; i < 40; i++) {
        look();
    }
    assert_int_equal(f.taken, 1000);
    assert_int_equal(f.replayed, 1000 - 64); /* the others had to wait */
    struct install_log_state now;
    install_log_read_state(f.records, &now);
    assert_int_equal(now.dropped, 0);
}

/* ---- a cleared log ---- */

static void a_log_that_was_cleared_while_nobody_read_begins_with_now(void **state)
{
    (void)state;
    write_one("a");
    played_clear(1);
    write_one("b");
    start("Application 1001");
    look();
    write_one("c");
    look();
    must_have_taken("c");
    assert_int_equal(lines_with("was cleared"), 1);
    install_log_report(f.records, f.last.record_id);
    must_be_at("Application 3");
}

static void a_log_that_is_cleared_while_it_is_read_is_heard_on(void **state)
{
    (void)state;
    start("");
    look();
    write_one("a");
    look();
    played_clear(1);
    write_one("b");
    look();
    write_one("c");
    look();
    must_have_taken("a b c");
    assert_int_equal(f.replayed, 0);
    assert_int_equal(lines_with("was cleared"), 1);
    look_for(3 * MINUTE);
    must_have_taken("a b c");
    assert_int_equal(lines_with("was cleared"), 1);
}

static void a_clear_is_noticed_without_a_record_of_ours(void **state)
{
    (void)state;
    struct played_record other = {.provider = "Application Error", .event_id = 1000};
    start("");
    look();
    write_one("a");
    look();
    played_clear(1);
    played_write(&other);
    look_for(MINUTE + SECOND);
    assert_int_equal(lines_with("was cleared"), 1);
    write_one("b");
    look();
    must_have_taken("a b");
}

static void a_clear_that_keeps_counting_is_none(void **state)
{
    (void)state;
    start("");
    look();
    write_one("a");
    look();
    played_clear(1001);
    write_one("b");
    look();
    look_for(2 * MINUTE);
    must_have_taken("a b");
    assert_int_equal(lines_with("was cleared"), 0);
}

/* ---- crashes ---- */

/* A simulated store: a transaction contains the events and the position, or neither. */
enum { INSTALLS = 60 };
static struct {
    char position[LOG_POSITION_BYTES];
    unsigned events[INSTALLS]; /* how often each installation was reported */
    /* What the process knows about an installation: the ids of its begin and its outcome. */
    uint64_t begun[INSTALLS], ended[INSTALLS];
} s;

static char names[INSTALLS][8];

static void commit(void)
{
    for (size_t i = 0; i < INSTALLS; i++) {
        if (s.begun[i] != 0 && s.ended[i] != 0) {
            install_log_report(f.records, s.begun[i]);
            install_log_report(f.records, s.ended[i]);
            s.begun[i] = s.ended[i] = 0;
            s.events[i]++;
        }
    }
    install_log_position(f.records, s.position);
}

/* Looks, and takes what has come. */
static void consume(void)
{
    struct install_record record;
    bool signalled = f.signal;
    f.signal = false;
    if (event_follower_look(f.follower, f.mono_ms, played.now_ms, signalled)) {
        f.signal = true;
    }
    while (install_log_take(f.records, &record)) {
        bool begins = record.kind == RECORD_BEGIN;
        int i = atoi(begins ? record.install.package : record.install.product);
        *(begins ? &s.begun[i] : &s.ended[i]) = record.record_id;
    }
}

static void crash(void)
{
    stop_follower();
    memset(s.begun, 0, sizeof s.begun);
    memset(s.ended, 0, sizeof s.ended);
    start(s.position);
}

static void write_edge(unsigned id, size_t install)
{
    const char *const strings[] = {names[install], "77", NULL};
    played_write_strings((uint16_t)id, strings);
}

static void live_through(unsigned seed)
{
    static const uint32_t stale[] = {6, 1722, 4317}, empty[] = {0, 259, 4317, 1460};
    size_t begun = 0, ended = 0;
    memset(&s, 0, sizeof s);
    srand(seed);
    stop_follower();
    played_end();
    played_begin(1 + (uint64_t)(rand() % 1000));
    start("");
    consume();
    commit(); /* as the very first heartbeat does */
    while (ended < INSTALLS) {
        pass((uint64_t)(rand() % 1500)); /* all of it together takes less than 15 minutes */
        int dice = rand() % 100;
        if (dice < 20 && begun < INSTALLS) {
            write_edge(1040, begun++);
        } else if (dice < 40 && ended < begun) {
            write_edge(1033, ended++);
        } else if (dice < 60) {
            consume();
        } else if (dice < 80) {
            consume();
            commit();
        } else if (dice < 85) {
            crash();
        } else if (dice < 88) {
            commit();
            crash();
        } else if (dice < 92) {
            played_restart();
            played.stale = stale[rand() % 3];
        } else {
            played.empty = empty[rand() % 4];
            played.deaf = rand() % 3 == 0;
            played.batch_bytes = rand() % 3 == 0 ? 1500 : 0;
        }
    }
    played.deaf = false;
    for (int i = 0; i < 130; i++) {
        pass(SECOND);
        consume();
        commit();
    }
    for (size_t i = 0; i < INSTALLS; i++) {
        must(s.events[i] == 1, "seed %u: installation %u was reported %u times", seed, (unsigned)i,
             s.events[i]);
    }
}

static void after_any_crash_all_is_reported_once(void **state)
{
    (void)state;
    start("");
    for (size_t i = 0; i < INSTALLS; i++) {
        snprintf(names[i], sizeof names[i], "%u", (unsigned)i % 1000);
    }
    for (unsigned seed = 1; seed <= 400; seed++) {
        live_through(seed);
    }
}

int event_follower_tests(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
    static const struct CMUnitTest tests[] = {
        WITH(a_first_start_begins_with_now),
        WITH(an_empty_log_is_followed_too),
        WITH(a_drained_subscription_is_heard_on_whatever_it_says),
        WITH(records_that_were_there_before_the_signal_are_fetched),
        WITH(a_log_that_never_signals_is_read_once_a_minute),
        WITH(a_clock_that_is_set_makes_no_record_old),
        WITH(between_two_minutes_nothing_is_asked_without_a_signal),
        WITH(a_batch_that_is_too_large_is_fetched_one_by_one),
        WITH(a_flood_takes_a_part_of_an_interval_and_the_rest_comes_later),
        WITH(a_record_too_large_to_be_fetched_is_left_behind),
        WITH(a_restart_is_survived_when_its_handles_fail),
        WITH(a_restart_is_survived_when_its_handles_are_invalid),
        WITH(a_restart_is_survived_when_its_handles_say_that_nothing_is_there),
        WITH(a_restart_is_survived_when_its_handles_say_that_there_are_no_more_items),
        WITH(a_restart_is_survived_when_its_handles_time_out),
        WITH(while_the_service_is_down_it_is_asked_seldom),
        WITH(after_a_long_time_a_failure_is_tried_again_soon),
        WITH(a_system_without_an_event_log_is_asked_seldom_too),
        WITH(who_is_denied_says_so),
        WITH(what_was_written_meanwhile_is_read_and_marked),
        WITH(a_record_is_never_taken_twice_though_the_log_gives_it_twice),
        WITH(a_position_whose_record_is_gone_begins_with_the_oldest),
        WITH(a_position_whose_record_is_another_programs_does_no_harm),
        WITH(records_older_than_15_minutes_are_passed_over),
        WITH(no_more_than_5000_records_back_are_read),
        WITH(other_programs_records_move_the_position_on),
        WITH(a_flood_is_taken_as_there_is_room),
        WITH(a_log_that_was_cleared_while_nobody_read_begins_with_now),
        WITH(a_log_that_is_cleared_while_it_is_read_is_heard_on),
        WITH(a_clear_is_noticed_without_a_record_of_ours),
        WITH(a_clear_that_keeps_counting_is_none),
        WITH(after_any_crash_all_is_reported_once),
    };
    return cmocka_run_group_tests_name("event_follower", tests, NULL, NULL);
}
