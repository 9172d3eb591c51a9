/* eventlog_test.c: what goes to the event log, and when: order, a log that does not answer, sensors
 * that come and go, the journal, transitions. */
#include "unit.h"

#include "eventlog/event_rules.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* A sink that remembers, and can be held up. */
struct shelf {
    struct eventlog_sink base;
    uv_mutex_t lock; /* guards all below */
    uv_cond_t changed;
    bool held, closed;
    size_t count;
    struct eventlog_entry entries[1024];
};

static void write_entry(struct eventlog_sink *self, const struct eventlog_entry *entry)
{
    struct shelf *shelf = (struct shelf *)self;
    uv_mutex_lock(&shelf->lock);
    while (shelf->held) {
        uv_cond_wait(&shelf->changed, &shelf->lock);
    }
    if (shelf->count < COUNT(shelf->entries)) {
        shelf->entries[shelf->count++] = *entry;
    }
    uv_cond_broadcast(&shelf->changed);
    uv_mutex_unlock(&shelf->lock);
}

static void close_shelf(struct eventlog_sink *self)
{
    ((struct shelf *)self)->closed = true;
}

static void hold(struct shelf *shelf, bool held)
{
    uv_mutex_lock(&shelf->lock);
    shelf->held = held;
    uv_cond_broadcast(&shelf->changed);
    uv_mutex_unlock(&shelf->lock);
}

/* Waits until there are so many entries or more, 10 s at most. */
static void must_have(struct shelf *shelf, size_t count)
{
    uint64_t until = uv_hrtime() + UINT64_C(10000000000);
    uv_mutex_lock(&shelf->lock);
    while (shelf->count < count && uv_hrtime() < until) {
        uv_cond_timedwait(&shelf->changed, &shelf->lock, UINT64_C(100000000));
    }
    size_t there = shelf->count;
    uv_mutex_unlock(&shelf->lock);
    must(there >= count, "%u entries instead of %u", (unsigned)there, (unsigned)count);
}

struct desk {
    struct shelf shelf;
    struct eventlog *eventlog;
    struct event_rules rules;
    struct observation seen;
    enum health install_log;
};

static int set_up(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    *state = desk;
    desk->shelf.base = (struct eventlog_sink){write_entry, close_shelf};
    uv_mutex_init(&desk->shelf.lock);
    uv_cond_init(&desk->shelf.changed);
    desk->seen.registry_known = true;
    if (eventlog_new(&desk->eventlog, &desk->shelf.base) != 0) {
        return -1;
    }
    event_rules_init(&desk->rules, desk->eventlog, 1000);
    return 0;
}

static int tear_down(void **state)
{
    struct desk *desk = *state;
    eventlog_free(desk->eventlog);
    uv_cond_destroy(&desk->shelf.changed);
    uv_mutex_destroy(&desk->shelf.lock);
    free(desk);
    return 0;
}

static void must_be(struct desk *desk, size_t n, enum eventlog_id id, const char *text)
{
    const struct eventlog_entry *entry = &desk->shelf.entries[n];
    must_have(&desk->shelf, n + 1);
    assert_int_equal(entry->id, id);
    assert_string_equal(entry->texts[0], text);
}

/* ---- the queue ---- */

static void add_number(struct desk *desk, unsigned number)
{
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    const char *const texts[] = {text};
    eventlog_add(desk->eventlog, EVENTLOG_STOPPED, 1, texts);
}

static void entries_are_written_in_order_and_before_the_end(void **state)
{
    struct desk *desk = *state;
    for (unsigned i = 0; i < 100; i++) {
        add_number(desk, i);
    }
    eventlog_free(desk->eventlog);
    desk->eventlog = NULL;
    assert_true(desk->shelf.closed);
    assert_int_equal(desk->shelf.count, 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(strtoul(desk->shelf.entries[i].texts[0], NULL, 10), i);
    }
}

