/* installs_test.c: what the event log tells of an installation reaches `status` within 50 ms,
 * `watch` and `history`, in all their forms.
 *
 *   installs-test MSIWATCH-SIM MSIWATCH
 */
#include "unit.h"

#include "raw_client.h"
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SOON_MS 5000u
#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n"
#define ABOUT "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"about\"}\n"
#define WAIT "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"wait\",\"params\":{\"for\":\"busy\"}}\n"
#define FOLLOW "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"subscribe\"}\n"

static struct sim sim;
static const char *msiwatch;

static int start(void **state)
{
    static const char *const settings[] = {"--stalled-after=12", NULL};
    (void)state;
    sim_start(&sim, settings);
    return 0;
}

static int stop_service(void **state)
{
    (void)state;
    return sim_stop(&sim) ? 0 : -1;
}

/* Who the next records are about. */
static const char *user = "S-1-5-21-1-2-3-1001";

/* The event log's record of now, with these Data elements. */
static void record(unsigned id, const char *data)
{
    char command[1024], at[64];
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(command, sizeof command,
             "record <Event><System><Provider Name='MsiInstaller'/><EventID>%u</EventID>"
             "<TimeCreated SystemTime='%s.%07ldZ'/><Security UserID='%s'/></System>"
             "<EventData>%s</EventData></Event>",
             id, at, now.tv_nsec / 100, user, data);
    sim_command(&sim, command);
}

static struct raw_client come(void)
{
    struct raw_client client;
    sim_command(&sim, "callers administrator");
    assert_true(raw_connect(&client, sim.path));
    return client;
}

/* What `msiwatch ARGUMENTS` prints within a second. */
static const char *shown(const char *arguments)
{
    static char out[16384];
    char command[512];
    snprintf(command, sizeof command, "timeout -s INT 1 '%s' %s --pipe '%s'", msiwatch, arguments,
             sim.path);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t size = fread(out, 1, sizeof out - 1, pipe);
    out[size] = '\0';
    pclose(pipe);
    return out;
}

static void must_show(const char *arguments, const char *text)
{
    uint64_t begun = raw_now_ms();
    const char *out;
    do { /* what was just recorded may be told a moment later */
        out = shown(arguments);
    } while (strstr(out, text) == NULL && raw_now_ms() - begun < SOON_MS);
    must(strstr(out, text) != NULL, "msiwatch %s shows no %s but\n%s", arguments, text, out);
}

static void status_has_it_within_50_ms_of_the_first_record(void **state)
{
    struct raw_client client = come();
    uint64_t most = 0;
    (void)state;
    user = "S-1-5-21-1-2-3-1000"; /* who has no outcome, which later ones must not be taken for */
    for (unsigned i = 0; i < 20; i++) {
        char data[64], wanted[64];
        snprintf(data, sizeof data, "<Data>C:\\%u.msi</Data><Data>%u</Data>", i, 1000 + i);
        snprintf(wanted, sizeof wanted, "\"client_pid\":%u,", 1000 + i);
        sim_command(&sim, "mutex held");
        uint64_t begun = raw_now_ms();
        record(1040, data);
        bool found = false;
        while (!found && raw_now_ms() - begun < SOON_MS) {
            assert_true(raw_say(&client, STATUS));
            const char *line = raw_hear(&client, SOON_MS, NULL);
            found = line != NULL && strstr(line, wanted) != NULL;
        }
        uint64_t took = raw_now_ms() - begun;
        assert_true(found);
        most = took > most ? took : most;
        record(1042, data);
        sim_command(&sim, "mutex free");
        sim_command(&sim, "sleep 30");
    }
    print_message("status had it after %u ms at most\n", (unsigned)most);
    assert_in_range(most, 0, 50);
    user = "S-1-5-21-1-2-3-1001";
    raw_close(&client);
}

