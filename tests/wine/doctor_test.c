/* doctor_test.c: msiwatch doctor, which samples by itself: its timeline has every edge that the rig
 * made, each within the gap that it says it had between two samples; and its report says what the
 * service does. */
#include "fixture.h"

#include "common/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INSTALLER_KEY "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer"

/* Rounds of edges are made for this long, but one at least; then Ctrl-C ends the doctor. So how
 * slow the machine is does not matter. */
#define ROUNDS_MS 3000

#define MOST_EDGES 4096u

struct edge {
    char subject[24], from[32], to[32];
    int64_t at_ms;
};

/* What was done, and when: begun and over. */
struct deed {
    const char *subject, *to;
    int64_t begun_ms, over_ms;
};

enum { SUBJECTS = 5 };
static const char *const subjects[SUBJECTS] = {"mutex", "msiserver", "controls", "installer_key",
                                               "in_progress"};

static struct {
    struct child *child;
    struct edge edges[MOST_EDGES];
    size_t count;
    struct deed deeds[MOST_EDGES];
    size_t done;
    size_t next[SUBJECTS]; /* of a subject, the first edge that no deed has accounted for */
} doctor;

/* ---- its report ---- */

/* The next field of a CSV line; those here have no quotes but in the last one. */
static const char *next_field(const char *at, char *to, size_t size)
{
    size_t length = strcspn(at, ",\n");
    snprintf(to, size, "%.*s", (int)length, at);
    return at + length + (at[length] == ',');
}

/* Reads the edges printed so far. A line that is not whole yet is left for the next time. */
static void read_edges(void)
{
    const char *line = child_output(doctor.child), *end;
    doctor.count = 0;
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        struct edge *edge = &doctor.edges[doctor.count];
        char at[40], offset[24];
        if (strncmp(line, "edge,", 5) != 0) {
            continue;
        }
        must(doctor.count + 1 < MOST_EDGES, "more edges than were made");
        const char *field = next_field(line + 5, at, sizeof at);
        field = next_field(field, offset, sizeof offset);
        field = next_field(field, edge->subject, sizeof edge->subject);
        field = next_field(field, edge->from, sizeof edge->from);
        next_field(field, edge->to, sizeof edge->to);
        must(time_parse(at, &edge->at_ms), "not a time: %s", at);
        doctor.count++;
    }
}

/* The last edge of that subject; NULL: none yet. */
static const struct edge *last_edge(const char *subject)
{
    read_edges();
    for (size_t i = doctor.count; i-- > 0;) {
        if (strcmp(doctor.edges[i].subject, subject) == 0) {
            return &doctor.edges[i];
        }
    }
    return NULL;
}

static bool is_at(const char *subject, const char *to)
{
    const struct edge *edge = last_edge(subject);
    return edge != NULL && strcmp(edge->to, to) == 0;
}

static int64_t total(const char *subject)
{
    char begin[64];
    snprintf(begin, sizeof begin, "\ntotal,,,%s,,", subject);
    const char *line = strstr(child_output(doctor.child), begin);
    must(line != NULL, "no total %s", subject);
    return strtoll(line + strlen(begin), NULL, 10);
}

/* ---- what is done ---- */

static void begin_deed(const char *subject, const char *to)
{
    must(doctor.done < MOST_EDGES, "too many deeds");
    doctor.deeds[doctor.done] = (struct deed){
        .subject = subject, .to = to, .begun_ms = rig_now_ms()};
}

static size_t subject_index(const char *subject)
{
    size_t i = 0;
    while (i < SUBJECTS && strcmp(subjects[i], subject) != 0) {
        i++;
    }
    assert_in_range(i, 0, SUBJECTS - 1);
    return i;
}

/* Whether there is an edge to that, later than those that other deeds made. It may be over again
 * by now: a pending start, a change of the key. */
