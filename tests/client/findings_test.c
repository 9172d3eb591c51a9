/* findings_test.c: the doctor's findings. For each there is a machine that has it and nothing else,
 * and a similar machine that does not have it. What findings are made of is read from the service's
 * answers, a simulated list of processes and a simulated event log. */
#include "client_test.h"

#include "cli/doctor/msiexecs.h"
#include "cli/doctor/records.h"
#include "lib/codes.h"
#include "played_processes.h"
#include "played_wevtapi.h"
#include "version.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define MINUTE_MS UINT64_C(60000)

#define FINE_ABOUT                                                                                 \
    "{\"version\":\"" MSIWATCH_VERSION                                                             \
    "\",\"journal\":{\"durable\":true,\"problem\":null,\"set_aside\":[]},"                         \
    "\"sensors\":{\"mutex\":\"ok\",\"install_log\":\"ok\"},\"sensor_problems\":{},"                \
    "\"settings_rejected\":[]}"
#define FINE_STATUS                                                                                \
    "{\"state\":\"idle\",\"reasons\":[],\"mutex\":{\"state\":\"free\"},\"reboot\":null,"           \
    "\"activity\":null,\"suspended\":false,\"turns\":null}"
#define FINE_METRICS "{\"turns_wedged_total\":0,\"install_records_malformed_total\":0}"

static struct doctor_facts facts;
static struct text out;

static void healthy(void)
{
    memset(&facts, 0, sizeof facts);
    facts.processes_known = true;
    facts.entry = ENTRY_RUNNING;
    facts.asked = true;
    facts.answer = CODE_OK;
    facts.seen.mutex.state = MUTEX_FREE;
    said_about(&facts.said, FINE_ABOUT);
    now_read(&facts.said.now, FINE_STATUS);
    said_metrics(&facts.said, FINE_METRICS);
}

static void about(const char *json)
{
    memset(&facts.said, 0, sizeof facts.said);
    said_about(&facts.said, json);
    now_read(&facts.said.now, FINE_STATUS);
}

static void no_answer(enum service_entry entry, uint32_t code)
{
    memset(&facts.said, 0, sizeof facts.said);
    facts.entry = entry;
    facts.answer = code;
}

static void one_msiexec(uint64_t age_ms)
{
    facts.msiexecs = 1;
    facts.msiexec[0] = (struct msiexec){.pid = 4711, .session = 2, .age_ms = age_ms};
}

static int end(void **state)
{
    (void)state;
    text_release(&out);
    return 0;
}

/* ---- machines ---- */

