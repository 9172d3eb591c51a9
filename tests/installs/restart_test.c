/* restart_test.c: the position in the event log is stored with the events that its records became:
 * whenever the service ends, by a stop or by a kill, each installation is reported once. With them
 * a pending restart is stored, until Windows boots.
 *
 *   restart-test MSIWATCH-SIM
 */
#include "unit.h"

#include "raw_client.h"
#include "sim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOON_MS 6000u

static struct sim sim;
static struct raw_client client;
static char folder[] = "/tmp/msiwatch-restart-XXXXXX", data[64];
static uint64_t taken; /* records, by runs that have ended */

static void start_again(void)
{
    const char *const settings[] = {data, NULL};
    sim_start_again(&sim, settings);
    sim_command(&sim, "callers administrator");
    assert_true(raw_connect(&client, sim.path));
    assert_true(raw_say(
        &client,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"after\":0}}\n"));
    assert_true(raw_hears(&client, "\"id\":1,", SOON_MS));
}

static void stop_service(void)
{
    taken += sim_metric(&sim, "install_records_total");
    assert_true(sim_stop(&sim));
    raw_close(&client);
}

static void kill_it(void)
{
    taken += sim_metric(&sim, "install_records_total");
    kill(sim.pid, SIGKILL);
    sim_stop(&sim);
    raw_close(&client);
}

static void remove_file(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/msiwatch-restart-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(data, sizeof data, "--data=%s", folder);
    snprintf(sim.path, sizeof sim.path, "%s.pipe", folder);
    taken = 0;
    unsetenv("MSIWATCH_SIM_BOOT");
    start_again();
    return 0;
}

static int end(void **state)
{
    (void)state;
    stop_service();
    remove_file("history.db");
    remove_file("history.db-wal");
    remove_file("history.db-shm");
    remove_file("msiwatchd.lock");
    return rmdir(folder);
}

enum { BEGIN, OUTCOME, END, RECORDS, RESTART = RECORDS };

/* Record n of a quiet installation, written now or read later. */
static void record_as(const char *how, int n, int id)
{
    static const struct {
        unsigned id;
        const char *user, *data;
    } records[RECORDS + 1] = {
        {1040, "S-1-5-21-1-2-3-1001", "<Data>C:\\a.msi</Data><Data>977</Data>"},
        {1033, "S-1-5-21-1-2-3-1001",
         "<Data>Example</Data><Data>1.2</Data><Data>1033</Data><Data>0</Data>"},
        {1042, "S-1-5-18", "<Data>C:\\a.msi</Data><Data>977</Data>"},
        {1005, "S-1-5-21-1-2-3-1001", "<Data>The system restarts.</Data>"},
    };
    char command[512];
    snprintf(command, sizeof command,
             "%s <Event><System><Provider Name='MsiInstaller'/><EventID>%u</EventID>"
             "<TimeCreated SystemTime='2026-11-22T10:41:0%d.0000000Z'/>"
             "<EventRecordID>%d</EventRecordID><Execution ProcessID='0'/>"
             "<Security UserID='%s'/></System><EventData>%s</EventData></Event>",
             how, records[n].id, n, id, records[n].user, records[n].data);
    sim_command(&sim, command);
}

static void record(const char *how, int n)
{
    record_as(how, n, 100 + n);
}

/* Of those that say this. */
static unsigned count_installs_that(const char *say)
{
    struct raw_client other;
    unsigned count = 0;
    assert_true(raw_connect(&other, sim.path));
    assert_true(raw_say(&other, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"history\"}\n"));
    const char *at = raw_hear(&other, SOON_MS, NULL);
    assert_non_null(at);
    while ((at = strstr(at, say)) != NULL) {
        at++;
        count++;
    }
    raw_close(&other);
    return count;
}

static unsigned count_installs(void)
{
    return count_installs_that("\"kind\":\"install\"");
}

static void hold(void)
{
    sim_command(&sim, "mutex held");
    assert_true(raw_hears(&client, "\"to\":\"busy\"", SOON_MS));
    sim_command(&sim, "sleep 100");
}

/* All of it, read once more by another run: nothing of it is taken, and nothing is reported. */
static void must_be_over(void)
{
    start_again();
    for (int n = 0; n < RECORDS; n++) {
        record("replay", n);
    }
    sim_command(&sim, "sleep 100");
    assert_int_equal(sim_metric(&sim, "install_records_total"), 0);
    assert_int_equal(count_installs(), 1);
}

