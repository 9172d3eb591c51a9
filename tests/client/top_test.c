/* top_test.c: msiwatch top without a terminal: cells, stretches of time, and the layout in any
 * size. tests/top and tests/wine/top_test.sh run it in a real terminal. */
#include "client_test.h"

#include "../hostile.h"

#include "cli/base/spans.h"
#include "cli/base/text.h"
#include "cli/top/dashboard.h"
#include "cli/top/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#define NOW INT64_C(1795344067000) /* 2026-11-22T10:41:07Z */
#define MINUTE INT64_C(60000)

static int utc(int64_t wall_ms)
{
    (void)wall_ms;
    return 0;
}

/* ---- cells ---- */

/* A row as text: codes below 128 as they are, others as #, the right half of a wide one as ). */
static const char *row_of(const struct screen *screen, unsigned row)
{
    static char text[SCREEN_WIDEST + 1];
    for (unsigned i = 0; i < screen->width; i++) {
        uint32_t code = screen->cells[row * screen->width + i].code;
        text[i] = (char)(code == 0 ? ')' : code < 0x80 ? (int)code : '#');
    }
    text[screen->width] = '\0';
    return text;
}

static void text_is_cut_where_it_must_end(void **state)
{
    (void)state;
    struct screen screen = {0};
    assert_true(screen_resize(&screen, 6, 2));
    assert_int_equal(screen_put(&screen, 0, 1, 99, STYLE_PLAIN, "abcde"), 6);
    assert_string_equal(row_of(&screen, 0), " abcde");
    assert_int_equal(screen_put(&screen, 0, 1, 99, STYLE_PLAIN, "abcdef"), 6);
    assert_string_equal(row_of(&screen, 0), " abcd#");
    assert_int_equal(screen_put(&screen, 1, 2, 4, STYLE_PLAIN, "abc"), 4);
    assert_string_equal(row_of(&screen, 1), "  a#  ");
    assert_int_equal(screen_put(&screen, 2, 0, 99, STYLE_PLAIN, "no such row"), 0);
    assert_int_equal(screen_put(&screen, 1, 6, 99, STYLE_PLAIN, "no such column"), 6);
    screen_release(&screen);
}

static void wide_characters_take_two_cells_and_marks_none(void **state)
{
    (void)state;
    struct screen screen = {0};
    assert_true(screen_resize(&screen, 6, 1));
    screen_put(&screen, 0, 0, 99, STYLE_PLAIN, "a\xE4\xB8\x96"); /* a wide character ("world") */
    assert_string_equal(row_of(&screen, 0), "a#)   ");
    screen_put(&screen, 0, 0, 99, STYLE_PLAIN, "abc\xE4\xB8\x96\xE7\x95\x8C"); /* 7 cells */
    assert_string_equal(row_of(&screen, 0), "abc#)#");
    assert_int_equal(screen.cells[5].code, 0x2026);
    screen_put(&screen, 0, 0, 99, STYLE_PLAIN, "abcd\xE4\xB8\x96\xE7\x95\x8C"); /* 8 cells */
    assert_string_equal(row_of(&screen, 0), "abcd #"); /* no half of a character */
    screen_clear(&screen);
    screen_put(&screen, 0, 0, 99, STYLE_PLAIN, "e\xCC\x81.");
    assert_string_equal(row_of(&screen, 0), "e.    ");
    screen_release(&screen);
}

static void what_would_steer_a_terminal_never_reaches_a_cell(void **state)
{
    (void)state;
    struct screen screen = {0};
    assert_true(screen_resize(&screen, 20, 1));
    screen_put(&screen, 0, 0, 99, STYLE_PLAIN,
               "\x1b[2J\x07\xC2\x9B\xE2\x80\xAE\xFF\xC0\x80z"); /* ESC, BEL, CSI, RLO, no UTF-8 */
    assert_string_equal(row_of(&screen, 0), "?[2J??????z         ");
    screen_release(&screen);
}

struct painted {
    unsigned runs, cells, row, column;
};

static void paint(void *arg, unsigned row, unsigned column, const struct screen_cell *cells,
                  unsigned count)
{
    struct painted *painted = arg;
    (void)cells;
    painted->runs++;
    painted->cells += count;
    painted->row = row;
    painted->column = column;
}