static void is_missing(void)
{
    facts.seen.msiserver.state = MSISERVER_MISSING;
}
static void is_denied_to_us(void)
{
    facts.seen.msiserver.state = MSISERVER_DENIED;
}
static void is_disabled(void)
{
    facts.msiserver_disabled = true;
}
static void forbids_all(void)
{
    facts.disable_msi = 2;
}
static void forbids_unmanaged(void)
{
    facts.disable_msi = 1;
}
static void forbids_nothing(void)
{
    facts.disable_msi = 0;
}
static void held_by_none(void)
{
    facts.seen.mutex.state = MUTEX_HELD;
    facts.seen.mutex.owner_known = true;
    facts.seen.mutex.owner_pid = 77;
    strcpy(facts.seen.mutex.owner_image, "C:\\Tools\\taker.exe");
    facts.held_throughout = findings_held_throughout(&facts.seen, &facts.seen);
    now_read(&facts.said.now, "{\"state\":\"busy\",\"mutex\":{\"state\":\"held\"}}");
}
static void held_by_msiexec(void)
{
    held_by_none();
    one_msiexec(MINUTE_MS);
}
static void held_by_one_that_ended_meanwhile(void)
{
    held_by_none();
    struct observation after = facts.seen;
    after.mutex.owner_tid++; /* the next owner, whose msiexec began after the list was made */
    facts.held_throughout = findings_held_throughout(&facts.seen, &after);
    after = facts.seen;
    after.mutex.state = MUTEX_FREE;
    assert_false(findings_held_throughout(&facts.seen, &after));
}
static void held_and_processes_unknown(void)
{
    held_by_none();
    facts.processes_known = false;
}
static void not_a_mutex(void)
{
    facts.seen.mutex.state = MUTEX_NOT_A_MUTEX;
    now_read(&facts.said.now, "{\"state\":\"unknown\",\"mutex\":{\"state\":\"not_a_mutex\","
                              "\"object_owner\":\"S-1-5-21-1\"}}");
}
static void stands_still(void)
{
    now_read(&facts.said.now, "{\"state\":\"busy\",\"mutex\":{\"state\":\"free\"},\"activity\":"
                              "{\"stalled\":true,\"still_ms\":2220000}}");
}
static void moves(void)
{
    now_read(&facts.said.now, "{\"state\":\"busy\",\"mutex\":{\"state\":\"free\"},\"activity\":"
                              "{\"stalled\":false,\"still_ms\":20000}}");
}
static void stopped(void)
{
    no_answer(ENTRY_STOPPED, CODE_NOT_ACTIVE);
    facts.entry_exit = 1067;
}
static void not_installed(void)
{
    no_answer(ENTRY_MISSING, CODE_NOT_ACTIVE);
}
static void on_a_console(void)
{
    facts.entry = ENTRY_MISSING; /* but a service answers */
}
static void denies_us(void)
{
    no_answer(ENTRY_RUNNING, CODE_DENIED);
}
/* The service runs, but that says nothing about the pipe that was asked. */
static void asked_by_another_pipe(void)
{
    denies_us();
    facts.answer = CODE_NOT_ACTIVE;
    strcpy(facts.other_pipe, "\\\\.\\pipe\\other");
}
static void answers_by_another_pipe(void)
{
    strcpy(facts.other_pipe, "\\\\.\\pipe\\other");
}
static void entry_not_readable(void)
{
    no_answer(ENTRY_UNREAD, CODE_NOT_ACTIVE); /* nobody can tell whether there should be a
                                               * service */
}
static void is_wrong(void)
{
    now_read(&facts.said.now, "{\"state\":\"idle\",\"mutex\":{\"state\":\"absent\"}}");
    facts.seen.mutex.state = MUTEX_HELD;
    one_msiexec(MINUTE_MS);
    facts.said.other_truth = said_other_truth(&facts.said, MUTEX_HELD, MUTEX_HELD);
}
static void changed_meanwhile(void)
{
    now_read(&facts.said.now, "{\"state\":\"idle\",\"mutex\":{\"state\":\"absent\"}}");
    facts.seen.mutex.state = MUTEX_FREE;
    facts.said.other_truth = said_other_truth(&facts.said, MUTEX_HELD, MUTEX_FREE);
}
static void denied_to_both(void)
{
    facts.seen.mutex.state = MUTEX_DENIED;
    now_read(&facts.said.now, "{\"state\":\"unknown\",\"mutex\":{\"state\":\"denied\"}}");
}
static void denied_to_us_alone(void)
{
    facts.seen.mutex.state = MUTEX_DENIED; /* a standard user may not read it, but the service
                                            * can */
    facts.said.other_truth = said_other_truth(&facts.said, MUTEX_DENIED, MUTEX_DENIED);
}
static void flaps(void)
{
    now_read(&facts.said.now, "{\"state\":\"busy\",\"reasons\":[\"mutex\",\"flapping\"],\"mutex\":"
                              "{\"state\":\"free\"}}");
}
static void busy_by_msiserver(void)
{
    now_read(&facts.said.now,
             "{\"state\":\"busy\",\"reasons\":[\"msiserver\"],\"mutex\":{\"state\":"
             "\"free\"}}");
}
static void turns_stand(void)
{
    said_metrics(&facts.said, "{\"turns_wedged_total\":2}");
}
static void turns_held(void)
{
    now_read(&facts.said.now, "{\"mutex\":{\"state\":\"free\"},\"turns\":{\"holder\":null,"
                              "\"waiting\":3,\"hold\":{\"until\":\"2026-11-22T12:00:00.000Z\","
                              "\"why\":\"patching\"}}}");
}
static void turn_out(void)
{
    now_read(&facts.said.now, "{\"mutex\":{\"state\":\"free\"},\"turns\":{\"holder\":{\"turn\":1,"
                              "\"pid\":5},\"waiting\":3,\"hold\":null}}");
}
static void log_is_deaf(void)
{
    about("{\"version\":\"" MSIWATCH_VERSION "\",\"sensors\":{\"mutex\":\"ok\",\"install_log\":"
          "\"unavailable\"},\"sensor_problems\":{\"install_log\":\"the service Windows Event Log "
          "does not run\"}}");
}
static void in_memory(void)
{
    about("{\"version\":\"" MSIWATCH_VERSION "\",\"journal\":{\"durable\":false,\"problem\":\"the "
          "disk is full\"}}");
}
static void two_settings(void)
{
    about("{\"version\":\"" MSIWATCH_VERSION "\",\"settings_rejected\":[{\"name\":\"Flapping\","
          "\"key\":\"Policies\",\"why\":\"takes a number\"},{\"name\":\"Log\"}]}");
}
static void set_aside(void)
{
    about("{\"version\":\"" MSIWATCH_VERSION "\",\"journal\":{\"durable\":true,\"set_aside\":["
          "\"events.db.1\"]}}");
}
static void another_version(void)
{
    about("{\"version\":\"9.8.7\"}");
}
static void log_unreadable(void)
{
    no_answer(ENTRY_UNREAD, CODE_NOT_ACTIVE);
    facts.log_error = 1717;
}
static void log_unreadable_to_us_alone(void)
{
    facts.log_error = 5;
}
static void lingers(void)
{
    one_msiexec(FINDINGS_OLD_MS + MINUTE_MS);
}
static void young(void)
{
    one_msiexec(FINDINGS_OLD_MS);
}
static void old_and_busy(void)
{
    lingers();
    now_read(&facts.said.now, "{\"state\":\"busy\",\"mutex\":{\"state\":\"free\"}}");
}
static void old_and_msiserver(void)
{
    lingers();
    facts.msiexec[0].server = true;
}
static void of_no_form(void)
{
    said_metrics(&facts.said, "{\"install_records_malformed_total\":1}");
    facts.unread = 2;
}
static void wants_restart(void)
{
    now_read(&facts.said.now, "{\"mutex\":{\"state\":\"free\"},\"reboot\":\"required\","
                              "\"reboot_by\":\"Example\"}");
}
static void wants_none(void)
{
    now_read(&facts.said.now, "{\"mutex\":{\"state\":\"free\"},\"reboot\":\"none\"}");
}
static void session_host(void)
{
    facts.session_host = true;
}
static void session_host_that_does_not_queue(void)
{
    facts.session_host = true;
    facts.rds_off = true;
}
static void has_remnants(void)
{
    now_read(&facts.said.now, "{\"mutex\":{\"state\":\"free\"},\"suspended\":true}");
}

