/* report_test.c: msiwatch report without a service: sums, products, and a page that stays small and
 * harmless. tests/report shows what a browser makes of it. */
#include "client_test.h"

#include "cli/report/parts.h"
#include "cli/report/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60000)
#define DAY (1440 * MINUTE)
#define MONDAY INT64_C(1794787200000) /* 2026-11-16T00:00:00Z */

static int utc(int64_t wall_ms)
{
    (void)wall_ms;
    return 0;
}

static void take(struct summary *summary, uint64_t seq, int64_t at_ms, uint32_t from, uint32_t to,
                 int64_t after_ms)
{
    struct msiwatch_event event = {.size = sizeof event,
                                   .kind = MSIWATCH_EVENT_TRANSITION,
                                   .seq = seq,
                                   .at_ms = at_ms,
                                   .from = from,
                                   .to = to,
                                   .after_known = after_ms >= 0,
                                   .after_ms = (uint64_t)(after_ms < 0 ? 0 : after_ms)};
    summary_take(summary, &event, "");
}

static void take_install(struct summary *summary, uint64_t seq, uint64_t of, const char *product,
                         const char *result)
{
    char json[2048];
    struct msiwatch_event event = {
        .size = sizeof event, .kind = MSIWATCH_EVENT_INSTALL, .seq = seq, .first = of};
    snprintf(json, sizeof json,
             "{\"install\":{\"product\":\"%s\",\"result\":\"%s\",\"action\":\"remove\"}}", product,
             result);
    summary_take(summary, &event, json);
}

/* From midnight: 60 min that the journal does not know, 60 idle, 30 busy (a failure), 30 idle, 60
 * busy until nobody watched, 60 unknown, and busy again for the last 30. */
static void fill(struct summary *summary)
{
    int64_t at = MONDAY + 120 * MINUTE;
    *summary = (struct summary){.since_ms = MONDAY, .until_ms = MONDAY + 330 * MINUTE};
    take(summary, 11, at, MSIWATCH_IDLE, MSIWATCH_BUSY, 60 * MINUTE);
    take_install(summary, 12, 11, "A", "success");
    take_install(summary, 13, 11, "B", "failure");
    take_install(summary, 14, 11, "A", "success");
    take(summary, 15, at += 30 * MINUTE, MSIWATCH_BUSY, MSIWATCH_IDLE, 30 * MINUTE);
    take(summary, 16, at += 30 * MINUTE, MSIWATCH_IDLE, MSIWATCH_BUSY, 30 * MINUTE);
    take_install(summary, 17, 16, "B", "success");
    take(summary, 18, at += 60 * MINUTE, MSIWATCH_BUSY, MSIWATCH_UNKNOWN, 60 * MINUTE);
    take(summary, 19, at += 60 * MINUTE, MSIWATCH_UNKNOWN, MSIWATCH_BUSY, -1);
    take_install(summary, 20, 3, "of something before all this", "success");
    summary_finish(summary);
    assert_false(summary->failed);
}

static void sums_are_of_what_is_known(void **state)
{
    (void)state;
    struct summary summary;
    fill(&summary);
    assert_int_equal(summary.sums.missing_ms, 60 * MINUTE);
    assert_int_equal(summary.sums.idle_ms, 90 * MINUTE);
    assert_int_equal(summary.sums.busy_ms, 120 * MINUTE);
    assert_int_equal(summary.sums.unknown_ms, 60 * MINUTE);
    assert_int_equal(summary.installs.period_count, 3);
    assert_int_equal(summary_longest(&summary)->seq, 16);
    assert_int_equal(summary.installs.periods[0].end, PERIOD_ENDED);
    assert_int_equal(summary.installs.periods[1].end, PERIOD_NOT_SEEN);
    assert_int_equal(summary.installs.periods[2].end, PERIOD_OPEN);
    assert_int_equal(summary.installs.periods[2].lasted_ms, 30 * MINUTE);
    assert_null(installs_find(&summary.installs, 15));
    assert_int_equal(installs_find(&summary.installs, 19)->seq, 19);
    summary_release(&summary);
}

static void products_are_ranked_and_a_failure_is_not_forgotten(void **state)
{
    (void)state;
    struct summary summary;
    fill(&summary);
    const struct period *first = &summary.installs.periods[0];
    assert_string_equal(summary.products[first->product].name, "A");
    assert_int_equal(summary.installs.count, 5); /* an installation that is reported again stays
                                                  * one */
    struct text out = {0};
    page_write(&out, &summary, "", utc);
    assert_non_null(strstr(out.data, "<td>30 min 0 s<td class=p2>A<td>remove: success\n"));
    assert_non_null(
        strstr(out.data, "<td>\xE2\x80\x93<td class=p1>B<td>remove: <em>failed</em>\n"));
    assert_non_null(strstr(out.data, "<td>still running\n"));
    assert_non_null(strstr(out.data, ">B<td>remove: success, end not seen\n"));
    text_release(&out);
    assert_int_equal(summary.ranking_count, 2);
    assert_string_equal(summary.ranking[0]->name, "B");
    assert_int_equal(summary.ranking[0]->colour, 1);
    assert_int_equal(summary.ranking[0]->busy_ms, 60 * MINUTE);
    assert_int_equal(summary.ranking[0]->failures, 1);
    assert_int_equal(summary.products[0].count, 1); /* the one about which nothing is known */
    summary_release(&summary);
}

static void take_json(struct summary *summary, uint64_t seq, uint64_t of, const char *json)
{
    struct msiwatch_event event = {
        .size = sizeof event, .kind = MSIWATCH_EVENT_INSTALL, .seq = seq, .first = of};
    summary_take(summary, &event, json);
}