static void only_what_changed_is_painted(void **state)
{
    (void)state;
    struct screen screen = {0};
    struct painted painted = {0};
    assert_true(screen_resize(&screen, 10, 3));
    screen_put(&screen, 1, 0, 99, STYLE_PLAIN, "10:41:07");
    screen_paint(&screen, paint, &painted);
    assert_int_equal(painted.cells, 30);

    memset(&painted, 0, sizeof painted);
    screen_paint(&screen, paint, &painted);
    assert_int_equal(painted.runs, 0);

    screen_clear(&screen); /* draws the same again, except for one digit */
    screen_put(&screen, 1, 0, 99, STYLE_PLAIN, "10:41:08");
    screen_paint(&screen, paint, &painted);
    assert_int_equal(painted.runs, 1);
    assert_int_equal(painted.cells, 1);
    assert_int_equal(painted.row, 1);
    assert_int_equal(painted.column, 7);

    memset(&painted, 0, sizeof painted); /* another colour is a change, too */
    screen_put(&screen, 1, 0, 99, STYLE_BUSY, "10");
    screen_paint(&screen, paint, &painted);
    assert_int_equal(painted.cells, 2);

    memset(&painted, 0, sizeof painted); /* the left half of a wide character is painted with the
                                          * right one */
    screen_put(&screen, 2, 4, 99, STYLE_PLAIN, "\xE4\xB8\x96");
    screen_paint(&screen, paint, &painted);
    screen_put(&screen, 2, 5, 99, STYLE_PLAIN, "x");
    memset(&painted, 0, sizeof painted);
    screen_paint(&screen, paint, &painted);
    assert_int_equal(painted.column, 4);
    assert_int_equal(painted.cells, 2);
    screen_release(&screen);
}

/* ---- stretches of time ---- */

static struct msiwatch_event change(uint64_t seq, int64_t at_ms, uint32_t from, uint32_t to,
                                    int64_t after_ms)
{
    return (struct msiwatch_event){.size = sizeof(struct msiwatch_event),
                                   .kind = MSIWATCH_EVENT_TRANSITION,
                                   .seq = seq,
                                   .at_ms = at_ms,
                                   .from = from,
                                   .to = to,
                                   .after_known = after_ms >= 0,
                                   .after_ms = (uint64_t)(after_ms < 0 ? 0 : after_ms)};
}

static void must_be_cells(const struct stretches *stretches, int64_t from_ms, int64_t to_ms,
                          const char *wanted)
{
    unsigned char cells[16];
    char text[17] = "";
    size_t count = strlen(wanted);
    stretches_cells(stretches, from_ms, to_ms, cells, count);
    for (size_t i = 0; i < count; i++) {
        text[i] = "?.#_"[cells[i]]; /* unknown, idle, busy, not recorded */
    }
    assert_string_equal(text, wanted);
}

static void what_is_not_recorded_is_neither_idle_nor_busy(void **state)
{
    (void)state;
    struct stretches all = {0};
    must_be_cells(&all, 0, 100, "__________");
    /* Before the first event, only what the event says is known: idle for 20. */
    struct msiwatch_event event = change(5, 40, MSIWATCH_IDLE, MSIWATCH_BUSY, 20);
    stretches_take(&all, &event);
    must_be_cells(&all, 0, 100, "__..######");
    event = change(6, 50, MSIWATCH_BUSY, MSIWATCH_IDLE, 10);
    stretches_take(&all, &event);
    must_be_cells(&all, 0, 100, "__..#.....");
    /* 7 and 8 are no longer in the journal: from 6 on the state is not known, until the idle 10 of
     * event 9. */
    event = change(9, 90, MSIWATCH_IDLE, MSIWATCH_UNKNOWN, 10);
    stretches_take(&all, &event);
    must_be_cells(&all, 0, 100, "__..#___.?");
    stretches_forget(&all, 85);
    must_be_cells(&all, 0, 100, "________.?");
    stretches_release(&all);
}