static void an_installation_is_watched_with_its_outcome(void **state)
{
    struct raw_client client = come();
    (void)state;
    assert_true(raw_say(&client, FOLLOW));
    assert_true(raw_hears(&client, "\"id\":2,", SOON_MS));
    sim_command(&sim, "mutex held");
    record(1040, "<Data>C:\\Users\\alice\\example.msi</Data><Data>977</Data>");
    must_show("status",
              "installing C:\\Users\\alice\\example.msi, requested by pid 977 (event log)");
    sim_command(&sim, "sleep 300");
    record(11707, "<Data>Product: Example -- Installation completed successfully.</Data>");
    record(1033, "<Data>Example</Data><Data>1.2.3</Data><Data>1033</Data><Data>3010</Data>");
    record(1042, "<Data>C:\\Users\\alice\\example.msi</Data><Data>977</Data>");
    sim_command(&sim, "mutex free");
    assert_true(raw_hears(
        &client,
        "\"product\":\"Example\",\"version\":\"1.2.3\",\"package\":"
        "\"C:\\\\Users\\\\alice\\\\example.msi\",\"user\":\"S-1-5-21-1-2-3-1001\",\"client_pid\":"
        "977,",
        SOON_MS));
    must_show("status", "restart    required (event log)");
    must_show("history --desc --limit 40",
              "Example 1.2.3 C:\\Users\\alice\\example.msi install success, restart required, by "
              "pid 977 (of event ");
    must_show("history --csv --desc --limit 40", ",Example,1.2.3,C:\\Users\\alice\\example.msi,"
                                                 "success,3010,required,install,,,eventlog,977\n");
    must_show("history --json --desc --limit 40",
              "\"result\":\"success\",\"status\":3010,\"reboot\":\"required\",\"further\":0,"
              "\"patch_code\":null}");
    raw_close(&client);
}

static void watch_shows_product_version_result_and_reboot(void **state)
{
    (void)state;
    must_show("watch --after 0",
              "Example 1.2.3 C:\\Users\\alice\\example.msi install success, restart required");
    must_show("watch --after 0 --csv", ",Example,1.2.3,C:\\Users\\alice\\example.msi,success,3010,"
                                       "required,install,,,eventlog,977\n");
}

static void more_that_is_learnt_of_an_installation_is_reported_and_not_counted_again(void **state)
{
    struct raw_client client = come();
    (void)state;
    assert_true(raw_say(&client, FOLLOW));
    assert_true(raw_hears(&client, "\"id\":2,", SOON_MS));
    user = "S-1-5-21-1-2-3-1003";
    sim_command(&sim, "mutex held");
    assert_true(raw_hears(&client, "\"to\":\"busy\"", SOON_MS));
    record(1040, "<Data>C:\\gone.msi</Data><Data>979</Data>");
    sim_command(&sim, "sleep 100");
    record(1042, "<Data>C:\\gone.msi</Data><Data>979</Data>");
    sim_command(&sim, "mutex free");
    assert_true(raw_hears(&client, "\"client_pid\":979", SOON_MS));
    must_show("metrics",
              "msiwatch_operations_total{operation=\"unknown\",result=\"unknown\"} 21\n");
    record(11724, "<Data>Product: Gone -- Removal completed successfully.</Data>");
    record(1034, "<Data>Gone</Data><Data>1</Data><Data>1033</Data><Data>0</Data>");
    assert_true(raw_hears(&client, "\"product\":\"Gone\"", SOON_MS));
    must_show("history --desc --limit 1",
              "Gone 1 C:\\gone.msi remove success, by pid 979 (of event ");
    must_show("metrics", "msiwatch_operations_total{operation=\"remove\",result=\"success\"} 0\n");
    raw_close(&client);
}

static void a_log_that_cannot_be_read_is_said_to_be_so_and_all_else_works(void **state)
{
    struct raw_client client = come();
    (void)state;
    sim_command(&sim, "install_log denied");
    assert_true(raw_say(&client, ABOUT));
    assert_true(raw_hears(&client,
                          "\"install_log\":\"denied\"},\"sensor_problems\":{\"install_log\":"
                          "\"the script says so\"}",
                          SOON_MS));
    sim_command(&sim, "mutex held");
    assert_true(raw_say(&client, WAIT));
    assert_true(raw_hears(&client, "\"state\":\"busy\"", SOON_MS));
    must_show("about", "sensor_problems.install_log");
    sim_command(&sim, "install_log ok");
    sim_command(&sim, "mutex free");
    raw_close(&client);
}

