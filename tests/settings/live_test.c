/* live_test.c: a running service takes up every setting that changes in the registry, or says that
 * the next start will; and what the change then does. */
#include "unit.h"

#include "raw_client.h"
#include "config/settings.h"
#include "sim.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_MS 10000u

static struct sim sim;
static char log_path[64];
static char data[64]; /* the folder of the tests whose journal is on disk; or "" */

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
    for (uint64_t until = raw_now_ms() + LIMIT_MS; !log_has(text);) {
        must(raw_now_ms() < until, "the log does not say: %s", text);
        usleep(2000);
    }
}

/* It inherits standard error, which is then a file. */
static int start(const char *const *options)
{
    snprintf(log_path, sizeof log_path, "/tmp/msiwatch-live-%d.log", (int)getpid());
    int old = dup(STDERR_FILENO),
        file = open(log_path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (old < 0 || file < 0) {
        return -1;
    }
    dup2(file, STDERR_FILENO);
    setenv("MSIWATCH_SIM_EVENTS", "1", 1);
    sim_start(&sim, options);
    dup2(old, STDERR_FILENO);
    close(old);
    close(file);
    sim_command(&sim, "reg machine Log sz info");
    log_must_have("setting log: now info, was warn");
    return 0;
}

static int begin(void **state)
{
    (void)state;
    data[0] = '\0';
    return start(NULL);
}

/* With a journal on disk, and looks that follow each other closely. */
static int begin_on_disk(void **state)
{
    char option[80];
    const char *const options[] = {option, "--flapping=10000", "--interval-calm=10", NULL};
    (void)state;
    snprintf(data, sizeof data, "/tmp/msiwatch-live-XXXXXX");
    if (mkdtemp(data) == NULL) {
        return -1;
    }
    snprintf(option, sizeof option, "--data=%s", data);
    return start(options);
}

static void remove_file(const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", data, name);
    unlink(path);
}

static int end(void **state)
{
    (void)state;
    bool well = sim_stop(&sim);
    unlink(log_path);
    if (data[0] != '\0') {
        remove_file("history.db");
        remove_file("history.db-wal");
        remove_file("history.db-shm");
        remove_file("msiwatchd.lock");
        well = rmdir(data) == 0 && well;
    }
    return well ? 0 : -1;
}

/* A method's whole answer; valid until the next. */
static const char *answer(const char *method)
{
    static char line[1 << 16];
    static struct raw_client client;
    char request[128];
    snprintf(request, sizeof request, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}\n", method);
    assert_true(raw_connect(&client, sim.path));
    assert_true(raw_say(&client, request));
    const char *heard = raw_hear(&client, LIMIT_MS, NULL);
    assert_non_null(heard);
    snprintf(line, sizeof line, "%s", heard);
    raw_close(&client);
    return line;
}

/* Asks until the answer has the text. */
static void must_answer(const char *method, const char *text)
{
    for (uint64_t until = raw_now_ms() + LIMIT_MS; strstr(answer(method), text) == NULL;) {
        must(raw_now_ms() < until, "%s never says %s, but %s", method, text, answer(method));
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
    case SETTING_WORD:
        snprintf(value, 32, "%s",
                 strcmp(setting->name, "log") == 0       ? "debug"
                 : strcmp(setting->name, "signals") == 0 ? "mutex"
                                                         : "compatible");
        break;
    }
}

static void each_is_taken_up_or_waits_for_the_next_start(void **state)
{
    const struct setting *setting;
    struct settings presets;
    (void)state;
    settings_init(&presets);
    for (size_t n = 0; (setting = settings_at(n)) != NULL; n++) {
        char value[32], name[SETTINGS_NAME], said[256], preset[SETTINGS_TEXT];
        const char *type, *told = setting->kind == SETTING_SWITCH ? "off" : value;
        another(setting, value, &type);
        settings_text(setting, &presets, preset, sizeof preset);
        settings_value_name(setting, name);
        command("reg policy %s %s %s", name, type, value);
        if (setting->next_start) {
            snprintf(said, sizeof said,
                     "setting %s: the new value takes effect at the next start\n", setting->name);
        } else {
            snprintf(said, sizeof said, "setting %s: now %s, was %.32s\n", setting->name, told,
                     preset);
        }
        log_must_have(said);
        command("unreg policy %s", name);
        if (setting->next_start) {
            snprintf(said, sizeof said, "setting %s: keeps its current value\n", setting->name);
        } else {
            snprintf(said, sizeof said, "setting %s: now %.32s, was %s\n", setting->name, preset,
                     told);
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
    struct raw_client silent;
    assert_true(raw_connect(&silent, sim.path));
    assert_true(raw_hears(&silent, "\"limit\":\"first_request\"", 4000));
    raw_close(&silent);
}

/* As many as there may be; then more, and fewer than there are. */
static void the_number_of_connections_grows_and_shrinks(void **state)
{
    struct raw_client clients[12];
    (void)state;
    command("reg policy Connections dword 8");
    command("reg policy ConnectionsKept dword 0"); /* or half, if it is not root who tests */
    must_answer("about", "\"connections\":8");
    for (size_t i = 0; i < COUNT(clients); i++) {
        if (i == 8) {
            struct raw_client one_too_many;
            assert_true(raw_connect(&one_too_many, sim.path));
            assert_true(raw_hears(&one_too_many, "\"limit\":\"connections\"", LIMIT_MS));
            raw_close(&one_too_many);
            command("reg policy Connections dword 1500");
            log_must_have("setting connections: now 1500, was 8");
        }
        assert_true(raw_connect(&clients[i], sim.path));
        assert_true(raw_say(&clients[i], "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n"));
        assert_true(raw_hears(&clients[i], "\"result\"", LIMIT_MS));
    }
    command("reg policy Connections dword 10");
    log_must_have("setting connections: now 10, was 1500");
    for (size_t i = 0; i < COUNT(clients); i++) { /* nobody is turned out */
        assert_true(raw_say(&clients[i], "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"status\"}\n"));
        assert_true(raw_hears(&clients[i], "\"result\"", LIMIT_MS));
    }
    for (size_t i = 0; i < COUNT(clients); i++) {
        raw_close(&clients[i]);
    }
    must_answer("about", "\"connections\":10");
}

/* A number of `about`. */
static uint64_t about_number(const char *name)
{
    const char *found = strstr(answer("about"), name);
    must(found != NULL, "about has no %s", name);
    return strtoull(found + strlen(name), NULL, 10);
}

#define FIRST_SEQ "\"first_seq\":"
#define LAST_SEQ "\"last_seq\":"

static void last_seq_must_reach(uint64_t seq)
{
    for (uint64_t until = raw_now_ms() + LIMIT_MS; about_number(LAST_SEQ) < seq;) {
        must(raw_now_ms() < until, "only %u events", (unsigned)about_number(LAST_SEQ));
        usleep(2000);
    }
}

static void first_seq_must_be(uint64_t seq)
{
    for (uint64_t until = raw_now_ms() + LIMIT_MS; about_number(FIRST_SEQ) != seq;) {
        must(raw_now_ms() < until, "the first seq is %u, not %u", (unsigned)about_number(FIRST_SEQ),
             (unsigned)seq);
        usleep(2000);
    }
}

/* Nothing is appended, and no note is due for a minute: it is the setting that moves them. */
static void more_events_than_are_kept_go_at_once(void **state)
{
    (void)state;
    last_seq_must_reach(1); /* or else the first look may find it busy already */
    command("steps 70 1");
    last_seq_must_reach(141); /* with the first, from unknown to idle */
    first_seq_must_be(1);
    command("reg policy RetentionRows dword 100");
    first_seq_must_be(42);
}

static void events_older_than_are_kept_go_at_once(void **state)
{
    (void)state;
    last_seq_must_reach(1);
    command("steps 2 1");
    last_seq_must_reach(5);
    command("suspend 172800000"); /* two days, by both clocks: so age is believed */
    command("reg policy RetentionDays dword 3");
    log_must_have("setting retention-days: now 3, was 90");
    usleep(100000);
    first_seq_must_be(1);
    command("reg policy RetentionDays dword 1");
    /* The last one that is two days old, or the first one of now. */
    for (uint64_t until = raw_now_ms() + LIMIT_MS; about_number(FIRST_SEQ) < 5;) {
        must(raw_now_ms() < until, "they stay");
        usleep(2000);
    }
}

/* When it was last noted that the service is alive; "" when never. */
static void read_heartbeat(char out[64])
{
    char path[96];
    sqlite3 *database;
    sqlite3_stmt *statement;
    snprintf(path, sizeof path, "%s/history.db", data);
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sqlite3_busy_timeout(database, LIMIT_MS);
    assert_int_equal(sqlite3_prepare_v2(database,
                                        "SELECT value FROM journal WHERE name = 'heartbeat'", -1,
                                        &statement, NULL),
                     SQLITE_OK);
    out[0] = '\0';
    if (sqlite3_step(statement) == SQLITE_ROW) {
        snprintf(out, 64, "%s", (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

/* Twice: one note may have been under way. */
static void a_note_that_it_is_alive_is_made_more_often(void **state)
{
    char before[64], now[64];
    (void)state;
    last_seq_must_reach(1);
    command("reg policy Heartbeat dword 1");
    for (int i = 0; i < 2; i++) {
        read_heartbeat(before);
        read_heartbeat(now);
        for (uint64_t until = raw_now_ms() + LIMIT_MS; strcmp(before, now) == 0;) {
            must(raw_now_ms() < until, "no note after %s", before);
            usleep(20000);
            read_heartbeat(now);
        }
    }
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
    usleep(100000); /* that hinted: the burst of looks is over */
    must_sample_by("IntervalAlert");
    command("mutex held");
    must_sample_by("IntervalBusy");
    struct raw_client waiting;
    assert_true(raw_connect(&waiting, sim.path));
    assert_true(raw_say(&waiting, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"wait\"}\n"));
    must_answer("metrics", "\"waits\":1");
    must_sample_by("IntervalWaited");
    raw_close(&waiting);
}

static void signals_decide_again(void **state)
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
    command("toggle 10 25"); /* a look each, though they are at least 10 ms apart */
    must_answer("status", "\"state\":\"idle\"");
    command("reg policy Flapping dword 5");
    log_must_have("setting flapping: now 5, was 240");
    command("toggle 1 25");
    must_answer("status", "\"flapping\"");
}

static void transitions_go_to_the_event_log_or_not(void **state)
{
    (void)state;
    must_answer("status", "\"state\":\"idle\""); /* it has looked */
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
    log_must_have(
        "setting rejected: HKLM\\SOFTWARE\\Policies\\MsiWatch\\RetentionDays: takes a whole "
        "number from 1 to 3650 (REG_DWORD or REG_QWORD)");
    log_must_have("event 400: RetentionDays|HKLM\\SOFTWARE\\Policies\\MsiWatch|takes a whole");
    must_answer("about", "\"settings_rejected\":[{\"name\":\"RetentionDays\",\"key\":\"HKLM\\\\"
                         "SOFTWARE\\\\Policies\\\\MsiWatch\",\"why\":\"takes a whole number");
    command("reg policy RetentionDays dword 20");
    log_must_have("setting retention-days: now 20, was 90");
    must_answer("about", "\"settings_rejected\":[]");
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, begin_on_disk, end)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        LIVE(each_is_taken_up_or_waits_for_the_next_start),
        LIVE(limits_hold_at_once),
        LIVE(the_number_of_connections_grows_and_shrinks),
        LIVE(intervals_change_the_pace),
        ON_DISK(more_events_than_are_kept_go_at_once),
        ON_DISK(events_older_than_are_kept_go_at_once),
        ON_DISK(a_note_that_it_is_alive_is_made_more_often),
        LIVE(signals_decide_again),
        LIVE(flapping_begins_after_fewer_transitions),
        LIVE(transitions_go_to_the_event_log_or_not),
        LIVE(a_sensor_that_cannot_be_read_goes_to_the_event_log),
        LIVE(the_log_tells_more_or_less),
        LIVE(a_bad_value_is_logged_and_named_in_about_until_it_is_mended),
    };
    sim_find(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