static void a_busy_moment_is_seen_however_short_and_clocks_may_go_back(void **state)
{
    (void)state;
    struct stretches all = {0};
    struct msiwatch_event event = change(1, 10, MSIWATCH_UNKNOWN, MSIWATCH_IDLE, -1);
    stretches_take(&all, &event);
    event = change(2, 55, MSIWATCH_IDLE, MSIWATCH_BUSY, 45);
    stretches_take(&all, &event);
    event = change(3, 55, MSIWATCH_BUSY, MSIWATCH_IDLE, 0);
    stretches_take(&all, &event);
    must_be_cells(&all, 0, 100, "_....#....");
    event = change(4, 20, MSIWATCH_IDLE, MSIWATCH_BUSY, 5); /* the clock was set back */
    stretches_take(&all, &event);
    must_be_cells(&all, 0, 100, "_....#####");
    must_be_cells(&all, 100, 100, "____");
    stretches_release(&all);
}

/* ---- the layout ---- */

static void fill(struct dashboard *dashboard)
{
    memset(dashboard, 0, sizeof *dashboard);
    struct msiwatch_about about = {.size = sizeof about, .durable = 1};
    struct msiwatch_event event = change(1, NOW - 30 * MINUTE, MSIWATCH_UNKNOWN, MSIWATCH_IDLE, -1);
    dashboard_take(dashboard, &event, "");
    event = change(2, NOW - 10 * MINUTE, MSIWATCH_IDLE, MSIWATCH_BUSY, 20 * MINUTE);
    event.reasons = MSIWATCH_REASON_MUTEX;
    dashboard_take(dashboard, &event, "");
    struct msiwatch_event install = {.size = sizeof install,
                                     .kind = MSIWATCH_EVENT_INSTALL,
                                     .seq = 3,
                                     .at_ms = NOW - 9 * MINUTE,
                                     .first = 2};
    dashboard_take(dashboard, &install,
                   "{\"install\":{\"product\":\"Ex\\u001b[2Jample\",\"version\":\"1.2\"}}");
    struct msiwatch_status status = {
        .size = sizeof status,
        .state = MSIWATCH_BUSY,
        .seq = 3,
        .since_ms = NOW - 10 * MINUTE,
        .sampled_at_ms = NOW,
        .reasons = MSIWATCH_REASON_MUTEX,
        .mutex = MSIWATCH_MUTEX_HELD,
        .owner_known = 1,
        .owner_pid = 4242,
        .owner_image = "C:\\Windows\\System32\\msiexec.exe",
    };
    dashboard_take_status(
        dashboard, &status,
        "{\"install\":{\"action\":\"remove\",\"product\":null,\"package\":\"C:\\\\a\\\\b.msi\"}}");
    dashboard_take_about(dashboard, &about,
                         "{\"sensors\":{\"mutex\":\"ok\",\"registry\":\"denied\"}}");
    dashboard->now_ms = NOW;
}

/* Brings up to date what a drawing shows, then draws. */
static void draw(struct dashboard *dashboard, struct screen *screen)
{
    dashboard_rows(dashboard);
    dashboard_draw(dashboard, screen, utc);
}

static void must_have_row(const struct screen *screen, const char *wanted)
{
    for (unsigned row = 0; row < screen->height; row++) {
        if (strstr(row_of(screen, row), wanted) != NULL) {
            return;
        }
    }
    must(false, "no row has \"%s\"", wanted);
}

static void it_shows_what_it_was_told(void **state)
{
    (void)state;
    struct dashboard *dashboard = calloc(1, sizeof *dashboard);
    struct screen screen = {0};
    fill(dashboard);
    assert_true(screen_resize(&screen, 80, 24));
    draw(dashboard, &screen);
    must_have_row(&screen, "since 10:31:07, for 10 min 0 s");
    must_have_row(&screen, "mutex held by msiexec.exe (pid 4242)");
    must_have_row(&screen, "removing b.msi");
    must_have_row(&screen, "10:31:07     10 min 0 s  running      Ex?[2Jample 1.2");
    must_have_row(&screen, "Sensors  registry denied  mutex ok");
    must_have_row(&screen, "q quits  ? keys  event 3  journal on disk");
    dashboard->by_change = true;
    draw(dashboard, &screen);
    must_have_row(&screen, "10:31:07     busy     mutex             after 20 min 0 s idle");
    must_have_row(&screen, "10:11:07     idle                       was unknown");
    dashboard->by_change = false;
    dashboard->help = true;
    draw(dashboard, &screen);
    must_have_row(&screen, "the last hour, day, week");
    dashboard->help = false;

    struct msiwatch_event event = change(4, NOW, MSIWATCH_BUSY, MSIWATCH_IDLE, 10 * MINUTE);
    dashboard_take(dashboard, &event, "");
    draw(dashboard, &screen);
    must_have_row(&screen, "since 10:41:07, for 0 s");
    must_have_row(&screen, "an installation can start");
    dashboard->away = true;
    draw(dashboard, &screen);
    must_have_row(&screen, "the service went away; waiting for it to come back");
    must_have_row(&screen, "Sensors, before the service went away  registry denied");
    screen_release(&screen);
    dashboard_release(dashboard);
    free(dashboard);
}

