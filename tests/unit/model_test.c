/* model_test.c: names and times. */
#include "unit.h"

#include "common/model.h"

#include <string.h>

/* The words of PROTOCOL.md, in the order of the enums. */
static const char *const mutex_words[] = {"absent", "free", "held", "abandoned", "denied", "error"};
static const char *const msiserver_words[] = {
    "stopped",       "start_pending", "stop_pending", "running", "continue_pending",
    "pause_pending", "paused",        "missing",      "denied",  "error"};
static const char *const verdict_words[] = {"unknown", "idle", "busy"};
static const char *const signals_words[] = {"auto", "mutex", "mutex,msiserver"};

static void names_are_the_words_of_the_protocol_and_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < (int)COUNT(mutex_words); i++) {
        assert_string_equal(mutex_state_name((enum mutex_state)i), mutex_words[i]);
        assert_int_equal(mutex_state_parse(mutex_words[i]), i);
    }
    for (int i = 0; i < (int)COUNT(msiserver_words); i++) {
        assert_string_equal(msiserver_state_name((enum msiserver_state)i), msiserver_words[i]);
        assert_int_equal(msiserver_state_parse(msiserver_words[i]), i);
    }
    for (int i = 0; i < (int)COUNT(verdict_words); i++) {
        assert_string_equal(verdict_state_name((enum verdict_state)i), verdict_words[i]);
        assert_int_equal(verdict_state_parse(verdict_words[i]), i);
    }
    for (int i = 0; i < (int)COUNT(signals_words); i++) {
        assert_string_equal(signals_name((enum signals)i), signals_words[i]);
        assert_int_equal(signals_parse(signals_words[i]), i);
    }
    assert_string_equal(health_name(HEALTH_OK), "ok");
    assert_string_equal(health_name(HEALTH_UNAVAILABLE), "unavailable");
    assert_string_equal(health_name(HEALTH_DENIED), "denied");
}

static void other_words_are_no_names(void **state)
{
    static const char *const words[] = {"", "Idle", "idle ", " idle", "hel", "heldd", "mutex,"};
    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        assert_int_equal(mutex_state_parse(words[i]), -1);
        assert_int_equal(msiserver_state_parse(words[i]), -1);
        assert_int_equal(verdict_state_parse(words[i]), -1);
        assert_int_equal(signals_parse(words[i]), -1);
    }
}

static void a_value_that_is_none_still_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(mutex_state_name((enum mutex_state)99), "error");
    assert_string_equal(verdict_state_name((enum verdict_state) - 1), "error");
}

static void observations_are_the_same_whenever_they_were_made(void **state)
{
    struct observation a = {.mono_ms = 1, .wall_ms = 2, .ui_clients = 3};
    struct observation b = a;
    (void)state;
    b.mono_ms = 100;
    b.wall_ms = 200;
    assert_true(observation_same(&a, &b));
}

#define DIFFERS(member, value)                                                                     \
    do {                                                                                           \
        struct observation a = {.ui_clients = -1}, b = a;                                          \
        b.member = value;                                                                          \
        assert_false(observation_same(&a, &b));                                                    \
    } while (0)

static void observations_that_differ_in_any_reading_are_not_the_same(void **state)
{
    (void)state;
    DIFFERS(mutex.state, MUTEX_HELD);
    DIFFERS(mutex.owner_known, true);
    DIFFERS(mutex.owner_pid, 1);
    DIFFERS(mutex.owner_tid, 1);
    DIFFERS(mutex.owner_foreign, true);
    DIFFERS(mutex.owner_image[0], 'a');
    DIFFERS(mutex.owner_chain.count, 1);
    DIFFERS(msiserver.state, MSISERVER_RUNNING);
    DIFFERS(msiserver.controls, 1);
    DIFFERS(msiserver.pid, 1);
    DIFFERS(registry_known, true);
    DIFFERS(in_progress, true);
    DIFFERS(ui_clients, 0);
}

/* ---- times ---- */

#define FIRST INT64_C(-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define LAST INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */

