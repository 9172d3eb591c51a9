/* rows_test.c: makes installations from the journal's events, one row each, and prints them. */
#include "client_test.h"

#include "cli/base/installs.h"
#include "cli/base/show_installs.h"

#include <stdio.h>
#include <string.h>

#define AT INT64_C(1795344067000) /* 2026-11-22T10:41:07Z */
#define HEAD_LINE "Started                         Lasted  Action   Result         What\n"

static int utc(int64_t wall_ms)
{
    (void)wall_ms;
    return 0;
}

static void take_at(struct installs *installs, uint32_t kind, uint64_t seq, int64_t at_s,
                    uint64_t of, const char *json)
{
    struct msiwatch_event event = {
        .size = sizeof event, .kind = kind, .seq = seq, .at_ms = AT + at_s * 1000, .first = of};
    installs_take(installs, &event, json);
}

static void change(struct installs *installs, uint64_t seq, int64_t at_s, uint32_t from,
                   uint32_t to)
{
    struct msiwatch_event event = {.size = sizeof event,
                                   .kind = MSIWATCH_EVENT_TRANSITION,
                                   .seq = seq,
                                   .at_ms = AT + at_s * 1000,
                                   .from = from,
                                   .to = to};
    installs_take(installs, &event, "");
}

static void busy(struct installs *installs, uint64_t seq, int64_t at_s)
{
    change(installs, seq, at_s, MSIWATCH_IDLE, MSIWATCH_BUSY);
}

static void idle(struct installs *installs, uint64_t seq, int64_t at_s)
{
    change(installs, seq, at_s, MSIWATCH_BUSY, MSIWATCH_IDLE);
}

static void learn(struct installs *installs, uint64_t seq, uint64_t of, const char *members)
{
    char json[1024];
    snprintf(json, sizeof json, "{\"kind\":\"install\",\"install\":{%s}}", members);
    take_at(installs, MSIWATCH_EVENT_INSTALL, seq, 100, of, json);
}

static void must_show(struct installs *installs, int64_t until_s, const char *wanted)
{
    struct text out = {0};
    if (until_s != 0) {
        installs_finish(installs, AT + until_s * 1000);
    }
    assert_false(installs->failed);
    show_installs_head(&out);
    for (size_t i = 0; i < installs->count; i++) {
        show_installation(&out, installs, &installs->items[i], utc);
    }
    assert_string_equal(out.data, wanted);
    text_release(&out);
    installs_release(installs);
}

#define AGENT                                                                                      \
    "\"product\":\"Contoso Agent\",\"version\":\"4.2\",\"package\":\"C:\\\\x\\\\agent.msi\","      \
    "\"client_pid\":977,\"started_at\":\"2026-11-22T10:41:07.500Z\",\"action\":\"install\","       \
    "\"started_by\":{\"pid\":700,\"image\":\"C:\\\\Windows\\\\CCM\\\\CcmExec.exe\"}"

static void a_row_has_what_all_events_say(void **state)
{
    (void)state;
    struct installs installs = {0};
    struct text out = {0};
    busy(&installs, 1, 0);
    idle(&installs, 2, 72);
    learn(&installs, 3, 1, AGENT ",\"result\":null,\"status\":null");
    learn(&installs, 4, 1, AGENT ",\"result\":\"failure\",\"status\":1603,\"reboot\":\"required\"");
    installs_finish(&installs, AT + 200000);
    assert_int_equal(installs.count, 1);
    assert_int_equal(installs.counts.failed, 1);
    assert_int_equal(installs.counts.restarts, 1);
    show_installs_csv_head(&out);
    show_installation_csv(&out, &installs, &installs.items[0]);
    show_installation_json(&out, &installs, &installs.items[0]);
    assert_string_equal(
        out.data,
        "seq,started_at,lasted_ms,product,version,package,action,result,code,restart,started_by,"
        "client_pid,turn,waited_ms,stalled_ms,of,further,product_code,trusted\n"
        "4,2026-11-22T10:41:07.500Z,71500,Contoso Agent,4.2,agent.msi,install,failure,1603,"
        "required,CcmExec.exe,977,,,,1,0,,\n"
        "{\"seq\":4,\"started_at\":\"2026-11-22T10:41:07.500Z\",\"lasted_ms\":71500,\"product\":"
        "\"Contoso Agent\",\"version\":\"4.2\",\"package\":\"agent.msi\",\"action\":\"install\","
        "\"result\":\"failure\",\"code\":1603,\"restart\":\"required\",\"started_by\":"
        "\"CcmExec.exe\",\"client_pid\":977,\"turn\":null,\"waited_ms\":null,\"stalled_ms\":null,"
        "\"of\":1,\"further\":0,\"product_code\":null,\"trusted\":null}\n");
    text_release(&out);
    must_show(&installs, 0,
              HEAD_LINE "2026-11-22 10:41:07Z        1 min 11 s  install  failed 1603    Contoso "
                        "Agent 4.2, restart required, started by CcmExec.exe\n");
}