/* ---- who began it, and what it does ---- */

static void who_began_it_is_shown_to_each_as_much_as_they_may_see(void **state)
{
    struct raw_client client = come(), standard;
    (void)state;
    user = "S-1-5-21-1-2-3-1004";
    sim_command(&sim, "ps 600 4 9000 0 services.exe");
    sim_command(&sim, "ps 700 600 8000 0 CcmExec.exe C:\\Windows\\CCM\\CcmExec.exe");
    sim_command(&sim, "ps 800 700 7000 0 cmd.exe C:\\Windows\\System32\\cmd.exe");
    sim_command(&sim, "ps 980 800 6000 3 msiexec.exe C:\\Windows\\System32\\msiexec.exe");
    sim_command(&sim, "mutex held");
    record(1040, "<Data>C:\\x\\agent.msi</Data><Data>980</Data>");
    must_show("status", ": agent.msi, started by CcmExec.exe (event log)\n");
    assert_true(raw_say(&client, STATUS));
    assert_true(raw_hears(&client,
                          "\"started_by\":{\"pid\":700,\"image\":\"C:\\\\Windows\\\\CCM\\\\"
                          "CcmExec.exe\",\"session\":0},\"chain\":[{\"pid\":980,\"image\":"
                          "\"C:\\\\Windows\\\\System32\\\\msiexec.exe\",\"session\":3},",
                          SOON_MS));
    sim_command(&sim, "callers standard");
    assert_true(raw_connect(&standard, sim.path));
    assert_true(raw_say(&standard, STATUS));
    assert_true(raw_hears(&standard,
                          "\"started_by\":{\"pid\":700,\"image\":\"CcmExec.exe\",\"session\":null},"
                          "\"chain\":[{\"pid\":980,\"image\":\"msiexec.exe\",\"session\":null},",
                          SOON_MS));
    raw_close(&standard);
    raw_close(&client);
}

/* It goes on: nothing has moved since. */
static void one_that_stands_still_is_reported_until_it_moves(void **state)
{
    struct raw_client client = come();
    (void)state;
    assert_true(raw_say(&client, FOLLOW));
    assert_true(raw_hears(&client, "\"id\":2,", SOON_MS));
    record(1025, "<Data>Agent</Data><Data>C:\\x\\a.dll</Data><Data>explorer.exe</Data>"
                 "<Data>3300</Data>");
    assert_true(raw_hears(&client, "\"kind\":\"activity\"", 30000));
    must_show("status", "  stalled    no CPU or I/O in the installer's own processes for 1");
    must_show("status", "; a file is in use by explorer.exe (3300)\n");
    must_show("metrics", "msiwatch_installer_stalled 1\n");
    must_show("metrics", "msiwatch_stalled_periods_total 1\n");
    must_show(
        "history --desc --limit 1",
        "  activity                   no CPU or I/O in the installer's own processes for 12 s "
        "(of event ");
    assert_true(raw_say(&client, STATUS));
    assert_true(raw_hears(&client, "\"activity\":{\"stalled\":true,\"last_at\":null,\"still_ms\":1",
                          SOON_MS));
    sim_command(&sim, "works 980 0 70000");
    assert_true(raw_hears(&client, "\"kind\":\"activity\"", 10000));
    must_show("metrics", "msiwatch_installer_stalled 0\n");
    must_show("history --desc --limit 1 --csv", ",,,,moving,");
    must_show("status --json", "\"processes\":1,\"cpu_ms\":0,\"io_bytes\":70000}");
    record(1042, "<Data>C:\\x\\agent.msi</Data><Data>980</Data>");
    sim_command(&sim, "mutex free");
    must_show("status --json", "\"activity\":null");
    raw_close(&client);
}