static const struct machine {
    const char *name; /* of the finding */
    void (*shows)(void);
    void (*near_to_it)(void); /* a machine that does not have it; NULL: the healthy one */
    const char *part;         /* of its sentence */
} machines[] = {
    {"msiserver_missing", is_missing, is_denied_to_us, "msiserver, does not exist"},
    {"msiserver_disabled", is_disabled, NULL, "msiserver, is disabled"},
    {"policy_forbids_all", forbids_all, forbids_nothing, "DisableMSI is 2"},
    {"mutex_held_by_another", held_by_none, held_by_msiexec, "its owner is taker.exe (pid 77)"},
    {"mutex_held_by_another", held_by_none, held_and_processes_unknown, "no msiexec is running"},
    {"mutex_held_by_another", held_by_none, held_by_one_that_ended_meanwhile,
     "no msiexec is running"},
    {"mutex_is_none", not_a_mutex, NULL, "belongs to S-1-5-21-1"},
    {"stalled", stands_still, moves, "for 37 min"},
    {"service_stopped", stopped, NULL, "Windows error 1067"},
    {"service_unreachable", denies_us, entry_not_readable,
     "this user is not allowed to open its pipe"},
    {"service_unreachable", asked_by_another_pipe, answers_by_another_pipe,
     "reached at \\\\\\\\.\\\\pipe\\\\other: its pipe does not exist"},
    {"other_truth", is_wrong, changed_meanwhile,
     "mutex is absent, but this program sees that it is held"},
    {"mutex_unreadable", denied_to_both, denied_to_us_alone, "cannot be read (denied)"},
    {"flapping", flaps, busy_by_msiserver, "changes too often"},
    {"turns_wedged", turns_stand, NULL, "got stuck 2 times"},
    {"service_missing", not_installed, on_a_console, "not installed"},
    {"policy_forbids_unmanaged", forbids_unmanaged, forbids_nothing, "DisableMSI is 1"},
    {"turns_held", turns_held, turn_out, "until 2026-11-22T12:00:00.000Z: patching."},
    {"sensor_out", log_is_deaf, NULL, "install_log: the service Windows Event Log does not run."},
    {"journal_in_memory", in_memory, NULL, "lost when the service stops: the disk is full."},
    {"settings_ignored", two_settings, NULL, "Flapping in Policies: takes a number (and 1 more)."},
    {"event_log_unread", log_unreadable, log_unreadable_to_us_alone, "Windows error 1717"},
    {"msiexec_lingers", lingers, young,
     "msiexec (pid 4711, session 2) has been running for 31 min"},
    {"msiexec_lingers", lingers, old_and_busy, "nothing is being installed."},
    {"msiexec_lingers", lingers, old_and_msiserver, "nothing is being installed."},
    {"records_unread", of_no_form, NULL, "3 records of MsiInstaller"},
    {"restart_pending", wants_restart, wants_none,
     "(required, according to the event log) for Example."},
    {"rds_queues", session_host, session_host_that_does_not_queue, "Session Host"},
    {"suspended", has_remnants, NULL, "remnants"},
    {"journal_quarantined", set_aside, NULL, "(events.db.1)"},
    {"version_differs", another_version, NULL, "version 9.8.7"},
};