/* If no record says anything about a period, the row says who started the mutex's owner. */
static void who_began_the_owner_is_in_the_row_if_nothing_else_is_known(void **state)
{
    static const char owner[] =
        "{\"kind\":\"transition\",\"owner\":{\"pid\":9,\"image\":\"setup.exe\",\"started_by\":"
        "{\"pid\":7,\"image\":\"C:\\\\x\\\\Contoso.exe\",\"session\":1}}}";
    struct installs installs = {0};
    struct msiwatch_event event = {.size = sizeof event,
                                   .kind = MSIWATCH_EVENT_TRANSITION,
                                   .at_ms = AT,
                                   .from = MSIWATCH_IDLE,
                                   .to = MSIWATCH_BUSY};
    (void)state;
    event.seq = 1;
    installs_take(&installs, &event, owner);
    idle(&installs, 2, 10);
    event.seq = 3;
    event.at_ms = AT + 20000;
    installs_take(&installs, &event, owner);
    idle(&installs, 4, 30);
    learn(&installs, 5, 3, "\"product\":\"A\"");
    busy(&installs, 6, 40); /* its transition came before that was known */
    installs_take_status(&installs, "{\"seq\":6,\"install\":null,\"mutex\":{\"owner_started_by\":"
                                    "{\"pid\":7,\"image\":\"C:\\\\b.exe\"}}}");
    must_show(&installs, 50,
              HEAD_LINE
              "2026-11-22 10:41:07Z              10 s           -              -, started by "
              "Contoso.exe\n"
              "2026-11-22 10:41:27Z              10 s           -              A\n"
              "2026-11-22 10:41:47Z              10 s           running        -, started by "
              "b.exe\n");
}

static void several_in_a_period_follow_one_another(void **state)
{
    (void)state;
    struct installs installs = {0};
    busy(&installs, 1, 0);
    idle(&installs, 2, 60);
    learn(&installs, 3, 1,
          "\"product\":\"A\",\"started_at\":\"2026-11-22T10:41:06Z\",\"result\":\"success\"");
    learn(&installs, 4, 1,
          "\"product\":\"B\",\"started_at\":\"2026-11-22T10:41:27Z\",\"result\":\"success\"");
    learn(&installs, 5, 1,
          "\"product\":\"C\",\"result\":\"collision\",\"status\":1618,"
          "\"started_at\":\"2026-11-22T10:41:30Z\",\"client_pid\":5");
    busy(&installs, 6, 70);
    must_show(&installs, 80,
              HEAD_LINE
              "2026-11-22 10:41:07Z              20 s           success        A\n"
              "2026-11-22 10:41:27Z              40 s           success        B\n"
              "2026-11-22 10:41:30Z                 -           refused 1618   C, started by "
              "pid 5\n"
              "2026-11-22 10:42:17Z              10 s           running        -\n");
}