/* Nobody waits for it, what does not fit is counted, and told when it has caught up. */
static void a_log_that_does_not_answer_holds_nobody_up(void **state)
{
    struct desk *desk = *state;
    hold(&desk->shelf, true);
    uint64_t begun = uv_hrtime();
    for (unsigned i = 0; i < 1000; i++) {
        add_number(desk, i);
    }
    assert_true(uv_hrtime() - begun < UINT64_C(1000000000));
    hold(&desk->shelf, false);
    uv_sleep(1);
    for (size_t before = 0;
         before == 0 || desk->shelf.entries[before - 1].id != EVENTLOG_DROPPED;) {
        uv_sleep(5);
        uv_mutex_lock(&desk->shelf.lock);
        before = desk->shelf.count;
        uv_mutex_unlock(&desk->shelf.lock);
        must(uv_hrtime() - begun < UINT64_C(10000000000), "nothing is said of what was dropped");
    }
    size_t written = desk->shelf.count - 1;
    assert_in_range(written, 256, 257); /* one may have been on its way */
    assert_int_equal(strtoul(desk->shelf.entries[written].texts[0], NULL, 10), 1000 - written);
}

static void an_end_waits_a_second_at_most(void **state)
{
    struct desk *desk = *state;
    hold(&desk->shelf, true);
    add_number(desk, 1);
    uint64_t begun = uv_hrtime();
    eventlog_free(desk->eventlog);
    uint64_t took_ms = (uv_hrtime() - begun) / 1000000;
    assert_in_range(took_ms, 900, 5000);
    assert_false(desk->shelf.closed);
    hold(&desk->shelf, false);
    must_have(&desk->shelf, 1);
    eventlog_free(desk->eventlog); /* now for good */
    desk->eventlog = NULL;
    assert_true(desk->shelf.closed);
}

#ifdef MSIWATCH_JUMPING_TIME
/* Whenever this thread asks for the time, so much more of it has passed. */
static _Thread_local uint64_t jump_ns, jumped_ns;

uint64_t __real_uv_hrtime(void);
uint64_t __wrap_uv_hrtime(void);
uint64_t __wrap_uv_hrtime(void)
{
    jumped_ns = jump_ns == 0 ? 0 : jumped_ns + jump_ns;
    return __real_uv_hrtime() + jumped_ns;
}

/* Lets the sink go on after 3 s, unless that has happened before. */
static void release_late(void *arg)
{
    struct shelf *shelf = arg;
    uint64_t now = __real_uv_hrtime(), until = now + UINT64_C(3000000000);
    uv_mutex_lock(&shelf->lock);
    for (; shelf->held && now < until; now = __real_uv_hrtime()) {
        uv_cond_timedwait(&shelf->changed, &shelf->lock, until - now);
    }
    shelf->held = false;
    uv_cond_broadcast(&shelf->changed);
    uv_mutex_unlock(&shelf->lock);
}

/* The second is not over at the first look at the clock, and is at the one after it. */
static void an_end_waits_a_second_at_most_on_a_machine_that_stands_still_meanwhile(void **state)
{
    struct desk *desk = *state;
    uv_thread_t rescuer;
    hold(&desk->shelf, true);
    add_number(desk, 1);
    assert_int_equal(uv_thread_create(&rescuer, release_late, &desk->shelf), 0);
    uint64_t begun = uv_hrtime();
    jump_ns = UINT64_C(600000000);
    eventlog_free(desk->eventlog);
    jump_ns = 0;
    bool waited_for_the_log = desk->shelf.closed;
    uint64_t took_ms = (uv_hrtime() - begun) / 1000000;
    hold(&desk->shelf, false);
    uv_thread_join(&rescuer);
    if (!waited_for_the_log) {
        must_have(&desk->shelf, 1);
        eventlog_free(desk->eventlog); /* now for good */
    }
    desk->eventlog = NULL;
    must(!waited_for_the_log && took_ms < 2500, "it waited for %u ms", (unsigned)took_ms);
}
#endif

static void long_texts_are_cut(void **state)
{
    struct desk *desk = *state;
    char text[EVENTLOG_TEXT_SIZE * 2];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *const texts[] = {text, text, text, text, text, text, text};
    eventlog_add(desk->eventlog, EVENTLOG_FAILED, COUNT(texts), texts);
    must_have(&desk->shelf, 1);
    assert_int_equal(desk->shelf.entries[0].count, EVENTLOG_TEXTS);
    assert_int_equal(strlen(desk->shelf.entries[0].texts[0]), EVENTLOG_TEXT_SIZE - 1);
    eventlog_add(NULL, EVENTLOG_FAILED, COUNT(texts), texts);
}