static bool has_come(const struct deed *deed)
{
    size_t *next = &doctor.next[subject_index(deed->subject)];
    read_edges();
    for (size_t i = *next; i < doctor.count; i++) {
        if (strcmp(doctor.edges[i].subject, deed->subject) == 0 &&
            strcmp(doctor.edges[i].to, deed->to) == 0) {
            *next = i + 1;
            return true;
        }
    }
    Sleep(10); /* reading costs more than the doctor's own work */
    return false;
}

/* Waits until the doctor has seen it: what follows at once might be seen in the same sample. */
static void end_deed(void)
{
    struct deed *deed = &doctor.deeds[doctor.done++];
    deed->over_ms = rig_now_ms();
    for (int64_t end = rig_now_ms() + LIMIT_MS; !has_come(deed);) {
        must(rig_now_ms() < end, "%s: %s was never seen; the report:\n%s", deed->subject, deed->to,
             child_output(doctor.child));
    }
}

static void mutex_round(void)
{
    static struct holder holder;
    begin_deed("mutex", "free");
    holder_open(&holder, "O:SYG:SYD:(A;;GA;;;WD)");
    end_deed();
    begin_deed("mutex", "held");
    holder_take(&holder);
    end_deed();
    begin_deed("mutex", "free");
    holder_release(&holder);
    end_deed();
    begin_deed("mutex", "held");
    holder_take(&holder);
    end_deed();
    begin_deed("mutex", "abandoned");
    holder_abandon(&holder);
    end_deed();
    begin_deed("mutex", "absent");
    holder_close(&holder);
    end_deed();
    begin_deed("mutex", "denied");
    holder_open(&holder, "O:SYG:SYD:");
    end_deed();
    begin_deed("mutex", "absent");
    holder_close(&holder);
    end_deed();
}

static void must_succeed(const char *what, DWORD error)
{
    must(error == ERROR_SUCCESS, "%s: error %lu", what, error);
}

static void set_controls(enum standin_controls controls, const char *shown)
{
    begin_deed("controls", shown);
    must_succeed(shown, standin_set(controls));
    end_deed();
}

static void msiserver_round(void)
{
    begin_deed("msiserver", "start_pending");
    must_succeed("start", standin_start(STANDIN_STOP_SHUTDOWN, 200));
    end_deed();
    begin_deed("msiserver", "running"); /* by itself */
    end_deed();
    must_become(is_at("controls", "0x5 stop+shutdown"));
    set_controls(STANDIN_SHUTDOWN, "0x4 shutdown");
    set_controls(STANDIN_STOP, "0x1 stop");
    set_controls(STANDIN_SHUTDOWN, "0x4 shutdown");
    set_controls(STANDIN_STOP_SHUTDOWN, "0x5 stop+shutdown");
    begin_deed("msiserver", "stopped");
    must_succeed("stop", standin_stop());
    end_deed();
}

static void registry_round(void)
{
    HKEY key;
    begin_deed("in_progress", "exists");
    must_succeed("RegCreateKeyEx",
                 (DWORD)RegCreateKeyExA(HKEY_LOCAL_MACHINE, INSTALLER_KEY "\\InProgress", 0, NULL,
                                        0, KEY_WRITE | KEY_WOW64_64KEY, NULL, &key, NULL));
    end_deed();
    must_become(is_at("installer_key", "quiet"));
    begin_deed("installer_key", "changing");
    must_succeed("RegSetValueEx",
                 (DWORD)RegSetValueExA(key, "product", 0, REG_SZ, (const BYTE *)"x", 2));
    end_deed();
    must_become(is_at("installer_key", "quiet"));
    RegCloseKey(key);
    begin_deed("in_progress", "absent");
    must_succeed("RegDeleteKeyEx",
                 (DWORD)RegDeleteKeyExA(HKEY_LOCAL_MACHINE, INSTALLER_KEY "\\InProgress",
                                        KEY_WOW64_64KEY, 0));
    end_deed();
    must_become(is_at("installer_key", "quiet"));
}

/* ---- what must hold of the two ---- */

