/* crowd_test.c: who asks for a page of history, or for the status, does not wait for all that
 * others ask.
 *
 * 64 connections of one user ask for times that nothing has, each as much at once as it may, again
 * and again (all but four at once are refused), of a journal of 100,000 events with an install
 * event in each period and a clock that is set back in each. Another user asks for pages and for
 * the status. To be two users, it must run as root.
 */
#include "sim_process.h"

#include "rpc/shares.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EVENTS = 100000, CROWD = 64, ASKS = 256, IN_FLIGHT = 60, PAGES = 40, CROWDS_USER = 4711 };
enum { STATUSES = 150, ROUNDS = 5, PATIENCE_MS = 20000, MOST_US = 1000000, TURN_MOST_US = 1000 };

/* Turns of the processor that other programs have meanwhile; in the long form, on a machine that
 * does nothing else, there are none. */
enum { SLICES_US = 20000 };

static const char *const nothing[] = {
    "{\"since\":\"1999-01-01T00:00:00Z\",\"until\":\"2001-01-01T00:00:00Z\"}",
    "{\"since\":\"1999-01-01T00:00:00Z\",\"until\":\"2001-01-01T00:00:00Z\",\"order\":\"desc\"}",
    "{\"until\":\"2001-01-01T00:00:00Z\"}",
    "{\"until\":\"2001-01-01T00:00:00Z\",\"order\":\"desc\"}",
};

struct member {
    struct sim_client client;
    unsigned asked, answered;
};

/* Of the crowd: `least` is how many have had as many answers as they must. */
struct counts {
    unsigned answered, refused, least;
};

/* Another user's: the 99th percentile of the status, and the longest wait for a page. */
struct waits {
    uint64_t quiet_us, crowded_us, page_us;
};

/* Three events a period, ten seconds apart, with a clock that is set back by 15 s in each. */
static void fill(const char *folder)
{
    static const char *const members[] = {
        "\"kind\":\"transition\",\"from\":\"idle\",\"to\":\"busy\",\"reasons\":[\"mutex\"],"
        "\"after_ms\":10000",
        "\"kind\":\"install\",\"of\":null,\"install\":{\"source\":\"eventlog\",\"product\":"
        "\"Example\",\"version\":\"1.2.3\",\"package\":\"example.msi\",\"result\":\"success\","
        "\"status\":0,\"reboot\":\"none\"}",
        "\"kind\":\"transition\",\"from\":\"busy\",\"to\":\"idle\",\"reasons\":[],\"after_ms\":"
        "null",
        "\"kind\":\"transition\",\"from\":\"idle\",\"to\":\"unknown\",\"reasons\":[],"
        "\"after_ms\":null",
    };
    char command[1024];
    int64_t at_ms = wall_ms() - EVENTS * INT64_C(10000);
    snprintf(command, sizeof command, "%s %s", JOURNAL_FILL, folder);
    FILE *to = popen(command, "w");
    assert_non_null(to);
    for (unsigned seq = 1; seq <= EVENTS; seq++) {
        at_ms += seq % 3 == 0 ? -15000 : 10000;
        fprintf(to, "%" PRId64 " %s\n", at_ms, members[seq == EVENTS ? 3 : (seq - 1) % 3]);
    }
    assert_int_equal(pclose(to), 0);
}

/* ---- the crowd, in a process of its own, whose work is nobody's delay ---- */

static void ask_on(struct member *member)
{
    while (member->asked - member->answered < IN_FLIGHT) {
        client_send(&member->client, "history", nothing[member->asked++ % 4]);
    }
}

/* Takes what came, and asks for as much again. */
static void take(struct member *member, struct counts *counts)
{
    char *line;
    must(client_fill(&member->client), "the service turned a client out");
    while ((line = client_next(&member->client)) != NULL) {
        bool refused = strstr(line, "\"limit\":\"history_reads\"") != NULL;
        bool nothing_more = strstr(line, "\"events\":[]") != NULL &&
                            strstr(line, "\"more\":false") != NULL;
        must(refused || nothing_more, "not an empty page, and the last: %s", line);
        counts->refused += refused;
        counts->answered++;
        counts->least += ++member->answered == ASKS;
    }
    ask_on(member);
}

static void be_the_crowd(const struct sim_process *sim, struct counts *counts)
{
    static struct member crowd[CROWD];
    struct pollfd sources[CROWD];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpriority(PRIO_PROCESS, 0, 19);
    assert_int_equal(setuid(CROWDS_USER), 0);
    for (unsigned i = 0; i < CROWD; i++) {
        client_begin(&crowd[i].client, sim);
        sources[i] = (struct pollfd){.fd = crowd[i].client.fd, .events = POLLIN};
        ask_on(&crowd[i]);
    }
    for (;;) {
        assert_true(poll(sources, CROWD, -1) >= 0);
        for (unsigned i = 0; i < CROWD; i++) {
            if (sources[i].revents != 0) {
                take(&crowd[i], counts);
            }
        }
    }
}

static pid_t crowd_begin(const struct sim_process *sim, struct counts *counts)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        be_the_crowd(sim, counts);
    }
    return pid;
}

