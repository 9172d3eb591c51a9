/* redaction_test.c: whatever a standard caller asks, over a socket, of a service with a journal on
 * disk: no answer holds a path, the name of a user or a SID. An administrator sees them, so that
 * there is something to be withheld.
 *
 *   attack-redaction-test MSIWATCH-SIM
 */
#include "unit.h"

#include "raw_client.h"
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOON_MS 5000u
#define REQUEST(method, params)                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}\n"

static struct sim sim;
static char folder[] = "/tmp/msiwatch-alice-XXXXXX";

static int start(void **state)
{
    (void)state;
    char data[64];
    const char *settings[] = {data, NULL};
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(data, sizeof data, "--data=%s", folder);
    sim_start(&sim, settings);
    return 0;
}

static void remove_file(const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

static int stop_service(void **state)
{
    (void)state;
    bool well = sim_stop(&sim);
    remove_file("history.db");
    remove_file("history.db-wal");
    remove_file("history.db-shm");
    remove_file("msiwatchd.lock");
    return well && rmdir(folder) == 0 ? 0 : -1;
}

static bool tells(const char *line)
{
    return strstr(line, "alice") != NULL || strstr(line, "S-1-") != NULL ||
           strstr(line, "\\\\") != NULL || strstr(line, "/tmp") != NULL;
}

/* Asks, and hears until the reply; whether any line of it tells of a place or a person. */
static bool told(struct raw_client *client, const char *request, bool wants_event)
{
    bool found = false, answered = false, event = !wants_event;
    assert_true(raw_say(client, request));
    while (!answered || !event) {
        char *line = raw_hear(client, SOON_MS, NULL);
        must(line != NULL, "no answer to %s", request);
        found = found || tells(line);
        answered = answered || strstr(line, "\"id\":1,") != NULL;
        event = event || strstr(line, "\"kind\":\"install\"") != NULL;
    }
    return found;
}

static struct raw_client come(const char *callers)
{
    struct raw_client client;
    sim_command(&sim, callers);
    assert_true(raw_connect(&client, sim.path));
    assert_true(raw_say(&client, REQUEST("metrics", "{}")));
    assert_non_null(raw_hear(&client, SOON_MS, NULL)); /* so that it is known who it is */
    return client;
}

#define EVENT(id, at, data)                                                                        \
    "record <Event><System><Provider Name='MsiInstaller'/><EventID>" id                            \
    "</EventID><TimeCreated SystemTime='" at "'/><Security UserID='S-1-5-21-1-2-3-1001'/>"         \
    "</System><EventData>" data "</EventData></Event>"
#define PACKAGE "<Data>C:\\Users\\alice\\a.msi</Data><Data>977</Data>"

/* An installation of alice's, and what the event log says of it. Each has a product of its own, so
 * that none is taken for another. */
static void install(const char *product)
{
    char outcome[512];
    snprintf(outcome, sizeof outcome,
             EVENT("1033", "2026-01-05T09:12:45Z",
                   "<Data>%s</Data><Data>1</Data><Data>0</Data><Data>0</Data>"),
             product);
    sim_command(&sim, "image C:\\Users\\alice\\evil.exe");
    sim_command(&sim, "mutex held 4242 1");
    sim_command(&sim, EVENT("1040", "2026-01-05T09:12:44Z", PACKAGE));
    sim_command(&sim, outcome);
    sim_command(&sim, EVENT("1042", "2026-01-05T09:12:46Z", PACKAGE));
}

static void no_method_tells_a_standard_caller_of_a_path_a_user_or_a_sid(void **state)
{
    static const struct {
        const char *request;
        bool to_administrator; /* something is to be shown */
    } calls[] = {
        {REQUEST("about", "{}"), false},
        {REQUEST("status", "{}"), true},
        {REQUEST("history", "{}"), true},
        {REQUEST("history", "{\"order\":\"desc\"}"), true},
        {REQUEST("wait", "{\"for\":\"busy\"}"), true},
        {REQUEST("wait", "{\"for\":\"idle\",\"timeout_ms\":1}"), true},
        {REQUEST("metrics", "{}"), false},
        {REQUEST("unsubscribe", "[9]"), false},
        {REQUEST("cancel", "[9]"), false},
        {REQUEST("status", "[\"C:\\\\Users\\\\alice\"]"), false},
        {REQUEST("alice", "{}"), false},
    };
    (void)state;
    struct raw_client administrator = come("callers administrator");
    struct raw_client standard = come("callers standard");
    install("Example");
    /* What it says is on its way to the journal. */
    assert_true(told(&administrator, REQUEST("subscribe", "{\"after\":0}"), true));
    for (size_t i = 0; i < COUNT(calls); i++) {
        must(told(&administrator, calls[i].request, false) == calls[i].to_administrator,
             "an administrator: %s", calls[i].request);
        must(!told(&standard, calls[i].request, false), "others: %s", calls[i].request);
    }
    assert_false(told(&standard, REQUEST("subscribe", "{\"after\":0}"), true));
    raw_close(&administrator);
    raw_close(&standard);
}

static void what_is_read_back_from_the_disk_is_cut_too(void **state)
{
    const char *settings[] = {NULL, NULL};
    char data[64];
    (void)state;
    assert_true(sim_stop(&sim));
    snprintf(data, sizeof data, "--data=%s", folder);
    settings[0] = data;
    sim_start(&sim, settings);
    struct raw_client administrator = come("callers administrator");
    struct raw_client standard = come("callers standard");
    assert_true(told(&administrator, REQUEST("history", "{}"), true));
    assert_false(told(&standard, REQUEST("history", "{}"), true));
    assert_true(told(&administrator, REQUEST("subscribe", "{\"after\":0}"), true));
    assert_false(told(&standard, REQUEST("subscribe", "{\"after\":0}"), true));
    raw_close(&administrator);
    raw_close(&standard);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_method_tells_a_standard_caller_of_a_path_a_user_or_a_sid),
        cmocka_unit_test(what_is_read_back_from_the_disk_is_cut_too),
    };
    sim_find(argc, argv);
    return cmocka_run_group_tests_name("redaction", tests, start, stop_service);
}