/* Rows of a subject follow from each other: each begins where the one before ended. */
static void must_be_a_chain(const char *subject)
{
    const struct edge *before = NULL;
    for (size_t i = 0; i < doctor.count; i++) {
        const struct edge *edge = &doctor.edges[i];
        if (strcmp(edge->subject, subject) == 0) {
            must(strcmp(edge->from, before == NULL ? "" : before->to) == 0, "%s: %s follows %s",
                 subject, edge->from, before == NULL ? "nothing" : before->to);
            before = edge;
        }
    }
    must(before != NULL, "no edge of %s", subject);
}

/* The deeds of a subject are among its edges, in their order, at their times. */
static size_t must_have_seen(const char *subject, int64_t early_ms, int64_t late_ms)
{
    size_t at = 0, found = 0;
    for (size_t i = 0; i < doctor.done; i++) {
        const struct deed *deed = &doctor.deeds[i];
        if (strcmp(deed->subject, subject) != 0) {
            continue;
        }
        while (at < doctor.count && (strcmp(doctor.edges[at].subject, subject) != 0 ||
                                     strcmp(doctor.edges[at].to, deed->to) != 0 ||
                                     doctor.edges[at].at_ms < deed->begun_ms - early_ms)) {
            at++;
        }
        must(at < doctor.count, "%s: no edge to %s", subject, deed->to);
        must(doctor.edges[at].at_ms <= deed->over_ms + late_ms,
             "%s: %s was seen %d ms after it was done", subject, deed->to,
             (int)(doctor.edges[at].at_ms - deed->over_ms));
        at++;
        found++;
    }
    return found;
}

/* How many edges of a subject there are, except for those to `but`. The first is what was so. */
static size_t count_edges(const char *subject, const char *but)
{
    size_t count = 0;
    for (size_t i = 0; i < doctor.count; i++) {
        count += strcmp(doctor.edges[i].subject, subject) == 0 && doctor.edges[i].from[0] != '\0' &&
                 strcmp(doctor.edges[i].to, but) != 0;
    }
    return count;
}

static BOOL WINAPI is_not_for_us(DWORD event)
{
    (void)event;
    return TRUE;
}

/* Ctrl-C goes to all who share a console: one with the doctor alone. */
static int begin(void **state)
{
    (void)state;
    FreeConsole();
    return AllocConsole() && SetConsoleCtrlHandler(is_not_for_us, TRUE) ? 0 : -1;
}

static void the_timeline_has_every_edge_of_the_rig(void **state)
{
    (void)state;
    msiserver_must_be(0);
    doctor.child = child_must_start("msiwatch doctor --csv --seconds 3600");
    must_become(is_at("in_progress", "absent"));
    for (size_t i = 0; i < SUBJECTS; i++) {
        doctor.next[i] = doctor.count; /* the first ones tell what was so */
    }
    int64_t begun = rig_now_ms();
    int rounds = 0;
    do {
        mutex_round();
        msiserver_round();
        registry_round();
        rounds++;
    } while (rig_now_ms() - begun < ROUNDS_MS);
    must(GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0), "no Ctrl-C: error %lu", GetLastError());
    child_must_exit(doctor.child, ERROR_SUCCESS);
    read_edges();
    int64_t gap_ms = total("gap_max_ms"), cost_ms = total("sample_max_us") / 1000 + 2;
    for (size_t i = 0; i < SUBJECTS; i++) {
        must_be_a_chain(subjects[i]);
    }
    /* The running of msiserver comes by itself, after 200 ms that the SCM counts. */
    size_t mutex = must_have_seen("mutex", cost_ms, gap_ms + cost_ms);
    size_t controls = must_have_seen("controls", cost_ms, gap_ms + cost_ms);
    size_t in_progress = must_have_seen("in_progress", cost_ms, gap_ms + cost_ms);
    must_have_seen("installer_key", cost_ms, gap_ms + cost_ms);
    must_have_seen("msiserver", cost_ms, LIMIT_MS);
    print_message("%d rounds: %u edges, largest gap %d ms, longest sample %d ms\n", rounds,
                  (unsigned)doctor.count, (int)gap_ms, (int)cost_ms);
    assert_int_equal(mutex, count_edges("mutex", ""));
    assert_int_equal(in_progress, count_edges("in_progress", ""));
    assert_int_equal(controls + (size_t)rounds, count_edges("controls", "0x0 none"));
    assert_int_equal(total("edges"), doctor.count);
    assert_int_equal(total("mutex_periods"), 2 * rounds);
    must(strstr(child_output(doctor.child), "mutex_sddl,,O:SYG:SYD:(A;;") != NULL,
         "no descriptor of the mutex");
    must(strstr(child_output(doctor.child), "controls,0x5 stop+shutdown,0x4 shutdown,says busy") !=
             NULL,
         "does not say that msiserver says busy");
    child_free(doctor.child);
}

