/* event_log_test.c: the reader of the event log, with a simulated log (tests/wevtapi): every answer
 * that Windows gives; and that no handle is left open. */
#include "unit.h"

#include "common/event_log.h"
#include "played_wevtapi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint16_t query[] = u"*[System[Provider[@Name='MsiInstaller'] and (EventID=1033 or"
                                u" (EventID>=1040 and EventID<=1042))]]";

static struct {
    struct event_log *log;
    bool signal;
    struct event_log_fetched fetched;
    struct event_record last; /* except for its strings */
    char first[64];           /* the last record's first string */
    unsigned char binary[64];
    uint64_t ids[256];
    size_t count;
} t;

static int begin(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    played_begin(100);
    assert_int_equal(event_log_new(&t.log, played_api(), query), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    event_log_free(t.log);
    played_end();
    return 0;
}

static void take(void *arg, struct event_record *record)
{
    (void)arg;
    assert_true(t.count < COUNT(t.ids));
    t.ids[t.count++] = record->record_id;
    t.last = *record;
    t.first[0] = '\0';
    if (record->string_count > 0) {
        snprintf(t.first, sizeof t.first, "%s", record->strings[0]);
    }
    if (record->binary_size <= sizeof t.binary && record->binary_size > 0) {
        memcpy(t.binary, record->binary, record->binary_size);
    }
}

static void write_one(unsigned id, const char *first)
{
    const char *const strings[] = {first, NULL};
    played_write_strings((uint16_t)id, strings);
}

static uint32_t fetch(size_t most)
{
    t.count = 0;
    return event_log_fetch(t.log, most, take, NULL, &t.fetched);
}

static void must_fetch(size_t most, size_t count)
{
    uint32_t error = fetch(most);
    must(error == 0 && t.fetched.count == count, "error %u, %u records", (unsigned)error,
         (unsigned)t.fetched.count);
    assert_int_equal(t.count, count);
}

/* ---- subscribing ---- */

static void from_now_on_nothing_earlier_is_read(void **state)
{
    (void)state;
    write_one(1033, "before");
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    must_fetch(64, 0);
    assert_false(t.signal);
    write_one(1033, "after");
    assert_true(t.signal);
    must_fetch(64, 1);
    assert_string_equal(t.first, "after");
}

static void after_a_record_all_later_ones_are_read_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        write_one(1033, "x");
    }
    assert_int_equal(event_log_subscribe(t.log, &t.signal, 102), 0);
    write_one(1033, "x");
    must_fetch(64, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(t.ids[i], 103 + i);
    }
}

static void a_record_that_is_gone_begins_with_the_oldest(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        write_one(1033, "x");
    }
    played_overwrite(105);
    assert_int_equal(event_log_subscribe(t.log, &t.signal, 102), 0);
    must_fetch(64, 3);
    assert_int_equal(t.ids[0], 105);
}

static void other_events_are_not_asked_for(void **state)
{
    (void)state;
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    struct played_record other = {.provider = "Application Error", .event_id = 1033};
    played_write(&other);
    write_one(1000, "x");
    write_one(1041, "x");
    must_fetch(64, 1);
    assert_int_equal(t.ids[0], 102);
}

static void a_system_that_refuses_is_quoted(void **state)
{
    (void)state;
    played.refuse = 5;
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 5);
    assert_int_equal(event_log_subscribe(t.log, &t.signal, 7), 5);
    played.refuse = UINT32_MAX; /* like Wine: NULL, without an error */
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 120);
    assert_true(fetch(64) != 0);
}

/* ---- fetching ---- */

static void nothing_is_nothing_by_each_of_its_answers(void **state)
{
    (void)state;
    static const uint32_t answers[] = {259, 1460, 4317};
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    for (size_t i = 0; i < COUNT(answers); i++) {
        played.empty = answers[i];
        must_fetch(64, 0);
        assert_int_equal(t.fetched.doubtful, answers[i] == 4317);
        write_one(1033, "more");
        must_fetch(64, 1);
    }
}

static void a_batch_that_is_too_large_is_fetched_one_by_one(void **state)
{
    (void)state;
    played.batch_bytes = 100000;
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    struct played_record large = {.event_id = 1033, .size = 60000};
    for (int i = 0; i < 3; i++) {
        played_write(&large);
    }
    write_one(1033, "small");
    for (uint64_t id = 100; id < 104; id++) {
        must_fetch(64, 1);
        assert_int_equal(t.ids[0], id);
    }
    must_fetch(64, 0);
    write_one(1033, "a");
    write_one(1033, "b");
    must_fetch(64, 2); /* in batches again */
}

static void a_record_that_is_too_large_alone_is_an_error(void **state)
{
    (void)state;
    played.batch_bytes = 100000;
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    struct played_record large = {.event_id = 1033, .size = 200000};
    played_write(&large);
    assert_int_equal(fetch(64), 1734);
}

static void no_more_are_fetched_than_asked_for(void **state)
{
    (void)state;
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    for (int i = 0; i < 70; i++) {
        write_one(1033, "x");
    }
    must_fetch(3, 3);
    must_fetch(0, 0);
    must_fetch(1000, 64);
    must_fetch(1000, 3);
}

