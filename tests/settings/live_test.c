/* live_test.c: a running service takes up every setting that changes in the registry, or says that
 * the next start will; and what the change then does. */
#include "unit.h"

#include "peer.h"
#include "settings.h"
#include "sim.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_MS 10000u

static struct sim sim;
static char log_path[64];

/* ---- the service, its log, its answers ---- */

static bool log_has(const char *text)
{
    static char log[1 << 20];
    FILE *file = fopen(log_path, "re");
    size_t size = file == NULL ? 0 : fread(log, 1, sizeof log - 1, file);
    if (file != NULL) {
        fclose(file);
    }
    log[size] = '\0';
    return strstr(log, text) != NULL;
}

static void log_must_have(const char *text)
{
    for (uint64_t until = peer_now_ms() + LIMIT_MS; !log_has(text);) {
        must(peer_now_ms() < until, "the log does not say: %s", text);
        usleep(2000);
    }
}

/* It inherits standard error, which is then a file. */
static int begin(void **state)
{
    (void)state;
    snprintf(log_path, sizeof log_path, "/tmp/msiwatch-live-%d.log", (int)getpid());
    int old = dup(STDERR_FILENO),
        file = open(log_path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (old < 0 || file < 0) {
        return -1;
    }
    dup2(file, STDERR_FILENO);
    setenv("MSIWATCH_SIM_EVENTS", "1", 1);
    sim_start(&sim, NULL);
    dup2(old, STDERR_FILENO);
    close(old);
    close(file);
    sim_command(&sim, "reg machine Log sz info");
    log_must_have("setting log: now info, was warn");
    return 0;
}

static int end(void **state)
{
    (void)state;
    bool well = sim_stop(&sim);
    unlink(log_path);
    return well ? 0 : -1;
}

/* A method's whole answer; valid until the next. */
static const char *answer(const char *method)
{
    static char line[1 << 16];
    static struct peer_client peer;
    char request[128];
    snprintf(request, sizeof request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}\n", method);
    assert_true(peer_connect(&peer, sim.path));
    assert_true(peer_say(&peer, request));
    const char *heard = peer_hear(&peer, LIMIT_MS, NULL);
    assert_non_null(heard);
    snprintf(line, sizeof line, "%s", heard);
    peer_close(&peer);
    return line;
}

/* Asks until the answer has the text. */
static void must_answer(const char *method, const char *text)
{
    for (uint64_t until = peer_now_ms() + LIMIT_MS; strstr(answer(method), text) == NULL;) {
        must(peer_now_ms() < until, "%s never says %s, but %s", method, text, answer(method));
        usleep(2000);
    }
}

static void command(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void command(const char *format, ...)
{
    char line[SETTINGS_TEXT + 128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    sim_command(&sim, line);
}

/* ---- every setting ---- */

/* A value that is not the default: for the registry, and as the log tells it. */
static void another(const struct setting *setting, char value[32], const char **type)
{
    *type = "sz";
    switch (setting->kind) {
    case SETTING_NUMBER:
        *type = "dword";
        snprintf(value, 32, "%u", (unsigned)setting->most - 1);
        break;
    case SETTING_SWITCH:
        *type = "dword";
        snprintf(value, 32, "0");
        break;
    case SETTING_TEXT:
    case SETTING_PIPE:
        snprintf(value, 32, "another");
        break;
    case SETTING_FOLDER:
        snprintf(value, 32, "/another");
        break;
    case SETTING_TEXTFILE:
        snprintf(value, 32, "/not/there/another.prom");
        break;
    case SETTING_LEVEL:
        snprintf(value, 32, "debug");
        break;
    case SETTING_SIGNALS:
        snprintf(value, 32, "mutex");
        break;
    }
}

static void each_is_taken_up_or_waits_for_the_next_start(void **state)
{
    const struct setting *setting;
    (void)state;
    for (size_t n = 0; (setting = settings_at(n)) != NULL; n++) {
        char value[32], name[SETTINGS_NAME], said[256];
        const char *type;
        another(setting, value, &type);
        settings_value_name(setting, name);
        command("reg policy %s %s %s", name, type, value);
        if (setting->next_start) {
            snprintf(said, sizeof said, "setting %s: another value at the next start\n",
                     setting->name);
        } else {
            snprintf(said, sizeof said, "setting %s: now %s, was ", setting->name,
                     setting->kind == SETTING_SWITCH ? "off" : value);
        }
        log_must_have(said);
        command("unreg policy %s", name);
        if (setting->next_start) {
            snprintf(said, sizeof said, "setting %s: stays as it is\n", setting->name);
        } else {
            snprintf(said, sizeof said, ", was %s\n",
                     setting->kind == SETTING_SWITCH ? "off" : value);
        }
        log_must_have(said);
    }
}

/* ---- what it does then ---- */

static void limits_hold_at_once(void **state)
{
    static const struct {
        const char *name, *told;
        unsigned value;
    } limits[] = {
        {"Connections", "connections", 100},
        {"ConnectionsProcess", "connections_process", 50},
        {"ConnectionsUser", "connections_user", 51},
        {"Line", "line", 1000},
        {"Requests", "requests", 5},
        {"Subscriptions", "subscriptions", 3},
        {"FirstRequest", "first_request_ms", 200},
        {"QueuedBytes", "queued_bytes", 70000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        char told[64];
        command("reg policy %s dword %u", limits[i].name, limits[i].value);
        snprintf(told, sizeof told, "\"%s\":%u", limits[i].told, limits[i].value);
        must_answer("about", told);
    }
    /* The new one: a client that says nothing is sent away after 200 ms. */
    struct peer_client silent;
    assert_true(peer_connect(&silent, sim.path));
    assert_true(peer_hears(&silent, "\"limit\":\"first_request\"", 4000));
    peer_close(&silent);
}

/* As many as there may be; then more, and fewer than there are. */
static void the_number_of_connections_grows_and_shrinks(void **state)
{
    struct peer_client peers[12];
    (void)state;
    command("reg policy Connections dword 8");
    command("reg policy ConnectionsKept dword 0"); /* or half, if it is not root who tests */
    must_answer("about", "\"connections\":8");
    for (size_t i = 0; i < COUNT(peers); i++) {
        if (i == 8) {
            struct peer_client one_too_many;
            assert_true(peer_connect(&one_too_many, sim.path));
            assert_true(peer_hears(&one_too_many, "\"limit\":\"connections\"", LIMIT_MS));
            peer_close(&one_too_many);
            command("reg policy Connections dword 1500");
            log_must_have("setting connections: now 1500, was 8");
        }
        assert_true(peer_connect(&peers[i], sim.path));
        assert_true(peer_say(&peers[i], "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n"));
        assert_true(peer_hears(&peers[i], "\"result\"", LIMIT_MS));
    }
    command("reg policy Connections dword 10");
    log_must_have("setting connections: now 10, was 1500");
    for (size_t i = 0; i < COUNT(peers); i++) { /* nobody is turned out */
        assert_true(peer_say(&peers[i], "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"status\"}\n"));
        assert_true(peer_hears(&peers[i], "\"result\"", LIMIT_MS));
    }
    for (size_t i = 0; i < COUNT(peers); i++) {
        peer_close(&peers[i]);
    }
    must_answer("about", "\"connections\":10");
}

/* Samples in half a second; nobody asks for any meanwhile. */
static uint64_t samples(void)
{
    uint64_t before = sim_metric(&sim, "samples_total");
    usleep(500000);
    return sim_metric(&sim, "samples_total") - before;
}

static void must_sample_by(const char *name)
{
    command("reg policy %s dword 60000", name);
    must(samples() < 10, "%s is 60000, but samples are made", name);
    command("reg policy %s dword 10", name);
    must(samples() > 10, "%s is 10, but no samples are made", name);
    command("reg policy %s dword 60000", name);
    must(samples() < 10, "%s is 60000 again, but samples are made", name);
}

static void intervals_change_the_pace(void **state)
{
    (void)state;
    must_sample_by("IntervalCalm");
    command("msiserver running 1");
    must_sample_by("IntervalAlert");
    command("mutex held");
    must_sample_by("IntervalBusy");
    struct peer_client waiting;
    assert_true(peer_connect(&waiting, sim.path));
    assert_true(peer_say(&waiting, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"wait\"}\n"));
    must_answer("metrics", "\"waits\":1");
    must_sample_by("IntervalWaited");
    peer_close(&waiting);
}

static void signals_decide_anew(void **state)
{
    (void)state;
    command("msiserver running 4");
    must_answer("status", "\"state\":\"idle\"");
    command("reg policy Signals sz mutex,msiserver");
    must_answer("status", "\"state\":\"busy\"");
    command("reg policy Signals sz mutex");
    must_answer("status", "\"state\":\"idle\"");
}

static void flapping_begins_after_fewer_transitions(void **state)
{
    (void)state;
    command("toggle 10 5");
    must_answer("status", "\"state\":\"idle\"");
    command("reg policy Flapping dword 5");
    log_must_have("setting flapping: now 5, was 240");
    command("toggle 1 5");
    must_answer("status", "\"flapping\"");
}

static void transitions_go_to_the_event_log_or_not(void **state)
{
    (void)state;
    command("mutex held");
    log_must_have("event 501: busy|idle|");
    command("reg policy EventLogTransitions dword 0");
    log_must_have("setting event-log-transitions: now off, was on");
    command("mutex free");
    must_answer("status", "\"state\":\"idle\"");
    command("reg policy EventLogTransitions dword 1");
    log_must_have("setting event-log-transitions: now on, was off");
    command("mutex denied");
    log_must_have("event 502: unknown|idle|");
    assert_false(log_has("event 500: idle|busy|"));
}

/* Nothing is set for this one: it is here because the events that are written can be read here. */
static void a_sensor_that_cannot_be_read_goes_to_the_event_log(void **state)
{
    (void)state;
    command("install_log denied");
    log_must_have("event 200: install_log|denied");
}

static void the_log_tells_more_or_less(void **state)
{
    (void)state;
    command("reg policy Log sz error");
    log_must_have("setting log: now error, was info");
    command("mutex held");
    must_answer("status", "\"state\":\"busy\"");
    assert_false(log_has("idle -> busy"));
    command("reg policy Log sz info");
    command("mutex free");
    log_must_have("busy -> idle");
}

static void a_bad_value_is_logged_and_named_in_about_until_it_is_mended(void **state)
{
    (void)state;
    command("reg machine RetentionDays dword 30");
    log_must_have("setting retention-days: now 30, was 90");
    command("reg policy RetentionDays sz 20");
    log_must_have("setting retention-days: now 90, was 30");
    log_must_have("not taken: HKLM\\SOFTWARE\\Policies\\MsiWatch\\RetentionDays: takes a whole "
                  "number from 1 to 3650 (REG_DWORD or REG_QWORD)");
    log_must_have("event 400: RetentionDays|HKLM\\SOFTWARE\\Policies\\MsiWatch|takes a whole");
    must_answer("about", "\"settings_rejected\":[{\"name\":\"RetentionDays\",\"key\":\"HKLM\\\\"
                         "SOFTWARE\\\\Policies\\\\MsiWatch\",\"why\":\"takes a whole number");
    command("reg policy RetentionDays dword 20");
    log_must_have("setting retention-days: now 20, was 90");
    must_answer("about", "\"settings_rejected\":[]");
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        LIVE(each_is_taken_up_or_waits_for_the_next_start),
        LIVE(limits_hold_at_once),
        LIVE(the_number_of_connections_grows_and_shrinks),
        LIVE(intervals_change_the_pace),
        LIVE(signals_decide_anew),
        LIVE(flapping_begins_after_fewer_transitions),
        LIVE(transitions_go_to_the_event_log_or_not),
        LIVE(a_sensor_that_cannot_be_read_goes_to_the_event_log),
        LIVE(the_log_tells_more_or_less),
        LIVE(a_bad_value_is_logged_and_named_in_about_until_it_is_mended),
    };
    sim_find(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