static void must_have(const char *report, const char *part)
{
    must(strstr(report, part) != NULL, "'%s' is not in:\n%s", part, report);
}

static void the_report_says_what_the_service_does(void **state)
{
    (void)state;
    service_must_begin("");
    const struct child_result *result = run_well("msiwatch doctor --seconds 1");
    const char *report = result->out;
    must_have(result->err, "examining this machine, and asking the service at ");
    must_have(result->err, "watching Windows Installer for ");
    must_have(report, "doctor.version ");
    must_have(report, "windows.version ");
    must_have(report, "msi_dll.version ");
    must_have(report, "msi_dll.controls_tell ");
    must_have(report, "event_log ");
    must_have(report, "service                         running\n");
    must_have(report, "service.journal.durable         true\n");
    must_have(report, "service.sensors.mutex           ok\n");
    must_have(report, "status.state                    idle\n");
    must_have(report, "metrics.");
    must_have(report, "pipe.sddl                       ");
    must_have(report, "(A;;0x12019b;;;AU)");
    must(strncmp(report, "Findings\n", 9) == 0, "begins with %s", report);
    must_have(report, "service.entry                   running\n");
    must_have(report, "msiexec                         none is running\n");
    must_have(report, "\nTimeline\n");
    must_have(report, "mutex           absent\n");
    must_have(report, "\nTotals\n");
    must_have(report, "gap_max_ms ");
}

static void without_a_service_it_examines_all_the_same(void **state)
{
    (void)state;
    const char *report = run_well("msiwatch doctor --json --seconds 1")->out;
    must_have(report, "\"subject\":\"service\",\"to\":\"not running\"");
    must_have(report, "{\"kind\":\"edge\",\"at\":\"");
    must_have(report, "\"subject\":\"mutex\",\"from\":\"\",\"to\":\"absent\"");
    must_have(report, "{\"kind\":\"total\",\"subject\":\"samples\"");
}

/* ---- findings ---- */

#define POLICIES "SOFTWARE\\Policies\\Microsoft\\"
#define INSTALLER_POLICY POLICIES "Windows\\Installer"
#define RDS_POLICY POLICIES "Windows NT\\Terminal Services\\TSAppSrv\\TSMSI"

static void set_policy(const char *key, const char *name, DWORD value)
{
    must_succeed(name, (DWORD)RegSetKeyValueA(HKEY_LOCAL_MACHINE, key, name, REG_DWORD, &value,
                                              sizeof value));
}

static void set_start_type(DWORD type)
{
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceA(manager, "msiserver", SERVICE_CHANGE_CONFIG);
    BOOL done = ChangeServiceConfigA(service, SERVICE_NO_CHANGE, type, SERVICE_NO_CHANGE, NULL,
                                     NULL, NULL, NULL, NULL, NULL, NULL);
    must(done, "ChangeServiceConfig: error %lu", GetLastError());
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
}

static const char *examine(void)
{
    return run_well("msiwatch doctor --json --seconds 1")->out;
}

static bool finds(const char *report, const char *name)
{
    char row[96];
    snprintf(row, sizeof row, "{\"kind\":\"finding\",\"subject\":\"%s\"", name);
    return strstr(report, row) != NULL;
}