static uint64_t find(enum report_form form)
{
    struct report report = {.form = form, .out = &out};
    uint64_t found = 0;
    text_clear(&out);
    findings_add(&facts, &report, REPORT_FINDING, &found);
    return found;
}

static void each_machine_shows_its_finding_and_nothing_else(void **state)
{
    (void)state;
    uint64_t all = 0;
    for (size_t i = 0; i < COUNT_OF(machines); i++) {
        healthy();
        machines[i].shows();
        uint64_t found = find(REPORT_JSON);
        struct text begin = {0};
        text_addf(&begin, "\"subject\":\"%s\",\"severity\":", machines[i].name);
        must(found != 0 && (found & (found - 1)) == 0, "%s: not one finding: %s", machines[i].name,
             out.data);
        must(strstr(out.data, begin.data) != NULL, "not %s, but %s", machines[i].name, out.data);
        must(strstr(out.data, machines[i].part) != NULL, "no \"%s\" in %s", machines[i].part,
             out.data);
        text_release(&begin);
        all |= found;
        healthy();
        if (machines[i].near_to_it != NULL) {
            machines[i].near_to_it();
        }
        must(find(REPORT_JSON) == 0, "near to %s: %s", machines[i].name, out.data);
        assert_true(out.size == 0);
    }
    must(all == (UINT64_C(1) << findings_count) - 1, "findings without a machine: not %llx",
         (unsigned long long)all);
}