static void levels_are_those_of_the_readme(void **state)
{
    (void)state;
    assert_int_equal(eventlog_level_of(EVENTLOG_STARTED), EVENTLOG_INFORMATION);
    assert_int_equal(eventlog_level_of(EVENTLOG_FAILED), EVENTLOG_ERROR);
    assert_int_equal(eventlog_level_of(EVENTLOG_SENSOR_DEGRADED), EVENTLOG_WARNING);
    assert_int_equal(eventlog_level_of(EVENTLOG_JOURNAL_DAMAGED), EVENTLOG_ERROR);
    assert_int_equal(eventlog_level_of(EVENTLOG_BUSY), EVENTLOG_INFORMATION);
}

/* ---- what is worth an entry ---- */

static void a_start_and_a_stop_are_told(void **state)
{
    struct desk *desk = *state;
    event_rules_started(&desk->rules, "the pipe");
    event_rules_stopped(&desk->rules);
    must_be(desk, 0, EVENTLOG_STARTED, MSIWATCH_VERSION);
    assert_string_equal(desk->shelf.entries[0].texts[2], "the pipe");
    must_be(desk, 1, EVENTLOG_STOPPED, MSIWATCH_VERSION);
}

static void look_at(struct desk *desk, uint64_t now_ms)
{
    event_rules_look(&desk->rules, &desk->seen, desk->install_log, now_ms);
}

static void a_sensor_is_told_when_it_has_been_degraded_for_5_s(void **state)
{
    struct desk *desk = *state;
    look_at(desk, 2000);
    desk->seen.mutex.state = MUTEX_DENIED;
    look_at(desk, 3000);
    look_at(desk, 7999);
    event_rules_stopped(&desk->rules); /* nothing came before this */
    must_be(desk, 0, EVENTLOG_STOPPED, MSIWATCH_VERSION);
    look_at(desk, 8000);
    look_at(desk, 90000);
    must_be(desk, 1, EVENTLOG_SENSOR_DEGRADED, "mutex");
    assert_string_equal(desk->shelf.entries[1].texts[1], "denied");
    desk->seen.mutex.state = MUTEX_FREE;
    desk->seen.msiserver.state = MSISERVER_ERROR;
    desk->seen.registry_known = false;
    look_at(desk, 100000);
    look_at(desk, 105000);
    must_be(desk, 2, EVENTLOG_SENSOR_BACK, "mutex");
    must_be(desk, 3, EVENTLOG_SENSOR_DEGRADED, "msiserver");
    must_be(desk, 4, EVENTLOG_SENSOR_DEGRADED, "registry");
    assert_string_equal(desk->shelf.entries[4].texts[1], "unavailable");
    assert_int_equal(desk->shelf.count, 5);
}

/* As on a system whose event log cannot be read: once, 5 s after the start. */
static void an_event_log_that_cannot_be_read_is_told_too(void **state)
{
    struct desk *desk = *state;
    desk->install_log = HEALTH_UNAVAILABLE;
    look_at(desk, 1000);
    look_at(desk, 5999);
    event_rules_stopped(&desk->rules); /* nothing came before this */
    must_be(desk, 0, EVENTLOG_STOPPED, MSIWATCH_VERSION);
    look_at(desk, 6000);
    look_at(desk, 90000);
    must_be(desk, 1, EVENTLOG_SENSOR_DEGRADED, "install_log");
    assert_string_equal(desk->shelf.entries[1].texts[1], "unavailable");
    desk->install_log = HEALTH_OK;
    look_at(desk, 100000);
    look_at(desk, 105000);
    must_be(desk, 2, EVENTLOG_SENSOR_BACK, "install_log");
    assert_int_equal(desk->shelf.count, 3);
}

static void a_sensor_that_comes_and_goes_fills_no_log(void **state)
{
    struct desk *desk = *state;
    for (uint64_t now_ms = 1000; now_ms < 600000; now_ms += 1000) {
        desk->seen.mutex.state = now_ms % 4000 == 0 ? MUTEX_ERROR : MUTEX_FREE;
        look_at(desk, now_ms);
    }
    event_rules_stopped(&desk->rules);
    must_be(desk, 0, EVENTLOG_STOPPED, MSIWATCH_VERSION);
}