/* The state is shown in every size that has room for a word. */
static void it_fits_any_size(void **state)
{
    (void)state;
    struct dashboard *dashboard = calloc(1, sizeof *dashboard), *empty = calloc(1, sizeof *empty);
    struct screen screen = {0};
    fill(dashboard);
    for (unsigned height = 1; height <= 60; height += height < 26 ? 1 : 17) {
        for (unsigned width = 1; width <= 300; width += width < 90 ? 1 : 70) {
            assert_true(screen_resize(&screen, width, height));
            draw(dashboard, &screen);
            bool large = width >= 72 && height >= 20;
            if (width >= 6) {
                assert_non_null(strstr(row_of(&screen, !large        ? 0
                                                       : height < 30 ? 1
                                                                     : 2),
                                       large ? "####" : " BUSY"));
            }
            draw(empty, &screen);
        }
    }
    screen_release(&screen);
    dashboard_release(dashboard);
    dashboard_release(empty);
    free(dashboard);
    free(empty);
}

static void a_flood_of_changes_keeps_the_last_ones_and_an_hour(void **state)
{
    (void)state;
    struct dashboard *dashboard = calloc(1, sizeof *dashboard);
    for (uint64_t seq = 1; seq <= 100000; seq++) {
        bool busy = seq % 2 == 0;
        struct msiwatch_event event = change(seq, NOW + (int64_t)seq * 1000,
                                             busy ? MSIWATCH_IDLE : MSIWATCH_BUSY,
                                             busy ? MSIWATCH_BUSY : MSIWATCH_IDLE, 1000);
        dashboard_take(dashboard, &event, "");
    }
    assert_int_equal(dashboard->change_count, DASHBOARD_CHANGES);
    assert_int_equal(dashboard->changes[0].seq, 100000);
    assert_int_equal(dashboard->changes[DASHBOARD_CHANGES - 1].seq, 100001 - DASHBOARD_CHANGES);
    assert_true(dashboard->timeline.count <= 2 * 3600 + 2);
    dashboard_release(dashboard);
    free(dashboard);
}

/* The questions of a user: what runs, who started it, does it hang, whose turn is it, is a restart
 * pending, how did the last one end. */