/* Nothing was wrong with what it was answered until then. */
static void crowd_end(pid_t pid)
{
    int status;
    kill(pid, SIGCONT);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

/* ---- another user ---- */

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* How long it waits for an answer, which must have that in it. */
static uint64_t ask_us(struct sim_client *client, const char *method, const char *params,
                       const char *wanted)
{
    uint64_t asked_us = uv_hrtime() / 1000;
    client_send(client, method, params);
    const char *line = client_line(client, PATIENCE_MS);
    must(line != NULL && strstr(line, wanted) != NULL, "%s: %s", method,
         line == NULL ? "no answer" : line);
    return uv_hrtime() / 1000 - asked_us;
}

/* What 99 of a hundred statuses took at most. */
static uint64_t status_p99_us(struct sim_client *client)
{
    static uint64_t took_us[STATUSES];
    for (size_t i = 0; i < STATUSES; i++) {
        took_us[i] = ask_us(client, "status", NULL, "\"state\"");
        uv_sleep(1);
    }
    qsort(took_us, STATUSES, sizeof took_us[0], compare);
    return took_us[STATUSES * 99 / 100];
}

/* What the service's loop, its first thread, has computed. */
static uint64_t loop_us(const struct sim_process *sim)
{
    char path[64];
    uint64_t ns = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)sim->pid, (int)sim->pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%" SCNu64, &ns), 1);
    fclose(file);
    return ns / 1000;
}

/* Of the processor, by the loop, for all that may come before another user's request. */
static uint64_t turn_us(const struct sim_process *sim)
{
    uint64_t computed_us = loop_us(sim), until_ms = now_ms() + PATIENCE_MS, asked;
    uint64_t before = sim_number(sim, "metrics", "requests_total");
    do {
        must(now_ms() < until_ms, "the crowd does nothing");
        uv_sleep(100);
        asked = sim_number(sim, "metrics", "requests_total") - before;
    } while (asked < 1000);
    return (loop_us(sim) - computed_us) * SHARES_TURN / asked;
}

/* By turns with the crowd and without it; the least of each is least the doing of other programs.
 */
static void measure(struct sim_client *client, pid_t crowd, struct waits *waits)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        kill(crowd, SIGSTOP);
        uv_sleep(50); /* what it had asked is answered */
        uint64_t quiet_us = status_p99_us(client);
        kill(crowd, SIGCONT);
        uint64_t crowded_us = status_p99_us(client);
        waits->quiet_us = quiet_us < waits->quiet_us ? quiet_us : waits->quiet_us;
        waits->crowded_us = crowded_us < waits->crowded_us ? crowded_us : waits->crowded_us;
        for (unsigned page = 0; page < PAGES / ROUNDS; page++) {
            uint64_t page_us = ask_us(client, "history", "{\"after\":50000,\"limit\":64}",
                                      "{\"seq\":50001,");
            waits->page_us = page_us > waits->page_us ? page_us : waits->page_us;
        }
    }
}

static void nobody_waits_for_all_that_others_ask(void **state)
{
    static const char *const options[] = {"--connections-process", "200", NULL};
    struct waits waits = {UINT64_MAX, UINT64_MAX, 0};
    struct sim_process sim;
    struct sim_client client;
    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: only root can be two users\n");
        skip();
    }
    struct counts *counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(counts != MAP_FAILED);
    sim_begin(&sim);
    assert_int_equal(chmod(sim.folder, 0711), 0);
    fill(sim.data);
    sim_start(&sim, options);
    client_begin(&client, &sim);
    assert_int_equal(chmod(sim.pipe, 0666), 0);
    pid_t crowd = crowd_begin(&sim, counts);
    measure(&client, crowd, &waits);
    uint64_t until_ms = now_ms() + PATIENCE_MS;
    while (counts->least < CROWD && now_ms() < until_ms) {
        uv_sleep(10);
    }
    uint64_t share_us = turn_us(&sim);
    crowd_end(crowd);
    print_message("%u queries that match nothing, of which %u were refused; a page waited %" PRIu64
                  " us at most\n",
                  counts->answered, counts->refused, waits.page_us);
    print_message("99 of 100 statuses took %" PRIu64 " us, without the crowd %" PRIu64
                  " us; the loop takes %" PRIu64 " us for a turn of its requests\n",
                  waits.crowded_us, waits.quiet_us, share_us);
    assert_int_equal(counts->least, CROWD);
    assert_true(counts->refused > 0 && counts->refused < counts->answered);
    must(waits.page_us <= MOST_US, "a page waited %" PRIu64 " us", waits.page_us);
    must(share_us <= TURN_MOST_US, "a loop iteration takes %" PRIu64 " us", share_us);
    uint64_t most_us = 2 * waits.quiet_us + (is_long() ? 0 : SLICES_US);
    must(waits.crowded_us <= most_us, "a status waits %" PRIu64 " us", waits.crowded_us);
    client_end(&client);
    sim_end(&sim);
    munmap(counts, sizeof *counts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_waits_for_all_that_others_ask),
    };
    return cmocka_run_group_tests_name("record.crowd", tests, NULL, NULL);
}