static void the_most_severe_comes_first_and_the_report_begins_with_it(void **state)
{
    (void)state;
    healthy();
    wants_restart();
    facts.msiserver_disabled = true;
    facts.msiexecs = 1;
    facts.msiexec[0] = (struct msiexec){.pid = 9, .age_ms = 2 * FINDINGS_OLD_MS};
    find(REPORT_TEXT);
    assert_string_equal(
        out.data,
        "Findings\n"
        "  problem  Windows Installer's service, msiserver, is disabled, so installations fail "
        "(1601, 1058).\n"
        "           To do: run \"sc.exe config msiserver start= demand\", and find out which "
        "policy "
        "or script disabled the service\n"
        "  warning  msiexec (pid 9, session 0) has been running for 1 h 0 min although nothing is "
        "being "
        "installed.\n"
        "           To do: look in its session for a dialog that waits for an answer\n"
        "  note     Windows must be restarted (required, according to the event log) for Example.\n"
        "           To do: restart Windows\n");
}

static void a_healthy_machine_is_said_to_be_one_but_a_table_has_no_findings(void **state)
{
    (void)state;
    struct report report = {.form = REPORT_TEXT, .out = &out};
    struct text apart = {0};
    struct report gathered = {.form = REPORT_TEXT, .out = &apart};
    uint64_t found = 0;
    healthy();
    report_fact(&gathered, "windows.version", "10.0");
    findings_add(&facts, &report, REPORT_FINDING, &found);
    report_append(&report, &gathered);
    assert_string_equal(out.data, "Findings\n"
                                  "  No problems found.\n"
                                  "\nFacts\n"
                                  "  windows.version                 10.0\n");
    text_release(&apart);
    is_disabled();
    find(REPORT_CSV);
    assert_true(out.size == 0);
}

static void what_comes_up_later_is_added_and_nothing_is_said_twice(void **state)
{
    (void)state;
    struct report report = {.form = REPORT_TEXT, .out = &out};
    uint64_t found = 0;
    healthy();
    is_disabled();
    findings_add(&facts, &report, REPORT_FINDING, &found);
    text_clear(&out);
    findings_add(&facts, &report, REPORT_LATE_FINDING, &found);
    assert_true(out.size == 0);
    flaps();
    findings_add(&facts, &report, REPORT_LATE_FINDING, &found);
    must(strncmp(out.data,
                 "\nFindings since the start\n  problem  Windows Installer's mutex changes",
                 68) == 0,
         "%s", out.data);
}

static void what_the_service_recorded_stands_at_its_time(void **state)
{
    (void)state;
    struct report report = {.form = REPORT_TEXT, .out = &out};
    struct report_row row = {.kind = REPORT_HISTORY,
                             .at_ms = INT64_C(1795344067000),
                             .offset_ms = REPORT_BEFORE,
                             .subject = "transition",
                             .from = "idle",
                             .to = "busy"};
    report_row(&report, &row);
    row.offset_ms = 1250;
    report_row(&report, &row);
    report.form = REPORT_JSON;
    report_row(&report, &row);
    row.offset_ms = REPORT_BEFORE;
    report_row(&report, &row);
    report.form = REPORT_CSV;
    report_row(&report, &row);
    assert_string_equal(
        out.data,
        "Events that the service recorded\n"
        "  2026-11-22T10:41:07.000Z transition idle -> busy\n"
        "     1.250 s  transition          idle -> busy\n"
        "{\"kind\":\"history\",\"at\":\"2026-11-22T10:41:07.000Z\",\"offset_ms\":1250,\"subject\":"
        "\"transition\",\"from\":\"idle\",\"to\":\"busy\",\"detail\":\"\"}\n"
        "{\"kind\":\"history\",\"at\":\"2026-11-22T10:41:07.000Z\",\"subject\":\"transition\","
        "\"from\":\"idle\",\"to\":\"busy\",\"detail\":\"\"}\n");
}