/* Of these, those that `so` has a letter for: 'x'; the others are not found. */
static void must_find(const char *report, const char *so)
{
    static const char *const names[] = {
        "policy_forbids_all", "msiserver_disabled", "mutex_held_by_another", "service_missing",
        "service_stopped",    "mutex_unreadable",   "settings_ignored",      "other_truth"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        must(finds(report, names[i]) == (so[i] == 'x'), "%s %s:\n%s", names[i],
             so[i] == 'x' ? "is not found" : "is found", report);
    }
}

static void a_sick_machine_shows_its_findings_and_a_healed_one_does_not(void **state)
{
    (void)state;
    static struct holder holder;
    msiserver_must_be(0);
    set_policy(INSTALLER_POLICY, "DisableMSI", 2);
    set_policy(RDS_POLICY, "Enable", 0);
    set_start_type(SERVICE_DISABLED);
    holder_open(&holder, NULL);
    holder_take(&holder);
    const char *report = examine();
    must_find(report, "xxxx----");
    must_have(report, "\"subject\":\"policy.disable_msi\",\"to\":\"2\"");
    must_have(report, "\"subject\":\"policy.rds_compatibility\",\"to\":\"0\"");
    must_have(report, "\"subject\":\"msiserver.start_type\",\"to\":\"disabled\"");
    holder_close(&holder);
    must_succeed("RegDeleteKeyValue",
                 (DWORD)RegDeleteKeyValueA(HKEY_LOCAL_MACHINE, INSTALLER_POLICY, "DisableMSI"));
    must_succeed("RegDeleteKeyValue",
                 (DWORD)RegDeleteKeyValueA(HKEY_LOCAL_MACHINE, RDS_POLICY, "Enable"));
    set_start_type(SERVICE_DEMAND_START);
    must_find(examine(), "---x----");
}

static void the_service_has_findings_of_its_own_and_its_history_is_shown(void **state)
{
    (void)state;
    static struct holder holder;
    set_policy("SOFTWARE\\Policies\\MsiWatch", "Flapping", 1); /* it takes 2 at least */
    service_must_begin("");
    holder_open(&holder, NULL);
    holder_take(&holder);
    must_serve(0, 0);
    static struct talk talk;
    must_open(&talk);
    must_become_status(&talk, "busy", NULL, "held", NULL);
    holder_close(&holder);
    must_become_status(&talk, "idle", NULL, "absent", NULL);
    must_settle(&talk);
    talk_close(&talk);
    const char *report = examine();
    must_find(report, "------x-");
    must_have(report, "{\"kind\":\"history\",\"at\":\"");
    must_have(report, "\"subject\":\"transition\",\"from\":\"idle\",\"to\":\"busy\",\"detail\":"
                      "\"mutex\"}");
    must_have(report, "\"subject\":\"transition\",\"from\":\"busy\",\"to\":\"idle\"");
    /* The service runs, but is asked by a pipe that nobody has. */
    report = run_well("msiwatch doctor --json --seconds 1 --pipe nobodys")->out;
    must_have(
        report,
        "MsiWatch cannot be reached at \\\\\\\\.\\\\pipe\\\\nobodys: its pipe does not exist");
    must(strstr(report, "The service MsiWatch is running, but") == NULL, "of another pipe:\n%s",
         report);
    holder_open(&holder, "O:SYG:SYD:");
    must_find(examine(), "-----xx-");
    holder_close(&holder);
    run_well("msiwatchd stop");
    must_find(examine(), "----x---");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_service_it_examines_all_the_same),
        cmocka_unit_test(the_timeline_has_every_edge_of_the_rig),
        cmocka_unit_test_teardown(the_report_says_what_the_service_does, service_end),
        cmocka_unit_test(a_sick_machine_shows_its_findings_and_a_healed_one_does_not),
        cmocka_unit_test_teardown(the_service_has_findings_of_its_own_and_its_history_is_shown,
                                  service_end),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
