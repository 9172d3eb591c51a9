/* silence_test.c: sensors that hang, and a machine that sleeps, over a real socket: what the
 * service says in that time, afterwards, and when it is asked to stop.
 *
 *   sim-silence-test MSIWATCH-SIM
 */
#include "unit.h"

#include "raw_client.h"
#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_MS 30000u
#define EVENT "\"method\":\"event\""

/* Reads the number of a member; -1 if the line does not have it. */
static int64_t member(const char *line, const char *name)
{
    char text[64];
    snprintf(text, sizeof text, "\"%s\":", name);
    const char *at = strstr(line, text);
    return at == NULL ? -1 : strtoll(at + strlen(text), NULL, 10);
}

static void subscribe(struct raw_client *client, const struct sim *sim)
{
    assert_true(raw_connect(client, sim->path));
    assert_true(raw_say(
        client,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\",\"params\":{\"after\":0}}\n"));
    assert_true(raw_hears(client, "\"result\"", LIMIT_MS));
}

/* The next event must go to this state. Its time must not be before *at, and is stored there; times
 * are texts of one width. */
static const char *must_go(struct raw_client *client, const char *to, char at[32])
{
    char text[32];
    const char *line = raw_hear(client, LIMIT_MS, NULL);
    must(line != NULL && strstr(line, EVENT) != NULL, "no event to %s, but %s", to, line);
    snprintf(text, sizeof text, "\"to\":\"%s\"", to);
    must(strstr(line, text) != NULL, "not to %s: %s", to, line);
    const char *when = strstr(line, "\"at\":\"");
    must(when != NULL, "no time: %s", line);
    must(strncmp(when + 6, at, 24) >= 0, "before %s: %s", at, line);
    snprintf(at, 32, "%.24s", when + 6);
    return line;
}

static void what_hung_is_unknown_and_then_as_it_is_now(void **state)
{
    struct sim sim;
    struct raw_client client;
    char at[32] = "";
    (void)state;
    sim_start(&sim, NULL);
    subscribe(&client, &sim);
    must_go(&client, "idle", at);
    sim_command(&sim, "blind 11000");
    const char *line = must_go(&client, "unknown", at);
    assert_in_range(member(line, "after_ms"), 5000, 11000);
    line = must_go(&client, "idle", at);
    must(member(line, "after_ms") >= 0 && member(line, "after_ms") < LIMIT_MS,
         "unknown for %" PRId64 " ms", member(line, "after_ms"));
    raw_close(&client);
    assert_true(sim_stop(&sim));
}

static void sensors_that_hang_do_not_keep_it_from_stopping(void **state)
{
    struct sim sim;
    struct raw_client client;
    char at[32] = "";
    (void)state;
    sim_start(&sim, NULL);
    subscribe(&client, &sim);
    must_go(&client, "idle", at);
    sim_command(&sim, "blind 60000");
    usleep(100000); /* the sensor thread was woken by the change, and hangs */
    assert_true(sim_stop(&sim));
    must_go(&client, "unknown", at);
    assert_true(raw_hears(&client, "closing", LIMIT_MS));
    raw_close(&client);
}

static void ten_minutes_of_sleep_are_no_silence(void **state)
{
    struct sim sim;
    struct raw_client client;
    char at[32] = "";
    (void)state;
    sim_start(&sim, NULL);
    subscribe(&client, &sim);
    must_go(&client, "idle", at);
    sim_command(&sim, "suspend 600000");
    sim_command(&sim, "mutex held");
    const char *line = must_go(&client, "busy", at);
    assert_in_range(member(line, "after_ms"), 600000, 600000 + LIMIT_MS);
    raw_close(&client);
    assert_true(sim_stop(&sim));
}

int main(int argc, char **argv)
{
    sim_find(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_hung_is_unknown_and_then_as_it_is_now),
        cmocka_unit_test(sensors_that_hang_do_not_keep_it_from_stopping),
        cmocka_unit_test(ten_minutes_of_sleep_are_no_silence),
    };
    return cmocka_run_group_tests_name("silence", tests, NULL, NULL);
}