static void an_answer_that_is_none_finds_nothing(void **state)
{
    (void)state;
    static const char *const answers[] = {"", "[]", "7", "{\"sensors\":[],\"journal\":3}",
                                          "{\"mutex\":{\"state\":\"new\"},\"reasons\":{}}"};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        healthy();
        memset(&facts.said, 0, sizeof facts.said);
        said_about(&facts.said, answers[i]);
        now_read(&facts.said.now, answers[i]);
        said_metrics(&facts.said, answers[i]);
        must(find(REPORT_JSON) == 0, "%s: %s", answers[i], out.data);
    }
}

/* ---- processes ---- */

static void every_msiexec_is_listed_with_its_age_session_and_parent(void **state)
{
    (void)state;
    static struct played_processes machine;
    /* 2026-11-22T10:41:07Z, in 100 ns since 1601 */
    const uint64_t now = (UINT64_C(1795344067000) + UINT64_C(11644473600000)) * 10000;
    const uint64_t minute = UINT64_C(60) * 10000000;
    struct report report = {.form = REPORT_TEXT, .out = &out};
    played_processes_init(&machine);
    played_process(&machine, 672, 1, now - 900 * minute, "services.exe");
    played_process(&machine, 4242, 672, now - 3 * minute, "msiexec.exe")->cpu_ms = 1500;
    played_process(&machine, 5000, 4999, now - 90 * minute, "MsiExec.exe")->session = 2;
    played_process(&machine, 5001, 672, now - minute, "notmsiexec.exe");
    played_process(&machine, 5002, 5003, now - 2 * minute, "msiexec.exe");
    played_process(&machine, 5003, 1, now - minute,
                   "later.exe"); /* its parent's id is used again */
    healthy();
    msiexecs_read(&facts, &machine.calls, 4242, INT64_C(1795344067000));
    msiexecs_report(&facts, &report);
    assert_string_equal(out.data,
                        "Facts\n"
                        "  msiexec                         pid 4242 (msiserver), session "
                        "0, running for 3 min 0 s, 1500 ms of CPU, parent 672 services.exe\n"
                        "  msiexec                         pid 5000, session 2, running for 1 h "
                        "30 min, 0 ms of CPU, parent has ended\n"
                        "  msiexec                         pid 5002, session 0, running for 2 "
                        "min 0 s, 0 ms of CPU, parent has ended\n");
    assert_int_equal(machine.opened, 0);
    must(find(REPORT_JSON) != 0 && strstr(out.data, "pid 5000, session 2") != NULL, "%s", out.data);
}

static void a_list_that_cannot_be_read_is_not_an_empty_one(void **state)
{
    (void)state;
    static struct played_processes machine;
    struct report report = {.form = REPORT_TEXT, .out = &out};
    played_processes_init(&machine);
    played_process(&machine, 672, 1, 1, "services.exe");
    healthy();
    held_by_none();
    msiexecs_read(&facts, &machine.calls, 0, 0);
    assert_int_not_equal(find(REPORT_JSON), 0);
    machine.fails = 0xC0000022u; /* STATUS_ACCESS_DENIED */
    msiexecs_read(&facts, &machine.calls, 0, 0);
    assert_int_equal(find(REPORT_JSON), 0);
    msiexecs_report(&facts, &report);
    assert_non_null(strstr(out.data, "processes cannot be listed"));
    machine.fails = 0;
    for (uint32_t pid = 1000; pid < 1000 + FACTS_MSIEXECS + 5; pid++) {
        played_process(&machine, pid, 672, pid, "msiexec.exe");
    }
    msiexecs_read(&facts, &machine.calls, 0, 0);
    assert_int_equal(facts.msiexecs, FACTS_MSIEXECS + 5);
    text_clear(&out);
    msiexecs_report(&facts, &report);
    assert_non_null(strstr(out.data, "and more"));
}

