/* eventlog_test.c: what goes to the event log, and when: order, a log that does not answer, sensors
 * that come and go, the journal, transitions. */
#include "unit.h"

#include "../hostile.h"

#include "eventlog/event_rules.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* A sink that remembers entries, and can be blocked. */
struct played_log {
    struct eventlog_sink base;
    uv_mutex_t lock; /* guards all below */
    uv_cond_t changed;
    bool held, closed;
    size_t count;
    struct eventlog_entry entries[1024];
};

static void write_entry(struct eventlog_sink *self, const struct eventlog_entry *entry)
{
    struct played_log *played = (struct played_log *)self;
    uv_mutex_lock(&played->lock);
    while (played->held) {
        uv_cond_wait(&played->changed, &played->lock);
    }
    if (played->count < COUNT(played->entries)) {
        played->entries[played->count++] = *entry;
    }
    uv_cond_broadcast(&played->changed);
    uv_mutex_unlock(&played->lock);
}

static void close_shelf(struct eventlog_sink *self)
{
    ((struct played_log *)self)->closed = true;
}

static void hold(struct played_log *played, bool held)
{
    uv_mutex_lock(&played->lock);
    played->held = held;
    uv_cond_broadcast(&played->changed);
    uv_mutex_unlock(&played->lock);
}

/* Waits until there are at least this many entries, at most 10 s. */
static void must_have(struct played_log *played, size_t count)
{
    uint64_t until = uv_hrtime() + UINT64_C(10000000000);
    uv_mutex_lock(&played->lock);
    while (played->count < count && uv_hrtime() < until) {
        uv_cond_timedwait(&played->changed, &played->lock, UINT64_C(100000000));
    }
    size_t there = played->count;
    uv_mutex_unlock(&played->lock);
    must(there >= count, "%u entries instead of %u", (unsigned)there, (unsigned)count);
}

struct eventlog_fixture {
    struct played_log played;
    struct eventlog *eventlog;
    struct event_rules rules;
    struct observation seen;
    enum health install_log;
};

static int set_up(void **state)
{
    struct eventlog_fixture *fixture = calloc(1, sizeof *fixture);
    *state = fixture;
    fixture->played.base = (struct eventlog_sink){write_entry, close_shelf};
    uv_mutex_init(&fixture->played.lock);
    uv_cond_init(&fixture->played.changed);
    fixture->seen.registry_known = true;
    if (eventlog_new(&fixture->eventlog, &fixture->played.base) != 0) {
        return -1;
    }
    event_rules_init(&fixture->rules, fixture->eventlog, 1000);
    return 0;
}

static int tear_down(void **state)
{
    struct eventlog_fixture *fixture = *state;
    eventlog_free(fixture->eventlog);
    uv_cond_destroy(&fixture->played.changed);
    uv_mutex_destroy(&fixture->played.lock);
    free(fixture);
    return 0;
}

static void must_be(struct eventlog_fixture *fixture, size_t n, enum eventlog_id id,
                    const char *text)
{
    const struct eventlog_entry *entry = &fixture->played.entries[n];
    must_have(&fixture->played, n + 1);
    assert_int_equal(entry->id, id);
    assert_string_equal(entry->texts[0], text);
}

/* ---- the queue ---- */

static void add_number(struct eventlog_fixture *fixture, unsigned number)
{
    char text[16];
    snprintf(text, sizeof text, "%u", number);
    const char *const texts[] = {text};
    eventlog_add(fixture->eventlog, EVENTLOG_STOPPED, 1, texts);
}

static void entries_are_written_in_order_and_before_the_end(void **state)
{
    struct eventlog_fixture *fixture = *state;
    for (unsigned i = 0; i < 100; i++) {
        add_number(fixture, i);
    }
    eventlog_free(fixture->eventlog);
    fixture->eventlog = NULL;
    assert_true(fixture->played.closed);
    assert_int_equal(fixture->played.count, 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(strtoul(fixture->played.entries[i].texts[0], NULL, 10), i);
    }
}

/* Nobody waits for the log; what does not fit is counted, and reported when it has caught up. */
static void a_log_that_does_not_answer_holds_nobody_up(void **state)
{
    struct eventlog_fixture *fixture = *state;
    hold(&fixture->played, true);
    uint64_t begun = uv_hrtime();
    for (unsigned i = 0; i < 1000; i++) {
        add_number(fixture, i);
    }
    assert_true(uv_hrtime() - begun < UINT64_C(1000000000));
    hold(&fixture->played, false);
    uv_sleep(1);
    for (size_t before = 0;
         before == 0 || fixture->played.entries[before - 1].id != EVENTLOG_DROPPED;) {
        uv_sleep(5);
        uv_mutex_lock(&fixture->played.lock);
        before = fixture->played.count;
        uv_mutex_unlock(&fixture->played.lock);
        must(uv_hrtime() - begun < UINT64_C(10000000000), "nothing is said of what was dropped");
    }
    size_t written = fixture->played.count - 1;
    assert_in_range(written, 256, 257); /* one may have been on its way */
    assert_int_equal(strtoul(fixture->played.entries[written].texts[0], NULL, 10), 1000 - written);
}

