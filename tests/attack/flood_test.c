/* flood_test.c: attacks on the simulator, and what others notice of them.
 *
 *   attack-flood-test MSIWATCH-SIM
 * Each attack (attacks.c) runs in rounds, in turn with quiet rounds; the median of the rounds' 99th
 * percentiles of `status` is compared. Always: no request of others fails, and all that the attack
 * left behind is gone within 2 s. With MSIWATCH_TEST_LONG=1 the rounds are long, and others wait
 * at most twice as long as without the attack, in one of three tries; without it the figures are
 * only printed: in 200 ms on a busy machine they say little.
 */
#include "unit.h"

#include "attacks.h"
#include "bystander.h"
#include "sim.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ROUNDS 9
#define RECOVERY_MS 2000
#define TRIES 3

/* So many that all attackers fit, if this does not run as root, who is exempt. */
static const char *const settings[] = {"--connections=1800", "--connections-process=1800",
                                       "--connections-user=1800", "--flapping=10000", NULL};

static bool is_long(void)
{
    const char *value = getenv("MSIWATCH_TEST_LONG");
    return value != NULL && strcmp(value, "1") == 0;
}

static pid_t begin(const struct attack *attack, const struct sim *sim)
{
    int ends[2];
    struct pollfd poll_fd = {.events = POLLIN};
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        attack->run(sim->path, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    poll_fd.fd = ends[0];
    must(poll(&poll_fd, 1, 20000) == 1, "%s: does not begin", attack->name);
    close(ends[0]);
    return child;
}

static void end(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

/* All connections but those of the bystanders are gone, and what hung on them. */
static void must_recover(const struct sim *sim, const char *name)
{
    uint64_t until = raw_now_ms() + RECOVERY_MS, left;
    do {
        poll(NULL, 0, 10);
        left = sim_metric(sim, "connections");
    } while (left != BYSTANDERS + 1 && raw_now_ms() < until);
    must(left == BYSTANDERS + 1, "%s: %llu connections are left", name, (unsigned long long)left);
    assert_int_equal(sim_metric(sim, "waits"), 0);
    assert_int_equal(sim_metric(sim, "subscriptions"), 0);
}

static int compare(const void *a, const void *b)
{
    uint64_t left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

static uint64_t median(uint64_t *values, size_t count)
{
    qsort(values, count, sizeof values[0], compare);
    return values[count / 2];
}

/* Toggling goes on in quiet rounds, too: it is the machine's doing and not the attackers'. */
static struct latency watch(const struct attack *attack, const struct sim *sim,
                            struct bystanders *all, unsigned ms)
{
    char command[64];
    unsigned times = attack->toggle ? ms / 3 : 0;
    snprintf(command, sizeof command, "toggle %u 1", times);
    sim_command_begin(sim, command);
    struct latency latency = bystanders_watch(all, ms);
    sim_command_end(sim);
    return latency;
}

/* The ratio of what others wait for with the attack and without it, in hundredths. */
static uint64_t compare_rounds(const struct attack *attack, const struct sim *sim)
{
    struct bystanders all;
    uint64_t quiet[MOST_ROUNDS] = {0}, loud[MOST_ROUNDS] = {0}, slowest = 0, asked = 0;
    size_t rounds = is_long() ? MOST_ROUNDS : 2;
    unsigned ms = is_long() ? 3500 : 250; /* nine of the long ones: over 30 s of each attack */
    bystanders_come(&all, sim->path);
    bystanders_watch(&all, ms / 4);
    for (size_t i = 0; i < rounds; i++) {
        struct latency calm = watch(attack, sim, &all, ms);
        pid_t child = begin(attack, sim);
        struct latency attacked = watch(attack, sim, &all, ms);
        end(child);
        must(calm.failed == 0 && attacked.failed == 0, "%s: %llu of %llu requests of others failed",
             attack->name, (unsigned long long)(calm.failed + attacked.failed),
             (unsigned long long)(calm.asked + attacked.asked));
        must_recover(sim, attack->name);
        quiet[i] = calm.p99_us;
        loud[i] = attacked.p99_us;
        slowest = attacked.most_us > slowest ? attacked.most_us : slowest;
        asked += attacked.asked;
    }
    bystanders_go(&all);
    uint64_t without = median(quiet, rounds), with = median(loud, rounds);
    print_message("%-30s p99 %5llu us, quiet %5llu us, slowest %6llu us, of %llu\n", attack->name,
                  (unsigned long long)with, (unsigned long long)without,
                  (unsigned long long)slowest, (unsigned long long)asked);
    return with * 100 / (without == 0 ? 1 : without);
}

static void others_are_served(void **state)
{
    const struct attack *attack = *state;
    struct sim sim;
    uint64_t ratio = UINT64_MAX;
    sim_start(&sim, settings);
    sim_command(&sim, "toggle 150 1"); /* some history to ask for */
    for (int i = 0; i < (is_long() ? TRIES : 1) && ratio > 200; i++) {
        ratio = compare_rounds(attack, &sim);
    }
    must(sim_stop(&sim), "%s: the service does not stop as it should", attack->name);
    must(!is_long() || ratio <= 200, "%s: others wait %llu %% of what they should", attack->name,
         (unsigned long long)ratio);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[16];
    struct rlimit files = {4096, 4096};
    size_t count = 0;
    sim_find(argc, argv);
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    for (const struct attack *attack = attacks; attack->name != NULL; attack++) {
        if (argc < 3 || strstr(attack->name, argv[2]) != NULL) {
            tests[count++] = (struct CMUnitTest){attack->name, others_are_served, NULL, NULL,
                                                 (void *)(uintptr_t)attack};
        }
    }
    return _cmocka_run_group_tests("attack.flood", tests, count, NULL, NULL);
}