static void a_journal_is_told_when_it_leaves_the_disk_and_comes_back(void **state)
{
    struct desk *desk = *state;
    struct journal_info info = {.id = "the-id", .durable = true};
    event_rules_journal(&desk->rules, &info);
    snprintf(info.problem, sizeof info.problem, "disk full");
    event_rules_journal(&desk->rules, &info);
    event_rules_journal(&desk->rules, &info);
    info.problem[0] = '\0';
    event_rules_journal(&desk->rules, &info);
    event_rules_journal(&desk->rules, &info);
    must_be(desk, 0, EVENTLOG_JOURNAL_VOLATILE, "disk full");
    must_be(desk, 1, EVENTLOG_JOURNAL_DURABLE, "the-id");
    assert_int_equal(desk->shelf.count, 2);
}

static void each_file_set_aside_is_told_once(void **state)
{
    struct desk *desk = *state;
    struct journal_info info = {.durable = true};
    info.quarantined.count = 1;
    snprintf(info.quarantined.names[0], sizeof info.quarantined.names[0], "history.db.1");
    event_rules_journal(&desk->rules, &info);
    event_rules_journal(&desk->rules, &info);
    info.quarantined.count = 2;
    snprintf(info.quarantined.names[1], sizeof info.quarantined.names[1], "history.db.2");
    event_rules_journal(&desk->rules, &info);
    must_be(desk, 0, EVENTLOG_JOURNAL_DAMAGED, "history.db.1");
    must_be(desk, 1, EVENTLOG_JOURNAL_DAMAGED, "history.db.2");
    assert_int_equal(desk->shelf.count, 2);
}

static void a_transition_has_its_facts_by_place(void **state)
{
    struct desk *desk = *state;
    struct event event = {
        .at_ms = INT64_C(1795305600000),
        .from = VERDICT_UNKNOWN,
        .to = VERDICT_BUSY,
        .reasons = REASON_MUTEX | REASON_FLAPPING,
    };
    event_rules_transition(&desk->rules, &event);
    event.from = VERDICT_BUSY;
    event.to = VERDICT_IDLE;
    event.reasons = 0;
    event.after_known = true;
    event.after_ms = 4711;
    event_rules_transition(&desk->rules, &event);
    event.to = VERDICT_UNKNOWN;
    event_rules_transition(&desk->rules, &event);
    must_have(&desk->shelf, 3);
    static const char *const expected[][EVENTLOG_TEXTS] = {
        {"busy", "unknown", "2026-11-22T00:00:00.000Z", "-", "mutex,flapping"},
        {"idle", "busy", "2026-11-22T00:00:00.000Z", "4711", "-"},
        {"unknown", "busy", "2026-11-22T00:00:00.000Z", "4711", "-"},
    };
    static const enum eventlog_id ids[] = {EVENTLOG_BUSY, EVENTLOG_IDLE, EVENTLOG_UNKNOWN};
    for (size_t n = 0; n < COUNT(ids); n++) {
        assert_int_equal(desk->shelf.entries[n].id, ids[n]);
        assert_int_equal(desk->shelf.entries[n].count, EVENTLOG_TEXTS);
        for (size_t i = 0; i < EVENTLOG_TEXTS; i++) {
            assert_string_equal(desk->shelf.entries[n].texts[i], expected[n][i]);
        }
    }
}

#define AT_DESK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int eventlog_tests(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(entries_are_written_in_order_and_before_the_end),
        AT_DESK(a_log_that_does_not_answer_holds_nobody_up),
        AT_DESK(an_end_waits_a_second_at_most),
#ifdef MSIWATCH_JUMPING_TIME
        AT_DESK(an_end_waits_a_second_at_most_on_a_machine_that_stands_still_meanwhile),
#endif
        AT_DESK(long_texts_are_cut),
        cmocka_unit_test(levels_are_those_of_the_readme),
        AT_DESK(a_start_and_a_stop_are_told),
        AT_DESK(a_sensor_is_told_when_it_has_been_degraded_for_5_s),
        AT_DESK(an_event_log_that_cannot_be_read_is_told_too),
        AT_DESK(a_sensor_that_comes_and_goes_fills_no_log),
        AT_DESK(a_journal_is_told_when_it_leaves_the_disk_and_comes_back),
        AT_DESK(each_file_set_aside_is_told_once),
        AT_DESK(a_transition_has_its_facts_by_place),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
