/* show_test.c: shows people what the service says. */
#include "client_test.h"

#include "cli/base/json.h"
#include "cli/base/show.h"
#include "cli/base/show_event.h"

#include <string.h>

#define AT INT64_C(1795344067000) /* 2026-11-22T10:41:07Z */

static int utc(int64_t wall_ms)
{
    (void)wall_ms;
    return 0;
}

static const struct msiwatch_status held = {
    .size = sizeof held,
    .state = MSIWATCH_BUSY,
    .seq = 129,
    .since_ms = AT,
    .sampled_at_ms = AT + 12345,
    .reasons = MSIWATCH_REASON_MUTEX,
    .mutex = MSIWATCH_MUTEX_HELD,
    .owner_known = 1,
    .owner_pid = 4242,
    .msiserver = MSIWATCH_MSISERVER_RUNNING,
    .msiserver_controls = 4,
    .msiserver_pid = 977,
    .msiserver_says_busy = 1,
    .ui_clients = 1,
    .owner_image = "C:\\Windows\\System32\\msiexec.exe",
};

static void check_state(const struct msiwatch_status *status, const char *wanted)
{
    struct text out = {0};
    show_state(&out, status, utc);
    assert_string_equal(out.data, wanted);
    text_release(&out);
}

static void busy_says_since_when_and_who(void **state)
{
    (void)state;
    struct msiwatch_status status = held;
    check_state(&status,
                "busy since 2026-11-22 10:41:07Z (12 s): mutex held by msiexec.exe (pid 4242)\n");
    status.reasons |= MSIWATCH_REASON_MSISERVER | MSIWATCH_REASON_FLAPPING;
    check_state(&status, "busy since 2026-11-22 10:41:07Z (12 s): mutex held by msiexec.exe (pid "
                         "4242); msiserver reports busy; the mutex changes too fast to follow\n");
}

static void an_owner_is_shown_if_known(void **state)
{
    (void)state;
    struct msiwatch_status status = held;
    status.owner_image[0] = '\0';
    check_state(&status, "busy since 2026-11-22 10:41:07Z (12 s): mutex held by pid 4242\n");
    status.owner_known = 0;
    check_state(&status, "busy since 2026-11-22 10:41:07Z (12 s): mutex held\n");
    status = held;
    status.owner_foreign = 1;
    memcpy(status.owner_image, "D:/x/evil\x1b[2J.exe", 18);
    check_state(&status, "busy since 2026-11-22 10:41:07Z (12 s): mutex held by evil?[2J.exe (pid "
                         "4242), which is not Windows Installer\n");
}

static void idle_and_unknown_say_why_where_there_is_a_why(void **state)
{
    (void)state;
    struct msiwatch_status status = {.since_ms = AT, .sampled_at_ms = AT + 11400000};
    status.state = MSIWATCH_IDLE;
    check_state(&status, "idle since 2026-11-22 10:41:07Z (3 h 10 min)\n");
    status.state = MSIWATCH_UNKNOWN;
    check_state(&status, "unknown since 2026-11-22 10:41:07Z (3 h 10 min)\n");
    status.mutex = MSIWATCH_MUTEX_DENIED;
    check_state(&status,
                "unknown since 2026-11-22 10:41:07Z (3 h 10 min): the service is not allowed to "
                "read the mutex\n");
    status.sampled_at_ms = AT - 1; /* a wall clock that was set back */
    check_state(
        &status,
        "unknown since 2026-11-22 10:41:07Z: the service is not allowed to read the mutex\n");
}

static void status_has_a_line_for_each_thing_that_was_read(void **state)
{
    (void)state;
    struct msiwatch_status status = held;
    struct text out = {0};
    status.suspended = 1;
    show_status(&out, &status, utc);
    assert_string_equal(
        out.data, "busy since 2026-11-22 10:41:07Z (12 s): mutex held by msiexec.exe (pid 4242)\n"
                  "  mutex      held by C:\\Windows\\System32\\msiexec.exe (pid 4242)\n"
                  "  msiserver  running (pid 977), controls accepted 0x4: reports busy (ignored: "
                  "see Signals)\n"
                  "  msiexec    1 other process\n"
                  "  suspended  an incomplete installation left remnants\n"
                  "  last event 129; sampled at 2026-11-22 10:41:19.345Z\n");
    text_release(&out);
}