static void an_end_waits_a_second_at_most(void **state)
{
    struct eventlog_fixture *fixture = *state;
    hold(&fixture->played, true);
    add_number(fixture, 1);
    uint64_t begun = uv_hrtime();
    eventlog_free(fixture->eventlog);
    uint64_t took_ms = (uv_hrtime() - begun) / 1000000;
    assert_in_range(took_ms, 900, 5000);
    assert_false(fixture->played.closed);
    hold(&fixture->played, false);
    must_have(&fixture->played, 1);
    eventlog_free(fixture->eventlog); /* now for good */
    fixture->eventlog = NULL;
    assert_true(fixture->played.closed);
}

#ifdef MSIWATCH_JUMPING_TIME
/* How much time passes whenever this thread reads the clock. */
static _Thread_local uint64_t jump_ns, jumped_ns;

uint64_t __real_uv_hrtime(void);
uint64_t __wrap_uv_hrtime(void);
uint64_t __wrap_uv_hrtime(void)
{
    jumped_ns = jump_ns == 0 ? 0 : jumped_ns + jump_ns;
    return __real_uv_hrtime() + jumped_ns;
}

/* Unblocks the sink after 3 s, unless that has happened before. */
static void release_late(void *arg)
{
    struct played_log *played = arg;
    uint64_t now = __real_uv_hrtime(), until = now + UINT64_C(3000000000);
    uv_mutex_lock(&played->lock);
    for (; played->held && now < until; now = __real_uv_hrtime()) {
        uv_cond_timedwait(&played->changed, &played->lock, until - now);
    }
    played->held = false;
    uv_cond_broadcast(&played->changed);
    uv_mutex_unlock(&played->lock);
}

/* At the first reading of the clock, the second has not passed; at the next one it has. */
static void an_end_waits_a_second_at_most_on_a_machine_that_stands_still_meanwhile(void **state)
{
    struct eventlog_fixture *fixture = *state;
    uv_thread_t rescuer;
    hold(&fixture->played, true);
    add_number(fixture, 1);
    assert_int_equal(uv_thread_create(&rescuer, release_late, &fixture->played), 0);
    uint64_t begun = uv_hrtime();
    jump_ns = UINT64_C(600000000);
    eventlog_free(fixture->eventlog);
    jump_ns = 0;
    bool waited_for_the_log = fixture->played.closed;
    uint64_t took_ms = (uv_hrtime() - begun) / 1000000;
    hold(&fixture->played, false);
    uv_thread_join(&rescuer);
    if (!waited_for_the_log) {
        must_have(&fixture->played, 1);
        eventlog_free(fixture->eventlog); /* now for good */
    }
    fixture->eventlog = NULL;
    must(!waited_for_the_log && took_ms < 2500, "it waited for %u ms", (unsigned)took_ms);
}
#endif

static void long_texts_are_cut(void **state)
{
    struct eventlog_fixture *fixture = *state;
    char text[EVENTLOG_TEXT_SIZE * 2];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *texts[EVENTLOG_TEXTS + 2];
    for (size_t i = 0; i < COUNT(texts); i++) {
        texts[i] = text;
    }
    memcpy(text + EVENTLOG_TEXT_SIZE - 2, "\xc3\xa9", 2); /* the cut must not be inside a
                                                           * character */
    eventlog_add(fixture->eventlog, EVENTLOG_FAILED, COUNT(texts), texts);
    must_have(&fixture->played, 1);
    assert_int_equal(fixture->played.entries[0].count, EVENTLOG_TEXTS);
    assert_int_equal(strlen(fixture->played.entries[0].texts[0]), EVENTLOG_TEXT_SIZE - 2);
    eventlog_add(NULL, EVENTLOG_FAILED, COUNT(texts), texts);
}