/* A program that takes the mutex itself writes no record. */
static void without_a_record_it_is_said_who_began_the_mutexs_owner(void **state)
{
    struct raw_client client = come(), standard;
    (void)state;
    sim_command(&sim, "install_log unavailable");
    sim_command(&sim, "ps 950 800 5000 3 setup.exe C:\\x\\setup.exe");
    sim_command(&sim, "ps 990 600 5000 0 Intune.exe");
    sim_command(&sim, "ps 991 990 4000 0 msiexec.exe");
    sim_command(&sim, "image C:\\x\\setup.exe");
    sim_command(&sim, "mutex held 950 1");
    must_show("status", " s: setup.exe, started by CcmExec.exe\n");
    must_show("history --installs --limit 1", "running        -, started by CcmExec.exe\n");
    assert_true(raw_say(&client, STATUS));
    assert_true(raw_hears(&client,
                          "\"owner_started_by\":{\"pid\":700,\"image\":\"C:\\\\Windows\\\\CCM\\\\"
                          "CcmExec.exe\",\"session\":0},\"owner_chain\":[{\"pid\":950,\"image\":"
                          "\"C:\\\\x\\\\setup.exe\",\"session\":3},{\"pid\":800,",
                          SOON_MS));
    sim_command(&sim, "callers standard");
    assert_true(raw_connect(&standard, sim.path));
    assert_true(raw_say(&standard, STATUS));
    assert_true(raw_hears(&standard,
                          "\"owner_started_by\":{\"pid\":700,\"image\":\"CcmExec.exe\",\"session\":"
                          "null},\"owner_chain\":[{\"pid\":950,\"image\":\"setup.exe\",\"session\":"
                          "null},",
                          SOON_MS));
    /* What the log says of a client counts more. */
    sim_command(&sim, "install_log ok");
    user = "S-1-5-21-1-2-3-1005";
    record(1040, "<Data>C:\\x\\agent.msi</Data><Data>991</Data>");
    must_show("status", ": agent.msi, started by Intune.exe (event log)\n");
    record(1042, "<Data>C:\\x\\agent.msi</Data><Data>991</Data>");
    sim_command(&sim, "mutex free");
    sim_command(&sim, "image");
    must_show("status", "idle since");
    assert_null(strstr(shown("status --json"), "owner_started_by"));
    raw_close(&standard);
    raw_close(&client);
}

static void a_stop_tells_what_is_left(void **state)
{
    struct raw_client client = come();
    (void)state;
    assert_true(raw_say(&client, FOLLOW));
    assert_true(raw_hears(&client, "\"id\":2,", SOON_MS));
    record(1033, "<Data>Last</Data><Data>1</Data><Data>1033</Data><Data>0</Data>");
    sim_command(&sim, "sleep 20");
    assert_true(sim_stop(&sim));
    assert_true(
        raw_hears(&client, "\"install\":{\"source\":\"eventlog\",\"product\":\"Last\"", SOON_MS));
    raw_close(&client);
    start(NULL);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_has_it_within_50_ms_of_the_first_record),
        cmocka_unit_test(an_installation_is_watched_with_its_outcome),
        cmocka_unit_test(watch_shows_product_version_result_and_reboot),
        cmocka_unit_test(more_that_is_learnt_of_an_installation_is_reported_and_not_counted_again),
        cmocka_unit_test(a_log_that_cannot_be_read_is_said_to_be_so_and_all_else_works),
        cmocka_unit_test(who_began_it_is_shown_to_each_as_much_as_they_may_see),
        cmocka_unit_test(one_that_stands_still_is_reported_until_it_moves),
        cmocka_unit_test(without_a_record_it_is_said_who_began_the_mutexs_owner),
        cmocka_unit_test(a_stop_tells_what_is_left),
    };
    if (argc != 3) {
        fprintf(stderr, "usage: installs-test MSIWATCH-SIM MSIWATCH\n");
        return 2;
    }
    msiwatch = argv[2];
    sim_find(argc, argv);
    return cmocka_run_group_tests_name("installs", tests, start, stop_service);
}
