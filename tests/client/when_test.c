/* when_test.c: durations and times in the form in which people write and read them. */
#include "client_test.h"

#include "common/model.h"
#include "cli/base/time_text.h"

#include <string.h>

#define NOW INT64_C(1795344067123) /* 2026-11-22T10:41:07.123Z */

static int utc(int64_t wall_ms)
{
    (void)wall_ms;
    return 0;
}

static int india(int64_t wall_ms)
{
    (void)wall_ms;
    return 330;
}

static int newfoundland(int64_t wall_ms)
{
    (void)wall_ms;
    return -210;
}

/* Berlin's offset: from 2026-03-29T01:00Z to 2026-10-25T01:00Z it is summer. */
static int berlin(int64_t wall_ms)
{
    return wall_ms >= INT64_C(1774746000000) && wall_ms < INT64_C(1792890000000) ? 120 : 60;
}

static void durations_have_the_documented_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ms;
    } good[] = {{"0", 0},           {"5", 5000},
                {"500ms", 500},     {"5s", 5000},
                {"10m", 600000},    {"2h", 7200000},
                {"1d", 86400000},   {"007s", 7000},
                {"0ms", 0},         {"90m", 5400000},
                {"1w", 604800000},  {"1h30m", 5400000},
                {"1m500ms", 60500}, {"1w2d3h4m5s6ms", 788645006}};
    for (size_t i = 0; i < COUNT(good); i++) {
        uint64_t ms = 1;
        must(duration_parse(good[i].text, &ms) && ms == good[i].ms, "%s", good[i].text);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "s",
                                      "ms",
                                      "-5s",
                                      "+5s",
                                      "5 s",
                                      " 5",
                                      "5s ",
                                      "1.5h",
                                      "5S",
                                      "5min",
                                      "30m1h",
                                      "1h1h",
                                      "1h30",
                                      "1hm",
                                      "1h 30m",
                                      "52286w",
                                      "0x10",
                                      "5sec",
                                      "1e3",
                                      "99999999999999999999d",
                                      "18446744073709551616ms",
                                      "400000d"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint64_t ms = 77;
        must(!duration_parse(bad[i], &ms) && ms == 77, "%s", bad[i]);
    }
}

static void check_moment(const char *text, when_offset *offset, const char *wanted)
{
    int64_t ms = 0;
    char got[MSIWATCH_TIME_CHARS + 1];
    must(moment_parse(text, NOW, offset, &ms), "%s is refused", text);
    time_format(ms, got);
    must(strcmp(got, wanted) == 0, "%s is %s instead of %s", text, got, wanted);
}

static void moments_are_ages_local_times_or_times_with_an_offset(void **state)
{
    (void)state;
    check_moment("2h", utc, "2026-11-22T08:41:07.123Z");
    check_moment("7d", india, "2026-11-15T10:41:07.123Z");
    check_moment("1d12h", utc, "2026-11-20T22:41:07.123Z");
    check_moment("today", utc, "2026-11-22T00:00:00.000Z");
    check_moment("yesterday", utc, "2026-11-21T00:00:00.000Z");
    check_moment("yesterday", india, "2026-11-20T18:30:00.000Z");
    check_moment("yesterday", newfoundland, "2026-11-21T03:30:00.000Z");
    check_moment("2026-11-01", utc, "2026-11-01T00:00:00.000Z");
    check_moment("2026-11-01", india, "2026-10-31T18:30:00.000Z");
    check_moment("2026-11-01 12:30", newfoundland, "2026-11-01T16:00:00.000Z");
    check_moment("2026-11-01T12:30", newfoundland, "2026-11-01T16:00:00.000Z");
    check_moment("2026-11-01 12:30:15", utc, "2026-11-01T12:30:15.000Z");
    check_moment("2026-11-01T12:30:15Z", india, "2026-11-01T12:30:15.000Z");
    check_moment("2026-11-01T12:30:15.5+02:00", india, "2026-11-01T10:30:15.500Z");
}

static void a_local_time_has_the_offset_of_its_own_day(void **state)
{
    (void)state;
    check_moment("2026-07-01", berlin, "2026-06-30T22:00:00.000Z");
    check_moment("2026-12-01", berlin, "2026-11-30T23:00:00.000Z");
    check_moment("2026-03-29 12:00", berlin, "2026-03-29T10:00:00.000Z");
    check_moment("2026-03-29 00:30", berlin, "2026-03-28T23:30:00.000Z");
    check_moment("2026-10-25 04:00", berlin, "2026-10-25T03:00:00.000Z");
}

static void what_is_no_moment_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "tomorrow",
                                      "Yesterday",
                                      "2026",
                                      "2026-13-01",
                                      "2026-02-30",
                                      "2026-11-1",
                                      "10:41",
                                      "2026-11-22 25:00",
                                      "2026-11-22  10:41",
                                      "22.11.2026",
                                      "-2h"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        int64_t ms = 77;
        must(!moment_parse(bad[i], NOW, utc, &ms) && ms == 77, "%s", bad[i]);
    }
}

static void durations_are_printed_in_at_most_two_units(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        const char *text;
    } cases[] = {{0, "0 ms"},
                 {999, "999 ms"},
                 {1000, "1.0 s"},
                 {2590, "2.5 s"},
                 {9999, "9.9 s"},
                 {10000, "10 s"},
                 {59999, "59 s"},
                 {60000, "1 min 0 s"},
                 {65000, "1 min 5 s"},
                 {3599999, "59 min 59 s"},
                 {3600000, "1 h 0 min"},
                 {7500000, "2 h 5 min"},
                 {86400000, "1 d 0 h"},
                 {273600000, "3 d 4 h"},
                 {UINT64_MAX, "213503982334 d 14 h"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text text = {0};
        text_add_duration(&text, cases[i].ms);
        assert_string_equal(text.data, cases[i].text);
        text_release(&text);
    }
}

static void check_time(when_offset *offset, bool precise, const char *wanted)
{
    struct text text = {0};
    text_add_time(&text, NOW, offset, precise);
    assert_string_equal(text.data, wanted);
    text_release(&text);
}

static void times_are_printed_with_their_offset(void **state)
{
    (void)state;
    check_time(utc, false, "2026-11-22 10:41:07Z");
    check_time(utc, true, "2026-11-22 10:41:07.123Z");
    check_time(india, false, "2026-11-22 16:11:07+05:30");
    check_time(newfoundland, true, "2026-11-22 07:11:07.123-03:30");
}

int when_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_the_documented_units),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(moments_are_ages_local_times_or_times_with_an_offset),
        cmocka_unit_test(a_local_time_has_the_offset_of_its_own_day),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(durations_are_printed_in_at_most_two_units),
        cmocka_unit_test(times_are_printed_with_their_offset),
    };
    return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