/* ---- records ---- */

static void the_records_of_the_past_say_their_form_and_who_wrote_them(void **state)
{
    (void)state;
    static const char *const strings[] = {"x", NULL};
    struct played_record old = {.event_id = 1033, .at_ms = 5000, .old_form = true};
    struct played_record written = {.event_id = 1033, .at_ms = 6000, .writer_pid = 4112};
    struct records records = {0};
    struct report report = {.form = REPORT_TEXT, .out = &out};
    bool signal = false;
    played_begin(100);
    played.now_ms = 7000;
    played_write(&old);
    played_write(&written);
    played_write(&written);
    played_write_strings(1040, strings);
    assert_int_equal(records_read_past(&records, played_api(), &signal), 0);
    records_report(&records, &report, REPORT_FACT);
    assert_string_equal(out.data,
                        "Facts\n"
                        "  records.form                    3 new, 1 old (whole seconds), "
                        "0 unknown\n"
                        "  records.writers                 pid 4112; 2 without a process id\n");
    played.stopped = true;
    memset(&records, 0, sizeof records);
    assert_int_not_equal(records_read_past(&records, played_api(), &signal), 0);
    played.stopped = false;
    played_end();
}

static void records_that_cannot_be_rendered_are_a_finding_and_the_past_is_bounded(void **state)
{
    (void)state;
    struct records records = {0};
    struct played_record one = {.event_id = 1033, .at_ms = 6000, .writer_pid = 1};
    bool signal = false;
    played_begin(100);
    played.now_ms = 7000;
    for (uint32_t i = 0; i < RECORDS_PAST + 500; i++) {
        one.writer_pid = 1 + i;
        played_write(&one);
    }
    assert_int_equal(records_read_past(&records, played_api(), &signal), 0);
    assert_in_range(records.new_form, RECORDS_PAST - 1, RECORDS_PAST + 1);
    assert_int_not_equal(records.writers[0], 1); /* the newest, not the oldest */
    assert_int_equal(records.writer_count, RECORDS_WRITERS);
    memset(&records, 0, sizeof records);
    static char huge[200000];
    memset(huge, 'x', sizeof huge - 1);
    const char *const strings[] = {huge, NULL};
    played_write_strings(1033, strings);
    assert_int_equal(records_read_past(&records, played_api(), &signal), 0);
    healthy();
    facts.unread = records.unread;
    must(find(REPORT_JSON) != 0 && strstr(out.data, "records_unread") != NULL, "%s", out.data);
    played_end();
}

int findings_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_machine_shows_its_finding_and_nothing_else, end),
        cmocka_unit_test_teardown(the_most_severe_comes_first_and_the_report_begins_with_it, end),
        cmocka_unit_test_teardown(a_healthy_machine_is_said_to_be_one_but_a_table_has_no_findings,
                                  end),
        cmocka_unit_test_teardown(what_comes_up_later_is_added_and_nothing_is_said_twice, end),
        cmocka_unit_test_teardown(what_the_service_recorded_stands_at_its_time, end),
        cmocka_unit_test_teardown(an_answer_that_is_none_finds_nothing, end),
        cmocka_unit_test_teardown(every_msiexec_is_listed_with_its_age_session_and_parent, end),
        cmocka_unit_test_teardown(a_list_that_cannot_be_read_is_not_an_empty_one, end),
        cmocka_unit_test_teardown(the_records_of_the_past_say_their_form_and_who_wrote_them, end),
        cmocka_unit_test_teardown(
            records_that_cannot_be_rendered_are_a_finding_and_the_past_is_bounded, end),
    };
    return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