static void it_answers_what_people_ask(void **state)
{
    (void)state;
    struct dashboard *dashboard = calloc(1, sizeof *dashboard);
    struct screen screen = {0};
    fill(dashboard);
    struct msiwatch_event event = change(4, NOW - 5 * MINUTE, MSIWATCH_BUSY, MSIWATCH_IDLE, 0);
    dashboard_take(dashboard, &event, "");
    event = (struct msiwatch_event){.kind = MSIWATCH_EVENT_INSTALL, .seq = 5, .first = 2};
    dashboard_take(dashboard, &event,
                   "{\"kind\":\"install\",\"install\":{\"product\":\"Ex\",\"action\":\"remove\","
                   "\"result\":\"failure\",\"status\":1603,\"reboot\":\"required\"}}");
    event = change(6, NOW - 4 * MINUTE, MSIWATCH_IDLE, MSIWATCH_BUSY, 60000);
    dashboard_take(dashboard, &event, "");
    struct msiwatch_status status = {.size = sizeof status,
                                     .state = MSIWATCH_BUSY,
                                     .seq = 6,
                                     .since_ms = NOW - 4 * MINUTE,
                                     .sampled_at_ms = NOW - 7000};
    dashboard_take_status(
        dashboard, &status,
        "{\"seq\":6,\"install\":{\"product\":\"Contoso "
        "Agent\",\"version\":\"4.2\",\"client_pid\":9,"
        "\"started_by\":{\"pid\":7,\"image\":\"C:\\\\W\\\\CcmExec.exe\",\"session\":0}},"
        "\"activity\":{"
        "\"stalled\":true,\"still_ms\":120000},\"reboot\":\"required\",\"reboot_by\":\"Litware\","
        "\"reboot_at\":\"2026-11-22T08:00:00Z\",\"turns\":{\"holder\":{\"turn\":7,\"label\":"
        "\"winget\","
        "\"pid\":1200,\"image\":\"winget.exe\",\"since\":\"2026-11-22T10:36:07Z\"},\"waiting\":2,"
        "\"hold\":null}}");
    dashboard_take_turns(dashboard, "{\"waiting\":[{\"turn\":8,\"label\":null,\"image\":"
                                    "\"C:\\\\choco.exe\"},{\"turn\":9,\"label\":\"intune\"}]}");
    assert_true(screen_resize(&screen, 100, 24));
    draw(dashboard, &screen);
    must_have_row(&screen, "installing Contoso Agent 4.2 (event log)");
    must_have_row(&screen, "started by CcmExec.exe");
    must_have_row(&screen, "STALLED: no CPU or I/O for 2 min 7 s");
    must_have_row(&screen, "turn: winget (pid 1200) for 5 min 0 s; 2 waiting: choco.exe, intune");
    must_have_row(&screen, "RESTART required by Litware since 08:00:00");
    must_have_row(&screen, "failed 1603");
    must_have_row(&screen, "4 min 0 s  running      Contoso Agent 4.2 (stalled 2 min 0 s)");
    /* Who started it stands close to what it is, however wide the window. */
    assert_true(screen_resize(&screen, 300, 24));
    draw(dashboard, &screen);
    must_have_row(&screen, "(stalled 2 min 0 s)                            CcmExec.exe");
    /* Without a record, it says who started the mutex's owner. */
    dashboard_take_status(dashboard, &status,
                          "{\"seq\":6,\"install\":null,\"mutex\":{\"owner_started_by\":{\"pid\":7,"
                          "\"image\":\"C:\\\\x\\\\Contoso.exe\",\"session\":1}}}");
    draw(dashboard, &screen);
    must_have_row(&screen, "started by Contoso.exe");
    /* It says that no restart is pending if that is known and the machine is idle. */
    status.state = MSIWATCH_IDLE;
    dashboard_take_status(dashboard, &status, "{\"seq\":6,\"reboot\":\"none\"}");
    draw(dashboard, &screen);
    must_have_row(&screen, "an installation can start; no restart is pending");
    dashboard_take_status(dashboard, &status, "{\"seq\":6,\"reboot\":null}");
    draw(dashboard, &screen);
    must_have_row(&screen, "an installation can start     ");
    screen_release(&screen);
    dashboard_release(dashboard);
    free(dashboard);
}

/* Puts `text`, which is JSON, into each place for text from other programs. */
static void take_texts(struct dashboard *dashboard, const char *text)
{
    char json[2048];
    struct msiwatch_status status = {.size = sizeof status,
                                     .state = MSIWATCH_BUSY,
                                     .seq = 3,
                                     .since_ms = NOW - 10 * MINUTE,
                                     .sampled_at_ms = NOW,
                                     .mutex = MSIWATCH_MUTEX_HELD};
    snprintf(status.owner_image, sizeof status.owner_image, "%s", text);
    snprintf(json, sizeof json,
             "{\"seq\":3,\"install\":{\"product\":%s,\"version\":%s,\"package\":%s,"
             "\"client_pid\":9,\"started_by\":{\"pid\":7,\"image\":%s,\"session\":0}},"
             "\"reboot\":\"required\",\"reboot_by\":%s,\"turns\":{\"holder\":{\"turn\":7,"
             "\"label\":%s,\"pid\":1200,\"image\":%s},\"waiting\":1,\"hold\":null}}",
             text, text, text, text, text, text, text);
    dashboard_take_status(dashboard, &status, json);
    snprintf(json, sizeof json, "{\"waiting\":[{\"turn\":8,\"label\":%s,\"image\":%s}]}", text,
             text);
    dashboard_take_turns(dashboard, json);
    snprintf(json, sizeof json, "{\"install\":{\"product\":%s,\"version\":%s}}", text, text);
    struct msiwatch_event install = {.kind = MSIWATCH_EVENT_INSTALL, .seq = 3, .first = 2};
    dashboard_take(dashboard, &install, json);
}