static void what_began_before_a_restart_is_reported_once_after_it(void **state)
{
    (void)state;
    hold();
    record("record", BEGIN);
    sim_command(&sim, "sleep 50");
    stop_service();
    start_again();
    hold();
    record("replay", BEGIN);
    record("record", OUTCOME);
    record("record", END);
    sim_command(&sim, "mutex free");
    assert_true(raw_hears(&client,
                          "\"product\":\"Example\",\"version\":\"1.2\",\"package\":"
                          "\"C:\\\\a.msi\"",
                          SOON_MS));
    stop_service();
    assert_int_equal(taken, RECORDS + 1); /* its begin twice */
    must_be_over();
}

static void what_was_read_before_a_kill_is_read_again_and_reported_once(void **state)
{
    (void)state;
    hold();
    record("record", BEGIN);
    record("record", OUTCOME);
    sim_command(&sim, "sleep 50");
    kill_it(); /* before there is an event */
    start_again();
    hold();
    record("replay", BEGIN);
    record("replay", OUTCOME);
    record("record", END);
    sim_command(&sim, "mutex free");
    assert_true(raw_hears(&client, "\"product\":\"Example\"", SOON_MS));
    stop_service();
    assert_int_equal(taken, RECORDS + 2);
    must_be_over();
}

static void what_was_reported_before_a_kill_is_not_reported_again(void **state)
{
    (void)state;
    hold();
    for (int n = 0; n < RECORDS; n++) {
        record("record", n);
    }
    sim_command(&sim, "mutex free");
    assert_true(raw_hears(&client, "\"product\":\"Example\"", SOON_MS));
    kill_it(); /* at once: what can be heard is in the file, and so is the position */
    must_be_over();
}

/* The installer restarts the system, which stops the service before anything is settled. */
static void a_restart_that_ends_the_service_at_once_is_committed(void **state)
{
    (void)state;
    hold();
    record("record", BEGIN);
    record("record", OUTCOME);
    record_as("record", RESTART, 102);
    record_as("record", END, 103);
    sim_command(&sim, "mutex free");
    sim_command(&sim, "sleep 300");
    stop_service();
    start_again();
    assert_int_equal(count_installs_that("\"reboot\":\"initiated\""), 1);
    assert_int_equal(count_installs_that("\"product\":\"Example\""), 1);
}

/* ---- a pending restart ---- */

static void must_say(const char *members)
{
    struct raw_client other;
    assert_true(raw_connect(&other, sim.path));
    assert_true(raw_say(&other, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"status\"}\n"));
    const char *status = raw_hear(&other, SOON_MS, NULL);
    must(status != NULL && strstr(status, members) != NULL, "no %s in %s", members,
         status == NULL ? "nothing" : status);
    raw_close(&other);
}

#define NO_RESTART "\"reboot\":null,\"reboot_by\":null,\"reboot_at\":null"
#define RESTART_OF_EXAMPLE                                                                         \
    "\"reboot\":\"required\",\"reboot_by\":\"Example\",\"reboot_at\":\"2026-11-22T10:41:04.000Z\""

/* 1038, which names its product. */
static void ask_for_restart(const char *how)
{
    char command[512];
    snprintf(command, sizeof command,
             "%s <Event><System><Provider Name='MsiInstaller'/><EventID>1038</EventID>"
             "<TimeCreated SystemTime='2026-11-22T10:41:04.0000000Z'/>"
             "<EventRecordID>102</EventRecordID><Execution ProcessID='0'/>"
             "<Security UserID='S-1-5-21-1-2-3-1001'/></System><EventData><Data>Example</Data>"
             "<Data>1.2</Data><Data>1033</Data><Data>2</Data><Data>1</Data></EventData></Event>",
             how);
    sim_command(&sim, command);
}

static void install_and_ask_for_restart(void)
{
    hold();
    record("record", BEGIN);
    record("record", OUTCOME);
    ask_for_restart("record");
    record_as("record", END, 103);
    sim_command(&sim, "mutex free");
}