static void what_installed_nothing_is_counted_apart_and_names_no_period(void **state)
{
    (void)state;
    struct summary summary = {.since_ms = MONDAY, .until_ms = MONDAY + DAY};
    struct text out = {0};
    take(&summary, 1, MONDAY + MINUTE, MSIWATCH_IDLE, MSIWATCH_BUSY, MINUTE);
    take_json(&summary, 2, 1, "{\"install\":{\"product\":\"C\",\"result\":\"collision\"}}");
    take_json(&summary, 3, 1, "{\"install\":{\"product\":\"F\",\"trusted\":false,\"further\":4}}");
    take_json(&summary, 4, 0,
              "{\"install\":{\"product\":\"W\",\"action\":\"check\",\"further\":149}}");
    take_json(&summary, 5, 1, "{\"install\":{\"product\":\"L\",\"result\":\"lost\"}}");
    take(&summary, 6, MONDAY + 2 * MINUTE, MSIWATCH_BUSY, MSIWATCH_IDLE, MINUTE);
    summary_finish(&summary);
    assert_int_equal(summary.installs.counts.collisions, 1);
    assert_int_equal(summary.installs.counts.untrusted, 5);
    assert_int_equal(summary.installs.counts.checks, 150);
    assert_int_equal(summary.installs.counts.lost, 1);
    assert_string_equal(summary.products[summary.installs.periods[0].product].name, "L");
    page_write(&out, &summary, "", utc);
    assert_non_null(strstr(out.data, "come from the event log"));
    assert_non_null(strstr(out.data, "150"));
    text_release(&out);
    summary_release(&summary);
}

static void missing_events_end_what_went_on(void **state)
{
    (void)state;
    struct summary summary = {.since_ms = MONDAY, .until_ms = MONDAY + DAY};
    take(&summary, 1, MONDAY, MSIWATCH_IDLE, MSIWATCH_BUSY, 0);
    take(&summary, 5, MONDAY + 60 * MINUTE, MSIWATCH_BUSY, MSIWATCH_IDLE, 10 * MINUTE);
    summary_finish(&summary);
    assert_int_equal(summary.installs.period_count, 1);
    assert_int_equal(summary.installs.periods[0].end, PERIOD_NOT_SEEN);
    assert_int_equal(summary.sums.missing_ms, 50 * MINUTE);
    assert_int_equal(summary.sums.busy_ms, 10 * MINUTE);
    summary_release(&summary);
}

static void nothing_from_outside_is_markup(void **state)
{
    (void)state;
    struct text out = {0};
    html_add_outside(&out, "<a href=\"x\">'&amp;'\x01\xE2\x80\xAE\xFF</a>");
    assert_string_equal(out.data, "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;???&lt;/a&gt;");
    text_release(&out);
}

static void must_be_whole(const struct text *out)
{
    assert_false(out->failed);
    assert_true(out->size <= PAGE_MOST);
    must(strncmp(out->data, "<!doctype html>", 15) == 0, "it does not begin as a page");
    must(strstr(out->data, "</html>\n") == out->data + out->size - 8, "it does not end as a page");
}

/* More than any machine has, with the longest possible names. */
static void a_page_stays_small_whatever_is_in_it(void **state)
{
    (void)state;
    enum { PERIODS = 12000 };
    struct summary summary = {.since_ms = MONDAY, .until_ms = MONDAY + 400 * DAY};
    struct text out = {0};
    char name[257];
    uint64_t seq = 0;
    memset(name, '<', sizeof name);
    name[256] = '\0';
    for (unsigned i = 0; i < PERIODS; i++) {
        int64_t at_ms = MONDAY + i * (400 * DAY / PERIODS);
        uint64_t of = ++seq;
        take(&summary, of, at_ms, MSIWATCH_IDLE, MSIWATCH_BUSY, 1000);
        take(&summary, ++seq, at_ms + 500, MSIWATCH_BUSY, MSIWATCH_IDLE, 500);
        snprintf(name, 12, "%011u", i); /* each is a different product */
        name[11] = '<';
        take_install(&summary, ++seq, of, name, "success");
    }
    summary_finish(&summary);
    page_write(&out, &summary, "<machine>", utc);
    must_be_whole(&out);
    assert_non_null(strstr(out.data, "on &lt;machine&gt;"));
    assert_non_null(strstr(out.data, "earlier installations are counted above but not listed"));
    assert_non_null(strstr(out.data, "<b>12000</b>"));
    assert_null(strstr(out.data, "<<"));
    text_release(&out);
    summary_release(&summary);
}

static void a_page_about_nothing_says_so(void **state)
{
    (void)state;
    static const int64_t lengths[] = {1, 1000, DAY, 31 * DAY, 33 * DAY, 3650 * DAY};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct summary summary = {.since_ms = MONDAY, .until_ms = MONDAY + lengths[i]};
        struct text out = {0};
        summary_finish(&summary);
        page_write(&out, &summary, "", utc);
        must_be_whole(&out);
        assert_non_null(strstr(out.data, "The journal has no events from this time"));
        assert_null(strstr(out.data, "<svg")); /* and it says nothing else */
        assert_int_equal(summary.sums.missing_ms, lengths[i]);
        assert_null(strstr(out.data, "class=i d=")); /* it must not show that the machine was
                                                      * idle */
        text_release(&out);
        summary_release(&summary);
    }
}

int report_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_of_what_is_known),
        cmocka_unit_test(products_are_ranked_and_a_failure_is_not_forgotten),
        cmocka_unit_test(what_installed_nothing_is_counted_apart_and_names_no_period),
        cmocka_unit_test(missing_events_end_what_went_on),
        cmocka_unit_test(nothing_from_outside_is_markup),
        cmocka_unit_test(a_page_stays_small_whatever_is_in_it),
        cmocka_unit_test(a_page_about_nothing_says_so),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