static void check_event(const struct msiwatch_event *event, const char *json, const char *wanted,
                        const char *wanted_csv)
{
    struct text out = {0};
    show_event(&out, event, json, utc);
    assert_string_equal(out.data, wanted);
    text_clear(&out);
    show_csv_event(&out, event, json);
    assert_string_equal(out.data, wanted_csv);
    text_release(&out);
}

static void an_event_is_one_line_in_columns_and_one_of_csv(void **state)
{
    (void)state;
    struct msiwatch_event event = {.kind = MSIWATCH_EVENT_TRANSITION,
                                   .seq = 7,
                                   .at_ms = AT,
                                   .from = MSIWATCH_IDLE,
                                   .to = MSIWATCH_BUSY,
                                   .reasons = MSIWATCH_REASON_MUTEX | MSIWATCH_REASON_MSISERVER,
                                   .after_known = 1,
                                   .after_ms = 53211};
    check_event(
        &event, "", "2026-11-22 10:41:07.000Z  busy     mutex, msiserver  after 53 s idle\n",
        "7,transition,2026-11-22T10:41:07.000Z,idle,busy,mutex+msiserver,53211" CSV_NO_INSTALL);
    event.from = MSIWATCH_BUSY;
    event.reasons = MSIWATCH_REASON_MUTEX;
    check_event(&event, "",
                "2026-11-22 10:41:07.000Z  busy     mutex             after 53 s busy (another "
                "installation)\n",
                "7,transition,2026-11-22T10:41:07.000Z,busy,busy,mutex,53211" CSV_NO_INSTALL);
    event.to = MSIWATCH_UNKNOWN;
    event.reasons = 0;
    event.after_known = 0;
    check_event(&event, "", "2026-11-22 10:41:07.000Z  unknown                    was busy\n",
                "7,transition,2026-11-22T10:41:07.000Z,busy,unknown,," CSV_NO_INSTALL);
}

static void what_is_known_about_an_installation_is_shown(void **state)
{
    (void)state;
    struct msiwatch_event event = {
        .kind = MSIWATCH_EVENT_INSTALL, .seq = 9, .at_ms = AT, .first = 7};
    check_event(
        &event,
        "{\"install\":{\"product\":\"Exa\\u001bmple\",\"version\":\"1.2\",\"result\":"
        "\"success\",\"status\":0,\"reboot\":\"none\",\"source\":\"eventlog\",\"trusted\":true,"
        "\"product_code\":\"{1}\"}}",
        "2026-11-22 10:41:07.000Z  install                    Exa?mple 1.2 success (of "
        "event 7) (event log)\n",
        "9,install,2026-11-22T10:41:07.000Z,,,,,7,Exa?mple,1.2,,success,0,none,,{1},true,"
        "eventlog,\n");
    check_event(
        &event,
        "{\"install\":{\"product\":\"=1+1, \\\"x\\\"\",\"package\":\"x.msi\",\"client_pid\":"
        "977,\"action\":\"install\",\"result\":\"failure\",\"status\":1603,\"reboot\":"
        "\"required\",\"further\":2,\"trusted\":false}}",
        "2026-11-22 10:41:07.000Z  install                    =1+1, \"x\" x.msi install "
        "failure 1603, restart required, by pid 977, and 2 more (of event 7) (event log, "
        "not trusted)\n",
        "9,install,2026-11-22T10:41:07.000Z,,,,,7,\"'=1+1, \"\"x\"\"\",,x.msi,failure,1603,"
        "required,install,,false,,977\n");
    event.kind = MSIWATCH_EVENT_OTHER;
    event.first = 0;
    check_event(&event, "not JSON", "2026-11-22 10:41:07.000Z  other                     \n",
                "9,other,2026-11-22T10:41:07.000Z,,,," CSV_NO_INSTALL);
}