/* The entries of transitions contain the path of some program. */
static void hostile_texts_are_neutral_in_event_viewer(void **state)
{
    struct eventlog_fixture *fixture = *state;
    for (size_t i = 0; i < HOSTILE; i++) {
        struct event_owner owner = {.pid = 1};
        struct event event = {.to = VERDICT_BUSY, .owner = &owner};
        snprintf(owner.image, sizeof owner.image, "%s", hostile[i]);
        event_rules_transition(&fixture->rules, &event);
        must_have(&fixture->played, i + 1);
        const char *text = fixture->played.entries[i].texts[6];
        for (const char *at = text; *at != '\0'; at++) {
            assert_true((unsigned char)*at >= 0x20 && *at != 0x7F);
            assert_false(*at == '%' && (at[1] == '%' || (at[1] >= '0' && at[1] <= '9')));
        }
    }
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
    struct eventlog_fixture *fixture = *state;
    event_rules_started(&fixture->rules, "the pipe");
    event_rules_stopped(&fixture->rules);
    must_be(fixture, 0, EVENTLOG_STARTED, MSIWATCH_VERSION);
    assert_string_equal(fixture->played.entries[0].texts[2], "the pipe");
    must_be(fixture, 1, EVENTLOG_STOPPED, MSIWATCH_VERSION);
}

static void look_at(struct eventlog_fixture *fixture, uint64_t now_ms)
{
    event_rules_look(&fixture->rules, &fixture->seen, fixture->install_log, now_ms);
}

static void a_sensor_is_reported_when_it_has_been_degraded_for_5_s(void **state)
{
    struct eventlog_fixture *fixture = *state;
    look_at(fixture, 2000);
    fixture->seen.mutex.state = MUTEX_DENIED;
    look_at(fixture, 3000);
    look_at(fixture, 7999);
    event_rules_stopped(&fixture->rules); /* nothing came before this */
    must_be(fixture, 0, EVENTLOG_STOPPED, MSIWATCH_VERSION);
    look_at(fixture, 8000);
    look_at(fixture, 90000);
    must_be(fixture, 1, EVENTLOG_SENSOR_DEGRADED, "mutex");
    assert_string_equal(fixture->played.entries[1].texts[1], "denied");
    fixture->seen.mutex.state = MUTEX_FREE;
    fixture->seen.msiserver.state = MSISERVER_ERROR;
    fixture->seen.registry_known = false;
    look_at(fixture, 100000);
    look_at(fixture, 105000);
    must_be(fixture, 2, EVENTLOG_SENSOR_BACK, "mutex");
    must_be(fixture, 3, EVENTLOG_SENSOR_DEGRADED, "msiserver");
    must_be(fixture, 4, EVENTLOG_SENSOR_DEGRADED, "registry");
    assert_string_equal(fixture->played.entries[4].texts[1], "unavailable");
    assert_int_equal(fixture->played.count, 5);
}

/* As on a system whose event log cannot be read: reported once, 5 s after the start. */
static void an_event_log_that_cannot_be_read_is_reported_too(void **state)
{
    struct eventlog_fixture *fixture = *state;
    fixture->install_log = HEALTH_UNAVAILABLE;
    look_at(fixture, 1000);
    look_at(fixture, 5999);
    event_rules_stopped(&fixture->rules); /* nothing came before this */
    must_be(fixture, 0, EVENTLOG_STOPPED, MSIWATCH_VERSION);
    look_at(fixture, 6000);
    look_at(fixture, 90000);
    must_be(fixture, 1, EVENTLOG_SENSOR_DEGRADED, "install_log");
    assert_string_equal(fixture->played.entries[1].texts[1], "unavailable");
    fixture->install_log = HEALTH_OK;
    look_at(fixture, 100000);
    look_at(fixture, 105000);
    must_be(fixture, 2, EVENTLOG_SENSOR_BACK, "install_log");
    assert_int_equal(fixture->played.count, 3);
}

static void a_sensor_that_comes_and_goes_fills_no_log(void **state)
{
    struct eventlog_fixture *fixture = *state;
    for (uint64_t now_ms = 1000; now_ms < 600000; now_ms += 1000) {
        fixture->seen.mutex.state = now_ms % 4000 == 0 ? MUTEX_ERROR : MUTEX_FREE;
        look_at(fixture, now_ms);
    }
    event_rules_stopped(&fixture->rules);
    must_be(fixture, 0, EVENTLOG_STOPPED, MSIWATCH_VERSION);
}

static void a_journal_is_reported_when_it_leaves_the_disk_and_comes_back(void **state)
{
    struct eventlog_fixture *fixture = *state;
    struct journal_info info = {.id = "the-id", .durable = true};
    event_rules_journal(&fixture->rules, &info);
    snprintf(info.problem, sizeof info.problem, "disk full");
    event_rules_journal(&fixture->rules, &info);
    event_rules_journal(&fixture->rules, &info);
    info.problem[0] = '\0';
    event_rules_journal(&fixture->rules, &info);
    event_rules_journal(&fixture->rules, &info);
    must_be(fixture, 0, EVENTLOG_JOURNAL_VOLATILE, "disk full");
    must_be(fixture, 1, EVENTLOG_JOURNAL_DURABLE, "the-id");
    assert_int_equal(fixture->played.count, 2);
}