static void a_pending_restart_is_known_after_a_stop_and_cleared_by_a_boot(void **state)
{
    (void)state;
    must_say(NO_RESTART);
    install_and_ask_for_restart();
    sim_command(&sim, "sleep 300");
    must_say(RESTART_OF_EXAMPLE);
    for (int i = 0; i < 2; i++) { /* the second run heard of it from the first alone */
        stop_service();
        start_again();
        must_say(RESTART_OF_EXAMPLE);
    }
    stop_service();
    setenv("MSIWATCH_SIM_BOOT", "0", 1); /* the processes could not be listed: kept, but not said */
    start_again();
    must_say(NO_RESTART);
    stop_service();
    setenv("MSIWATCH_SIM_BOOT", "1", 1);
    start_again();
    must_say(RESTART_OF_EXAMPLE);
    stop_service();
    setenv("MSIWATCH_SIM_BOOT", "1795344120000", 1); /* 10:42:00 */
    start_again();
    must_say(NO_RESTART);
    stop_service();
    setenv("MSIWATCH_SIM_BOOT", "1", 1); /* and what was kept is gone */
    start_again();
    must_say(NO_RESTART);
}

/* The journal's folder is not there at the start, and comes later: until then it is in memory. */
static void a_pending_restart_is_known_once_a_late_disk_is_open(void **state)
{
    char real[96], aside[96];
    (void)state;
    stop_service();
    snprintf(real, sizeof real, "%s/disk", folder);
    snprintf(aside, sizeof aside, "%s/away", folder);
    assert_int_equal(mkdir(real, 0700), 0);
    snprintf(data, sizeof data, "--data=%s/disk/data", folder);
    start_again();
    install_and_ask_for_restart();
    sim_command(&sim, "sleep 300");
    must_say(RESTART_OF_EXAMPLE);
    stop_service();
    assert_int_equal(rename(real, aside), 0);
    start_again();
    hold();
    record_as("record", BEGIN, 110); /* so that this run has read something */
    sim_command(&sim, "mutex free");
    sim_command(&sim, "sleep 100");
    must_say(NO_RESTART);
    assert_int_equal(rename(aside, real), 0);
    assert_true(raw_hears(&client, "\"method\":\"reset\"", 2 * SOON_MS));
    must_say(RESTART_OF_EXAMPLE);
    stop_service();
    start_again(); /* and so is it in the file */
    must_say(RESTART_OF_EXAMPLE);
    stop_service();
    remove_file("disk/data/history.db");
    remove_file("disk/data/history.db-wal");
    remove_file("disk/data/history.db-shm");
    remove_file("disk/data/msiwatchd.lock");
    assert_int_equal(rmdir(strcat(real, "/data")), 0);
    real[strlen(real) - 5] = '\0';
    assert_int_equal(rmdir(real), 0);
    snprintf(data, sizeof data, "--data=%s", folder);
    start_again();
}

static void a_pending_restart_is_known_after_a_kill(void **state)
{
    (void)state;
    install_and_ask_for_restart();
    assert_true(raw_hears(&client, "\"reboot\":\"required\"", SOON_MS));
    kill_it(); /* at once: what can be heard is in the file */
    start_again();
    must_say(RESTART_OF_EXAMPLE);
}

/* The power goes off before anything is committed: the record is read again after the boot. */
static void a_restart_asked_for_before_a_boot_is_not_pending_after_it(void **state)
{
    (void)state;
    ask_for_restart("record");
    kill_it();
    setenv("MSIWATCH_SIM_BOOT", "1795344120000", 1);
    start_again();
    ask_for_restart("replay");
    sim_command(&sim, "sleep 100");
    must_say(NO_RESTART);
    stop_service();
    setenv("MSIWATCH_SIM_BOOT", "1795344060000", 1); /* 10:41:00: the same, but after this boot */
    start_again();
    ask_for_restart("replay");
    sim_command(&sim, "sleep 100");
    must_say(RESTART_OF_EXAMPLE);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_pending_restart_is_known_once_a_late_disk_is_open, begin,
                                        end),
        cmocka_unit_test_setup_teardown(a_restart_that_ends_the_service_at_once_is_committed, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_began_before_a_restart_is_reported_once_after_it,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_was_read_before_a_kill_is_read_again_and_reported_once,
                                        begin, end),
        cmocka_unit_test_setup_teardown(what_was_reported_before_a_kill_is_not_reported_again,
                                        begin, end),
        cmocka_unit_test_setup_teardown(
            a_pending_restart_is_known_after_a_stop_and_cleared_by_a_boot, begin, end),
        cmocka_unit_test_setup_teardown(a_pending_restart_is_known_after_a_kill, begin, end),
        cmocka_unit_test_setup_teardown(a_restart_asked_for_before_a_boot_is_not_pending_after_it,
                                        begin, end),
    };
    sim_find(argc, argv);
    return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