static void what_is_being_installed_is_shown_with_the_state(void **state)
{
    struct text out = {0};
    (void)state;
    show_installing(&out, "{\"install\":null,\"reboot\":\"none\"}");
    assert_null(out.data);
    show_installing(&out, "{\"install\":{\"package\":\"x\\u001b.msi\",\"client_pid\":977},"
                          "\"reboot\":\"required\"}");
    assert_string_equal(out.data, "  installing x?.msi, requested by pid 977 (event log)\n"
                                  "  restart    required (event log)\n");
    text_release(&out);
}

#define OWNER                                                                                      \
    "\"mutex\":{\"owner_started_by\":{\"pid\":7,\"image\":\"C:\\\\CCM\\\\Ccm\\u001bExec.exe\"}}"

static void who_is_busy_is_one_line(void **state)
{
    static const struct {
        const char *json, *line;
    } table[] = {
        {"{\"install\":null}", NULL},
        {"{\"install\":{\"client_pid\":4}}", NULL},
        {"{\"install\":{\"product\":\"Contoso Agent\",\"version\":\"4.2\",\"package\":"
         "\"C:\\\\x\\\\agent.msi\",\"started_by\":{\"pid\":7,\"image\":\"C:\\\\CCM\\\\CcmExec."
         "exe\"}}}",
         "busy for 3 min: Contoso Agent 4.2 (agent.msi), started by CcmExec.exe (event log)\n"},
        {"{\"install\":{\"product\":null,\"version\":null,\"package\":\"C:\\\\x\\\\a\\u001bgent."
         "msi\","
         "\"started_by\":null,\"trusted\":false}}",
         "busy for 3 min: a?gent.msi (event log, not trusted)\n"},
        /* Without a record, who started the mutex's owner; with one, only what the record says. */
        {"{\"install\":null," OWNER "}", "busy for 3 min: setup.exe, started by Ccm?Exec.exe\n"},
        {"{\"install\":{\"package\":\"a.msi\",\"started_by\":null}," OWNER "}",
         "busy for 3 min: a.msi (event log)\n"},
        {"{\"install\":null,\"mutex\":{\"owner_started_by\":null}}", NULL},
    };
    struct msiwatch_status status = {.state = MSIWATCH_BUSY,
                                     .since_ms = AT,
                                     .sampled_at_ms = AT + 185000,
                                     .owner_image = "C:\\x\\setup.exe"};
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct text out = {0};
        show_summary(&out, &status, table[i].json);
        if (table[i].line == NULL) {
            assert_null(out.data);
        } else {
            assert_string_equal(out.data, table[i].line);
        }
        text_release(&out);
    }
    struct text out = {0};
    status.state = MSIWATCH_IDLE;
    show_summary(&out, &status, table[2].json);
    assert_null(out.data);
}

static void an_installation_that_stands_still_is_shown(void **state)
{
    struct text out = {0};
    (void)state;
    show_installing(&out, "{\"install\":{\"package\":\"x.msi\",\"in_use\":{\"process\":"
                          "\"explorer.exe\",\"pid\":3300}},\"activity\":{\"stalled\":true,"
                          "\"still_ms\":2220000},\"reboot\":\"initiated\",\"reboot_by\":\"P7\","
                          "\"reboot_at\":\"2026-11-22T10:41:07.000Z\"}");
    assert_string_equal(
        out.data, "  installing x.msi (event log)\n"
                  "  stalled    no CPU or I/O in the installer's own processes for 37 min 0 s; "
                  "a file is in use by explorer.exe (3300)\n"
                  "  restart    initiated (event log), by P7, at 2026-11-22T10:41:07.000Z\n");
    text_clear(&out);
    show_installing(&out, "{\"install\":null,\"activity\":{\"stalled\":false,\"still_ms\":9}}");
    assert_int_equal(out.size, 0);
    text_release(&out);

    struct msiwatch_event event = {
        .kind = MSIWATCH_EVENT_ACTIVITY, .seq = 9, .at_ms = AT, .first = 7};
    check_event(&event, "{\"stalled\":true,\"still_ms\":300000}",
                "2026-11-22 10:41:07.000Z  activity                   no CPU or I/O in the "
                "installer's own processes for 5 min 0 s (of event 7)\n",
                "9,activity,2026-11-22T10:41:07.000Z,,,,300000,7,,,,stalled,,,,,,,\n");
    check_event(&event, "{\"stalled\":false,\"still_ms\":310000}",
                "2026-11-22 10:41:07.000Z  activity                   no longer stalled, "
                "after 5 min 10 s (of event 7)\n",
                "9,activity,2026-11-22T10:41:07.000Z,,,,310000,7,,,,moving,,,,,,,\n");
}