static void each_file_put_into_quarantine_is_reported_once_and_none_of_an_earlier_run(void **state)
{
    struct eventlog_fixture *fixture = *state;
    struct journal_info info = {.durable = true};
    info.quarantined.count = 1; /* since an earlier run of the service */
    snprintf(info.quarantined.names[0], sizeof info.quarantined.names[0], "history.db.0");
    event_rules_journal(&fixture->rules, &info);
    assert_int_equal(fixture->played.count, 0);
    quarantine_note(&info.put, "history.db.1");
    event_rules_journal(&fixture->rules, &info);
    event_rules_journal(&fixture->rules, &info);
    quarantine_note(&info.put, "history.db.2");
    event_rules_journal(&fixture->rules, &info);
    must_be(fixture, 0, EVENTLOG_JOURNAL_DAMAGED, "history.db.1");
    must_be(fixture, 1, EVENTLOG_JOURNAL_DAMAGED, "history.db.2");
    assert_int_equal(fixture->played.count, 2);
    for (unsigned i = 0; i < QUARANTINE_SHOWN; i++) {
        quarantine_note(&info.put, "history.db.3");
    }
    event_rules_journal(&fixture->rules, &info);
    must_be(fixture, 1 + QUARANTINE_SHOWN, EVENTLOG_JOURNAL_DAMAGED, "history.db.3");
    assert_int_equal(fixture->played.count, 2 + QUARANTINE_SHOWN);
}

static void a_transition_has_its_facts_by_place(void **state)
{
    struct eventlog_fixture *fixture = *state;
    struct event event = {
        .at_ms = INT64_C(1795305600000),
        .from = VERDICT_UNKNOWN,
        .to = VERDICT_BUSY,
        .reasons = REASON_MUTEX | REASON_FLAPPING,
    };
    struct event_owner owner = {.pid = 4242, .image = "C:\\evil.exe", .user = "S-1-5-21-1-2-3-4"};
    event.owner = &owner;
    event_rules_transition(&fixture->rules, &event);
    event.owner = NULL;
    event.folded = 17;
    event.from = VERDICT_BUSY;
    event.to = VERDICT_IDLE;
    event.reasons = 0;
    event.after_known = true;
    event.after_ms = 4711;
    event_rules_transition(&fixture->rules, &event);
    event.to = VERDICT_UNKNOWN;
    event.folded = 0;
    event_rules_transition(&fixture->rules, &event);
    must_have(&fixture->played, 3);
    static const char *const expected[][EVENTLOG_TEXTS] = {
        {"busy", "unknown", "2026-11-22T00:00:00.000Z", "-", "mutex,flapping", "4242",
         "C:\\evil.exe", "S-1-5-21-1-2-3-4", "0"},
        {"idle", "busy", "2026-11-22T00:00:00.000Z", "4711", "-", "-", "-", "-", "17"},
        {"unknown", "busy", "2026-11-22T00:00:00.000Z", "4711", "-", "-", "-", "-", "0"},
    };
    static const enum eventlog_id ids[] = {EVENTLOG_BUSY, EVENTLOG_IDLE, EVENTLOG_UNKNOWN};
    for (size_t n = 0; n < COUNT(ids); n++) {
        assert_int_equal(fixture->played.entries[n].id, ids[n]);
        assert_int_equal(fixture->played.entries[n].count, EVENTLOG_TEXTS);
        for (size_t i = 0; i < EVENTLOG_TEXTS; i++) {
            assert_string_equal(fixture->played.entries[n].texts[i], expected[n][i]);
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
        AT_DESK(hostile_texts_are_neutral_in_event_viewer),
        cmocka_unit_test(levels_are_those_of_the_readme),
        AT_DESK(a_start_and_a_stop_are_told),
        AT_DESK(a_sensor_is_reported_when_it_has_been_degraded_for_5_s),
        AT_DESK(an_event_log_that_cannot_be_read_is_reported_too),
        AT_DESK(a_sensor_that_comes_and_goes_fills_no_log),
        AT_DESK(a_journal_is_reported_when_it_leaves_the_disk_and_comes_back),
        AT_DESK(each_file_put_into_quarantine_is_reported_once_and_none_of_an_earlier_run),
        AT_DESK(a_transition_has_its_facts_by_place),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