static void times_are_shown_in_utc_with_milliseconds(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {INT64_C(1795344067123), "2026-11-22T10:41:07.123Z"},
        {INT64_C(951782400000), "2000-02-29T00:00:00.000Z"},
        {INT64_C(951868800000), "2000-03-01T00:00:00.000Z"},
        {INT64_C(4107542400000), "2100-03-01T00:00:00.000Z"},
        {INT64_C(4107456000000), "2100-02-28T00:00:00.000Z"},
        {INT64_C(-2208988800000), "1900-01-01T00:00:00.000Z"},
        {FIRST, "0000-01-01T00:00:00.000Z"},
        {LAST, "9999-12-31T23:59:59.999Z"},
        {FIRST - 1, "0000-01-01T00:00:00.000Z"},
        {LAST + 1, "9999-12-31T23:59:59.999Z"},
        {INT64_MIN, "0000-01-01T00:00:00.000Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[MSIWATCH_TIME_CHARS + 1];
        memset(text, 'x', sizeof text);
        time_format(rows[i].ms, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(strlen(text), MSIWATCH_TIME_CHARS);
    }
}

static void times_read_back_as_they_were_shown(void **state)
{
    (void)state;
    /* A step that is no multiple of any unit, over all ten thousand years. */
    for (int64_t ms = FIRST; ms <= LAST; ms += INT64_C(31556952007) * 7 + 1) {
        char text[MSIWATCH_TIME_CHARS + 1];
        int64_t back = ms + 1;
        time_format(ms, text);
        assert_true(time_parse(text, &back));
        must(back == ms, "%s", text);
    }
}

static void every_day_follows_the_day_before(void **state)
{
    char before[MSIWATCH_TIME_CHARS + 1] = "1899-12-31";
    (void)state;
    for (int64_t day = -25567; day < 60000; day++) { /* 1900 to 2134 */
        char text[MSIWATCH_TIME_CHARS + 1];
        int64_t back;
        time_format(day * 86400000, text);
        must(strcmp(text, before) > 0, "%s after %s", text, before);
        assert_true(time_parse(text, &back));
        assert_int_equal(back, day * 86400000);
        memcpy(before, text, sizeof before);
    }
}

static void offsets_fractions_and_bare_dates_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } rows[] = {
        {"1970-01-01", 0},
        {"1970-01-02", 86400000},
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01t00:00:00z", 0},
        {"1970-01-01 00:00:00Z", 0},
        {"1970-01-01T00:00:00.1Z", 100},
        {"1970-01-01T00:00:00.12Z", 120},
        {"1970-01-01T00:00:00.123Z", 123},
        {"1970-01-01T00:00:00.1239Z", 123},
        {"1970-01-01T00:00:00.123999999999999999999999999999Z", 123},
        {"1970-01-01T02:00:00+02:00", 0},
        {"1969-12-31T22:00:00-02:00", 0},
        {"1970-01-01T05:30:00+05:30", 0},
        {"1970-01-01T00:00:00-00:00", 0},
        {"1970-01-01T23:59:00+23:59", 0},
        {"1970-01-01T00:00:00+00:01", -60000},
        {"2016-12-31T23:59:60Z", INT64_C(1483228800000)}, /* a leap second counts as the next one */
        {"2024-02-29T12:00:00Z", INT64_C(1709208000000)},
        {"2000-02-29", INT64_C(951782400000)},
        {"0000-01-01T00:00:00.000Z", FIRST},
        {"0000-02-29", FIRST + INT64_C(59) * 86400000},
        {"9999-12-31T23:59:59.999Z", LAST},
        {"9999-12-31T23:59:59.999-23:59", LAST + INT64_C(1439) * 60000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms = -77;
        must(time_parse(rows[i].text, &ms), "%s is not read", rows[i].text);
        must(ms == rows[i].ms, "%s", rows[i].text);
    }
}

static void what_is_no_time_is_refused_and_changes_nothing(void **state)
{
    static const char *const texts[] = {
        "",
        "now",
        "1970",
        "1970-01",
        "1970-1-1",
        "1970-01-01T",
        "1970-01-01Z",
        "1970-01-01T00:00Z",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00,5Z",
        "1970-01-01T00:00:00.123",
        "1970-01-01T00:00:00Zx",
        "1970-01-01T00:00:00Z ",
        " 1970-01-01T00:00:00Z",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:61Z",
        "1970-00-01",
        "1970-13-01",
        "1970-01-00",
        "1970-01-32",
        "1970-04-31",
        "1900-02-29",
        "2023-02-29",
        "2100-02-29",
        "2024-02-30",
        "+1970-01-01",
        "-1970-01-01",
        "10000-01-01",
        "1970/01/01",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+00:60",
        "1970-01-01T00:00:00+0000",
        "1970-01-01T00:00:00+00",
        "1970-01-01T00:00:00 +00:00",
        "1970-01-01T-1:00:00Z",
        "1970-01-01T00:00:0\xc2\xb9Z",
        "1970-01-01X00:00:00Z",
        "0x70-01-01",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t ms = -77;
        must(!time_parse(texts[i], &ms), "'%s' is read", texts[i]);
        assert_int_equal(ms, -77);
    }
}

int model_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_the_words_of_the_protocol_and_read_back),
        cmocka_unit_test(other_words_are_no_names),
        cmocka_unit_test(a_value_that_is_none_still_has_a_name),
        cmocka_unit_test(observations_are_the_same_whenever_they_were_made),
        cmocka_unit_test(observations_that_differ_in_any_reading_are_not_the_same),
        cmocka_unit_test(times_are_shown_in_utc_with_milliseconds),
        cmocka_unit_test(times_read_back_as_they_were_shown),
        cmocka_unit_test(every_day_follows_the_day_before),
        cmocka_unit_test(offsets_fractions_and_bare_dates_are_read),
        cmocka_unit_test(what_is_no_time_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