/* Whose turn it was is decided by the processes, if they are known, and otherwise by the time. */
static void turns_are_put_to_what_ran_in_them(void **state)
{
    (void)state;
    struct installs installs = {0};
    static const char turn[] =
        "{\"kind\":\"turn\",\"turn\":{\"turn\":7,\"label\":\"winget\",\"pid\":1200,\"since\":"
        "\"2026-11-22T10:41:06Z\",\"waited_ms\":72000,\"held_ms\":60000,\"ended\":\"released\"}}";
    busy(&installs, 1, 0);
    idle(&installs, 2, 10);
    learn(&installs, 3, 1, "\"product\":\"A\",\"chain\":[{\"pid\":5},{\"pid\":1200}]");
    busy(&installs, 4, 20);
    idle(&installs, 5, 30);
    learn(&installs, 6, 4, "\"product\":\"B\",\"chain\":[{\"pid\":5},{\"pid\":6}]");
    busy(&installs, 7, 40);
    idle(&installs, 8, 50);
    take_at(&installs, MSIWATCH_EVENT_OTHER, 9, 59, 0, turn);
    busy(&installs, 10, 100);
    must_show(&installs, 110,
              HEAD_LINE
              "2026-11-22 10:41:07Z              10 s           -              A, turn of "
              "winget, waited 1 min 12 s\n"
              "2026-11-22 10:41:27Z              10 s           -              B\n"
              "2026-11-22 10:41:47Z              10 s           -              -, turn of "
              "winget\n"
              "2026-11-22 10:42:47Z              10 s           running        -\n");
}

static void what_stands_still_is_said(void **state)
{
    (void)state;
    struct installs installs = {0};
    busy(&installs, 1, 0);
    take_at(&installs, MSIWATCH_EVENT_OTHER, 2, 400, 0,
            "{\"kind\":\"activity\",\"of\":1,\"stalled\":true,\"still_ms\":300000}");
    take_at(&installs, MSIWATCH_EVENT_OTHER, 3, 500, 0,
            "{\"kind\":\"activity\",\"of\":1,\"stalled\":false,\"still_ms\":400000}");
    idle(&installs, 4, 600);
    busy(&installs, 5, 700);
    installs_take_status(
        &installs, "{\"seq\":5,\"activity\":{\"stalled\":true,\"still_ms\":90000},\"install\":{"
                   "\"product\":\"P\",\"client_pid\":9}}");
    must_show(&installs, 800,
              HEAD_LINE
              "2026-11-22 10:41:07Z        10 min 0 s           -              -, stalled "
              "for 6 min 40 s\n"
              "2026-11-22 10:52:47Z        1 min 40 s           running        P, stalled "
              "for 1 min 30 s, started by pid 9\n");
}

static void what_is_no_installation_is_counted_and_no_row(void **state)
{
    (void)state;
    struct installs installs = {0};
    busy(&installs, 1, 0);
    idle(&installs, 2, 10);
    learn(&installs, 3, 0, "\"product\":\"W\",\"action\":\"check\",\"further\":149");
    learn(&installs, 4, 1, "\"product\":\"F\\u001b\",\"trusted\":false,\"result\":\"success\"");
    installs_finish(&installs, AT + 20000);
    assert_int_equal(installs.counts.checks, 150);
    assert_int_equal(installs.counts.untrusted, 1);
    must_show(&installs, 0,
              HEAD_LINE "2026-11-22 10:41:07Z              10 s           -              -\n"
                        "2026-11-22 10:42:47Z                 -           success        F?, not "
                        "trusted\n");
}

/* Only a newer service knows the word, but it is a result. */
static void an_unknown_result_is_not_running(void **state)
{
    (void)state;
    struct installs installs = {0};
    busy(&installs, 1, 0);
    learn(&installs, 2, 1, "\"product\":\"P\",\"result\":\"postponed\"");
    must_show(&installs, 10,
              HEAD_LINE "2026-11-22 10:41:07Z              10 s           -              P\n");
}

int rows_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_has_what_all_events_say),
        cmocka_unit_test(who_began_the_owner_is_in_the_row_if_nothing_else_is_known),
        cmocka_unit_test(several_in_a_period_follow_one_another),
        cmocka_unit_test(turns_are_put_to_what_ran_in_them),
        cmocka_unit_test(what_stands_still_is_said),
        cmocka_unit_test(what_is_no_installation_is_counted_and_no_row),
        cmocka_unit_test(an_unknown_result_is_not_running),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