static void gaps_and_resets_stand_out(void **state)
{
    (void)state;
    struct msiwatch_event gap = {.kind = MSIWATCH_EVENT_GAP, .first = 3, .seq = 9};
    struct msiwatch_event reset = {.kind = MSIWATCH_EVENT_RESET, .seq = 4, .journal = "a,b\"c"};
    check_event(&gap, "", "-- gap: events 3 to 9 are no longer in the journal\n",
                ",gap,,3,9,," CSV_NO_INSTALL);
    check_event(&reset, "", "-- reset: a new journal begins: a,b\"c\n",
                ",reset,,,\"a,b\"\"c\",," CSV_NO_INSTALL);
}

static void check_announcement(const struct msiwatch_event *event, const char *wanted)
{
    struct text out = {0};
    json_add_announcement(&out, event, 7);
    assert_string_equal(out.data, wanted);
    text_release(&out);
}

static void announcements_in_json_are_the_protocols_notifications(void **state)
{
    (void)state;
    struct msiwatch_event event = {.kind = MSIWATCH_EVENT_GAP, .first = 3, .seq = 9};
    check_announcement(&event, "{\"jsonrpc\":\"2.0\",\"method\":\"gap\",\"params\":{"
                               "\"subscription\":7,\"from\":3,\"to\":9}}\n");
    event = (struct msiwatch_event){
        .kind = MSIWATCH_EVENT_RESET, .seq = MSIWATCH_SEQ_LAST, .journal = "a\"b"};
    check_announcement(&event, "{\"jsonrpc\":\"2.0\",\"method\":\"reset\",\"params\":{"
                               "\"subscription\":7,\"journal\":\"a\\\"b\",\"after\":null}}\n");
}

static void an_object_is_lines_of_names_and_values(void **state)
{
    (void)state;
    struct text out = {0};
    show_object(&out, "{\"a\":1,\"b\":{\"c\":\"x\\u001b\",\"d\":{\"e\":[1,null]}},\"f\":true,"
                      "\"g\":[],\"h\":[{\"i\":\"y\"},2,[3]]}");
    assert_string_equal(out.data, "a                               1\n"
                                  "b.c                             x?\n"
                                  "b.d.e                           1, null\n"
                                  "f                               true\n"
                                  "g                               none\n"
                                  "h.1.i                           y\n"
                                  "h.2                             2\n"
                                  "h.3                             3\n");
    text_clear(&out);
    show_object(&out, "[1]");
    show_object(&out, "nonsense");
    show_object(&out, "{}");
    assert_int_equal(out.size, 0);
    show_object(&out, "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}}");
    assert_string_equal(out.data, "a.a.a.a.a.a.a.a                 {\"a\":{}}\n");
    text_release(&out);
}

int show_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(busy_says_since_when_and_who),
        cmocka_unit_test(an_owner_is_shown_if_known),
        cmocka_unit_test(idle_and_unknown_say_why_where_there_is_a_why),
        cmocka_unit_test(status_has_a_line_for_each_thing_that_was_read),
        cmocka_unit_test(an_event_is_one_line_in_columns_and_one_of_csv),
        cmocka_unit_test(what_is_known_about_an_installation_is_shown),
        cmocka_unit_test(what_is_being_installed_is_shown_with_the_state),
        cmocka_unit_test(who_is_busy_is_one_line),
        cmocka_unit_test(an_installation_that_stands_still_is_shown),
        cmocka_unit_test(gaps_and_resets_stand_out),
        cmocka_unit_test(announcements_in_json_are_the_protocols_notifications),
        cmocka_unit_test(an_object_is_lines_of_names_and_values),
    };
    return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
