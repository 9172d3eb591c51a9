/* toggler_test.c: a mutex that is toggled, and one that is busy because much is installed, through
 * a service that runs: what others wait for, what is recorded, what is logged.
 *
 *   attack-toggler-test MSIWATCH-SIM
 * The simulator's clock makes an hour of minutes: between two installations it says that seconds
 * have passed. With MSIWATCH_TEST_LONG=1 it is the hour of 800 installations, else a part of it.
 */
#include "unit.h"

#include "bystander.h"
#include "sim.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { QUIET_MS = 5000, LIMIT_MS = 20000, HOUR = 800, APART_MS = 4500, ROUNDS = 4 };
enum { LOG_MOST = 1024 * 1024, PAGE = 256 };

/* Turns of the processor that other programs have meanwhile; in the long form, on a machine that
 * does nothing else, there are none. */
enum { SLICES_US = 20000 };

static const char log_path[] = "toggler-test.log";

/* With its log, which the simulator writes to standard error, in a file. */
static void begin(struct sim *sim)
{
    static const char *const settings[] = {"--log=info", NULL};
    int kept = dup(STDERR_FILENO);
    int file = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(kept >= 0 && file >= 0);
    dup2(file, STDERR_FILENO);
    sim_start(sim, settings);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(file);
}

static off_t end(struct sim *sim)
{
    struct stat info;
    assert_true(sim_stop(sim));
    assert_int_equal(stat(log_path, &info), 0);
    unlink(log_path);
    return info.st_size;
}

/* A number of a line, behind a name. */
static uint64_t number_of(const char *line, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *found = line == NULL ? NULL : strstr(line, key);
    must(found != NULL, "no %s in %s", name, line == NULL ? "nothing" : line);
    return strtoull(found + strlen(key), NULL, 10);
}