static void a_restart_of_the_event_log_service_is_an_error(void **state)
{
    (void)state;
    static const uint32_t answers[] = {6, 1722};
    for (size_t i = 0; i < COUNT(answers); i++) {
        assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
        played_restart();
        played.stale = answers[i];
        assert_int_equal(fetch(64), answers[i]);
    }
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    write_one(1033, "again");
    must_fetch(64, 1);
}

/* ---- rendering ---- */

static void all_of_a_record_is_read(void **state)
{
    (void)state;
    static const unsigned char sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
    static const char *const two[] = {"b", "c"};
    static const struct played_value values[] = {
        PLAYED_STRING("Microsoft Azure Service Fabric SDK"),
        PLAYED_STRING("7.0.1816.9590"),
        PLAYED_NULL,
        {.type = 1 | 128, .texts = two, .count = 2},
        {.type = 8, .number = 1603},
        PLAYED_BINARY("{0C5A1588}", 10),
    };
    struct played_record record = {.event_id = 1033,
                                   .at_ms = INT64_C(1697065304320),
                                   .writer_pid = 4112,
                                   .sid = sid,
                                   .values = values,
                                   .value_count = COUNT(values)};
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    played_write(&record);
    must_fetch(64, 1);
    assert_int_equal(t.last.record_id, 100);
    assert_int_equal(t.last.event_id, 1033);
    assert_true(t.last.at_ms == INT64_C(1697065304320));
    assert_int_equal(t.last.writer_pid, 4112);
    assert_false(t.last.old_form);
    assert_string_equal(t.last.user_sid, "S-1-5-18");
    assert_string_equal(t.first, "Microsoft Azure Service Fabric SDK");
    assert_int_equal(t.last.string_count, 6); /* two of them from the array */
    assert_int_equal(t.last.binary_size, 10);
    assert_memory_equal(t.binary, "{0C5A1588}", 10);
    record.old_form = true;
    played_write(&record);
    must_fetch(64, 1);
    assert_true(t.last.old_form);
    assert_int_equal(t.last.writer_pid, 0);
}

static void a_record_that_is_too_big_is_dropped_and_counted(void **state)
{
    (void)state;
    static char big[70001];
    memset(big, 'x', sizeof big - 1);
    const char *const strings[] = {big, NULL}; /* 140 KB in UTF-16 */
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    write_one(1033, "before");
    played_write_strings(1033, strings);
    write_one(1033, "after");
    assert_int_equal(fetch(64), 0);
    assert_int_equal(t.fetched.count, 3);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.ids[1], 102);
    assert_int_equal(event_log_dropped(t.log), 1);
    big[31000] = '\0'; /* nearly as long as ReportEvent accepts */
    played_write_strings(1033, strings);
    must_fetch(64, 1);
}

static void a_record_that_cannot_be_rendered_is_dropped_and_counted(void **state)
{
    (void)state;
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    write_one(1033, "x");
    played.refuse_render = 15002;
    assert_int_equal(fetch(64), 0);
    assert_int_equal(t.fetched.count, 1);
    assert_int_equal(t.count, 0);
    assert_int_equal(event_log_dropped(t.log), 1);
}

/* ---- the newest ---- */

static void the_newest_record_is_anybodys(void **state)
{
    (void)state;
    uint64_t id = 7;
    assert_int_equal(event_log_subscribe(t.log, &t.signal, EVENT_LOG_NOW), 0);
    assert_int_equal(event_log_newest(t.log, &id), 0);
    assert_int_equal(id, 0); /* an empty log */
    struct played_record other = {.provider = "Application Error", .event_id = 1000};
    write_one(1033, "x");
    played_write(&other);
    assert_int_equal(event_log_newest(t.log, &id), 0);
    assert_int_equal(id, 101);
    played.stopped = true;
    assert_int_equal(event_log_newest(t.log, &id), 1722);
    played.stopped = false;
}

int event_log_tests(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
    static const struct CMUnitTest tests[] = {
        WITH(from_now_on_nothing_earlier_is_read),
        WITH(after_a_record_all_later_ones_are_read_in_order),
        WITH(a_record_that_is_gone_begins_with_the_oldest),
        WITH(other_events_are_not_asked_for),
        WITH(a_system_that_refuses_is_quoted),
        WITH(nothing_is_nothing_by_each_of_its_answers),
        WITH(a_batch_that_is_too_large_is_fetched_one_by_one),
        WITH(a_record_that_is_too_large_alone_is_an_error),
        WITH(no_more_are_fetched_than_asked_for),
        WITH(a_restart_of_the_event_log_service_is_an_error),
        WITH(all_of_a_record_is_read),
        WITH(a_record_that_is_too_big_is_dropped_and_counted),
        WITH(a_record_that_cannot_be_rendered_is_dropped_and_counted),
        WITH(the_newest_record_is_anybodys),
    };
    return cmocka_run_group_tests_name("event_log", tests, NULL, NULL);
}