static void hostile_texts_never_reach_a_cell(void **state)
{
    (void)state;
    struct screen screen = {0};
    assert_true(screen_resize(&screen, 160, 30));
    for (size_t i = 0; i < HOSTILE; i++) {
        struct dashboard *dashboard = calloc(1, sizeof *dashboard);
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        char *json = yyjson_mut_val_write_opts(
            yyjson_mut_str(doc, hostile[i]), YYJSON_WRITE_ALLOW_INVALID_UNICODE, NULL, NULL, NULL);
        assert_non_null(json);
        fill(dashboard);
        take_texts(dashboard, json);
        draw(dashboard, &screen);
        for (size_t cell = 0; cell < (size_t)screen.width * screen.height; cell++) {
            uint32_t code = screen.cells[cell].code;
            must(code == 0 || !text_steers(code), "text %u is a cell: %x", (unsigned)i,
                 (unsigned)code);
        }
        free(json);
        yyjson_mut_doc_free(doc);
        dashboard_release(dashboard);
        free(dashboard);
    }
    screen_release(&screen);
}

static void the_list_scrolls_and_stops_at_its_end(void **state)
{
    (void)state;
    struct dashboard *dashboard = calloc(1, sizeof *dashboard);
    struct screen screen = {0};
    for (uint64_t seq = 1; seq <= 100; seq++) {
        bool busy = seq % 2 == 0;
        struct msiwatch_event event = change(seq, NOW + (int64_t)seq * 1000,
                                             busy ? MSIWATCH_IDLE : MSIWATCH_BUSY,
                                             busy ? MSIWATCH_BUSY : MSIWATCH_IDLE, 1000);
        dashboard_take(dashboard, &event, "");
    }
    dashboard->now_ms = NOW + 100000;
    assert_int_equal(dashboard_rows(dashboard), 50);
    assert_true(screen_resize(&screen, 80, 24));
    draw(dashboard, &screen);
    must_have_row(&screen, "10:42:47");
    dashboard->scrolled = 1;
    draw(dashboard, &screen);
    assert_null(strstr(row_of(&screen, 12), "10:42:47"));
    must_have_row(&screen, "10:42:45");
    dashboard->scrolled = 4000;
    draw(dashboard, &screen);
    must_have_row(&screen, "10:41:09 "); /* the oldest one is on the last row */
    screen_release(&screen);
    dashboard_release(dashboard);
    free(dashboard);
}

static void parts_of_a_cell_are_seen(void **state)
{
    (void)state;
    struct stretches all = {0};
    unsigned char eighths[5];
    struct msiwatch_event event = change(1, 0, MSIWATCH_UNKNOWN, MSIWATCH_IDLE, -1);
    stretches_take(&all, &event);
    event = change(2, 25, MSIWATCH_IDLE, MSIWATCH_BUSY, 25);
    stretches_take(&all, &event);
    event = change(3, 50, MSIWATCH_BUSY, MSIWATCH_IDLE, 25);
    stretches_take(&all, &event);
    event = change(4, 99, MSIWATCH_IDLE, MSIWATCH_BUSY, 49);
    stretches_take(&all, &event);
    stretches_eighths(&all, 0, 100, eighths, 5); /* 20 each */
    static const unsigned char wanted[5] = {0, 6, 4, 0, 1};
    assert_memory_equal(eighths, wanted, 5);
    stretches_release(&all);
}

int top_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_cut_where_it_must_end),
        cmocka_unit_test(wide_characters_take_two_cells_and_marks_none),
        cmocka_unit_test(what_would_steer_a_terminal_never_reaches_a_cell),
        cmocka_unit_test(only_what_changed_is_painted),
        cmocka_unit_test(what_is_not_recorded_is_neither_idle_nor_busy),
        cmocka_unit_test(a_busy_moment_is_seen_however_short_and_clocks_may_go_back),
        cmocka_unit_test(it_shows_what_it_was_told),
        cmocka_unit_test(it_answers_what_people_ask),
        cmocka_unit_test(the_list_scrolls_and_stops_at_its_end),
        cmocka_unit_test(hostile_texts_never_reach_a_cell),
        cmocka_unit_test(parts_of_a_cell_are_seen),
        cmocka_unit_test(it_fits_any_size),
        cmocka_unit_test(a_flood_of_changes_keeps_the_last_ones_and_an_hour),
    };
    return cmocka_run_group_tests_name("top", tests, NULL, NULL);
}