static void a_wait_after_the_last_toggle_returns_within_the_quiet_time(void **state)
{
    struct raw_client client;
    struct sim sim;
    (void)state;
    begin(&sim);
    assert_true(raw_connect(&client, sim.path));
    sim_command(&sim, "steps 150 1"); /* 300 changes, over the limit of 240 a minute */
    assert_true(raw_say(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n"));
    assert_true(raw_hears(&client, "\"flapping\"", LIMIT_MS));
    assert_true(raw_say(&client, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"wait\",\"params\":"
                                 "{\"for\":\"idle\"}}\n"));
    const char *line = raw_hear(&client, LIMIT_MS, NULL);
    must(line != NULL && strstr(line, "\"state\":\"idle\"") != NULL, "not idle: %s", line);
    uint64_t waited_ms = number_of(line, "waited_ms");
    /* It is found out at the first look after that time. */
    uint64_t gap_ms = sim_metric(&sim, "busy") + sim_metric(&sim, "waited");
    print_message("idle after %u ms; the largest gaps between looks together %u ms\n",
                  (unsigned)waited_ms, (unsigned)gap_ms);
    assert_in_range(waited_ms, 1, QUIET_MS + gap_ms);
    assert_in_range(sim_metric(&sim, "transitions_total"), 240, 260);
    raw_close(&client);
    assert_in_range(end(&sim), 0, LOG_MOST);
}

/* ---- an hour of installations ---- */

struct hour {
    struct sim *sim;
    unsigned from, to;
    bool quiet;
    uint64_t passed_ms; /* which the simulator's clock is ahead */
};

static void record(const struct hour *hour, unsigned id, const char *data)
{
    char command[1024], at[64];
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    time_t then = now.tv_sec + (time_t)(hour->passed_ms / 1000);
    gmtime_r(&then, &parts);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(command, sizeof command,
             "record <Event><System><Provider Name='MsiInstaller'/><EventID>%u</EventID>"
             "<TimeCreated SystemTime='%s.%07ldZ'/><Security UserID='S-1-5-18'/></System>"
             "<EventData>%s</EventData></Event>",
             id, at, now.tv_nsec / 100, data);
    sim_command(hour->sim, command);
}

static void pass(struct hour *hour, uint64_t ms)
{
    char command[64];
    sim_command(hour->sim, "look"); /* looks are 10 ms apart */
    snprintf(command, sizeof command, "suspend %u", (unsigned)ms);
    sim_command(hour->sim, command);
    hour->passed_ms += ms;
}

static void install(struct hour *hour)
{
    char held[64], begun[64], done[128];
    unsigned pid = 1000 + hour->from;
    snprintf(held, sizeof held, "mutex held %u %u", pid, pid);
    snprintf(begun, sizeof begun, "<Data>C:\\p%u.msi</Data><Data>%u</Data>", pid, pid);
    snprintf(done, sizeof done,
             "<Data>Product %u</Data><Data>1.0</Data><Data>1033</Data><Data>0</Data>"
             "<Data>Contoso</Data>",
             pid);
    sim_command(hour->sim, held);
    record(hour, 1040, begun);
    pass(hour, 1000);
    record(hour, 1033, done);
    sim_command(hour->sim, "mutex free");
    record(hour, 1042, begun);
    pass(hour, APART_MS - 1000 - 30);
}

/* Or as much time without any: the clock's leaps make a status wait for a look, too. */
static void *play(void *arg)
{
    struct hour *hour = arg;
    for (unsigned i = hour->from; hour->quiet && i < hour->to; i++) {
        pass(hour, 1000);
        pass(hour, APART_MS - 1000 - 30);
    }
    for (; !hour->quiet && hour->from < hour->to; hour->from++) {
        install(hour);
    }
    return NULL;
}

static struct latency watch(struct hour *hour, bool quiet, struct bystanders *all)
{
    pthread_t player;
    hour->quiet = quiet;
    unsigned ms = (hour->to - hour->from) * 20;
    assert_int_equal(pthread_create(&player, NULL, play, hour), 0);
    struct latency latency = bystanders_watch(all, ms);
    pthread_join(player, NULL);
    assert_int_equal(latency.failed, 0);
    return latency;
}

/* Of the journal's events, how many there are with each of these. */
static void count_events(const struct sim *sim, const char *const parts[], unsigned counts[],
                         size_t count)
{
    struct raw_client client;
    uint64_t after = 0, last;
    assert_true(raw_connect(&client, sim->path));
    do {
        char line[128];
        snprintf(line, sizeof line,
                 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"history\",\"params\":{\"after\":%u,"
                 "\"limit\":%d}}\n",
                 (unsigned)after, PAGE);
        assert_true(raw_say(&client, line));
        const char *page = raw_hear(&client, LIMIT_MS, NULL);
        last = number_of(page, "last_seq");
        for (size_t i = 0; i < count; i++) {
            for (const char *at = page; (at = strstr(at, parts[i])) != NULL; at++) {
                counts[i]++;
            }
        }
        after = strstr(page, "\"more\":true") != NULL ? number_of(page, "next") : last;
    } while (after < last);
    raw_close(&client);
}

static void many_installations_are_recorded_and_delay_nobody(void **state)
{
    static const char *const parts[] = {"\"to\":\"busy\"", "\"owner\":{\"pid\":", "\"flapping\"",
                                        "\"product\":\"Product "};
    const char *wish = getenv("MSIWATCH_TEST_LONG");
    unsigned installs = wish != NULL && strcmp(wish, "1") == 0 ? HOUR : HOUR / 10;
    unsigned counts[COUNT(parts)] = {0};
    uint64_t quiet_us = UINT64_MAX, loud_us = UINT64_MAX;
    struct bystanders all;
    struct sim sim;
    (void)state;
    begin(&sim);
    sim_command(&sim, "callers administrator");
    bystanders_come(&all, sim.path);
    bystanders_watch(&all, 200);
    struct hour hour = {.sim = &sim};
    for (unsigned round = 1; round <= ROUNDS; round++) {
        hour.to = installs * round / ROUNDS;
        struct latency calm = watch(&hour, true, &all), busy = watch(&hour, false, &all);
        quiet_us = calm.p99_us < quiet_us ? calm.p99_us : quiet_us;
        loud_us = busy.p99_us < loud_us ? busy.p99_us : loud_us;
    }
    bystanders_go(&all);
    sim_command(&sim, "suspend 4000");
    sim_command(&sim, "sleep 1500"); /* the last one is reported */
    count_events(&sim, parts, counts, COUNT(parts));
    off_t logged = end(&sim);
    print_message("%u installations: %u busy periods, %u with an owner, %u products; %lld bytes of "
                  "log; p99 of others %u us, quiet %u us\n",
                  installs, counts[0], counts[1], counts[3], (long long)logged, (unsigned)loud_us,
                  (unsigned)quiet_us);
    assert_int_equal(counts[0], installs);
    assert_int_equal(counts[1], installs);
    assert_int_equal(counts[2], 0);
    assert_int_equal(counts[3], installs);
    assert_in_range(logged * (HOUR / installs), 0, LOG_MOST);
    uint64_t most_us = 2 * quiet_us + (installs == HOUR ? 0 : SLICES_US);
    must(loud_us <= most_us, "others wait %u us", (unsigned)loud_us);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wait_after_the_last_toggle_returns_within_the_quiet_time),
        cmocka_unit_test(many_installations_are_recorded_and_delay_nobody),
    };
    sim_find(argc, argv);
    return cmocka_run_group_tests_name("attack.toggler", tests, NULL, NULL);
}
