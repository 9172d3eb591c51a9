/* door_test.c: who is let in, over real sockets: every cap on connections is reported by name,
 * places are kept for the privileged, and one user's flood never keeps another from `status`.
 *
 *   attack-door-test MSIWATCH-SIM
 * Natively root stands for administrators. Run as root, a child that becomes another user stands
 * for standard users; otherwise this user is one, and what needs two users is skipped.
 */
#include "unit.h"

#include "raw_client.h"
#include "sim.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOON_MS 5000u
#define NOBODY 65534u
#define SOMEBODY 65533u

#define STATUS "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n"

static bool is_root(void)
{
    return geteuid() == 0;
}

static bool is_served(const char *path)
{
    struct raw_client client;
    bool served = raw_connect(&client, path) && raw_say(&client, STATUS) &&
                  raw_hears(&client, "\"id\":1,\"result\":", SOON_MS);
    raw_close(&client);
    return served;
}

/* Comes until it is not let in: how many were; what is said then must name the limit. Those that
 * are in ask for something, and stay. */
static unsigned come_until_refused(const char *path, const char *limit)
{
    char text[128];
    snprintf(text, sizeof text, "\"params\":{\"reason\":\"limit\",\"limit\":\"%s\"}", limit);
    for (unsigned in = 0; in < 2000; in++) {
        struct raw_client client;
        if (!raw_connect(&client, path)) {
            return 10000;
        }
        raw_say(&client, STATUS);
        const char *line = raw_hear(&client, SOON_MS, NULL);
        if (line == NULL) {
            return 20000; /* dropped silently */
        }
        if (strstr(line, "\"result\"") == NULL) {
            bool named = strstr(line, text) != NULL && strstr(line, "closing") != NULL;
            return named && raw_ends(&client, SOON_MS) ? in : 30000;
        }
    }
    return 40000;
}

/* A child of another user, perhaps, that does it, and then holds what it has until it is ended. */
struct child {
    pid_t pid;
    int result;
};

static struct child begin(unsigned user, const char *path, const char *limit)
{
    int results[2];
    struct child child;
    assert_int_equal(pipe(results), 0);
    child.pid = fork();
    assert_true(child.pid >= 0);
    if (child.pid == 0) {
        unsigned in = user != 0 && setuid(user) != 0 ? 50000 : come_until_refused(path, limit);
        ssize_t written = write(results[1], &in, sizeof in);
        while (written == (ssize_t)sizeof in) {
            pause();
        }
        _exit(1);
    }
    close(results[1]);
    child.result = results[0];
    return child;
}

static unsigned result_of(const struct child *child)
{
    unsigned in = 60000;
    assert_int_equal(read(child->result, &in, sizeof in), sizeof in);
    return in;
}

static void end(const struct child *child)
{
    close(child->result);
    kill(child->pid, SIGKILL);
    assert_int_equal(waitpid(child->pid, NULL, 0), child->pid);
}

/* The user whom a standard child is to be; 0: this one. */
static unsigned standard_user(void)
{
    return is_root() ? NOBODY : 0;
}

static void skip_unless_root(void)
{
    if (!is_root()) {
        print_message("skipped: only root can be two users\n");
        skip();
    }
}

static void the_total_is_a_cap_for_everybody(void **state)
{
    static const char *const settings[] = {"--connections=10", "--connections-kept=0", NULL};
    struct sim sim;
    (void)state;
    sim_start(&sim, settings);
    struct child child = begin(0, sim.path, "connections");
    assert_int_equal(result_of(&child), 10);
    end(&child);
    uint64_t until = raw_now_ms() + SOON_MS;
    bool served = false;
    while (!served && raw_now_ms() < until) {
        served = is_served(sim.path); /* as soon as it is noticed that they went */
    }
    assert_true(served);
    /* How many were refused until it was noticed is anybody's guess: each was over one limit. */
    uint64_t refused = sim_metric(&sim, "connections_rejected_total");
    assert_true(refused >= 1);
    assert_int_equal(sim_metric(&sim, "over_limit_total"), refused);
    assert_true(sim_stop(&sim));
}

static void a_standard_process_has_a_cap(void **state)
{
    static const char *const settings[] = {"--connections-process=6", NULL};
    struct sim sim;
    (void)state;
    sim_start(&sim, settings);
    struct child child = begin(standard_user(), sim.path, "connections_process");
    assert_int_equal(result_of(&child), 6);
    assert_true(is_served(sim.path)); /* another process */
    end(&child);
    assert_true(sim_stop(&sim));
}

static void a_standard_user_has_a_cap_and_another_user_is_served(void **state)
{
    static const char *const settings[] = {"--connections-process=6", "--connections-user=10",
                                           NULL};
    struct sim sim;
    (void)state;
    skip_unless_root();
    sim_start(&sim, settings);
    struct child first = begin(NOBODY, sim.path, "connections_process");
    assert_int_equal(result_of(&first), 6);
    struct child second = begin(NOBODY, sim.path, "connections_user");
    assert_int_equal(result_of(&second), 4);
    struct child other = begin(SOMEBODY, sim.path, "connections_process");
    assert_int_equal(result_of(&other), 6);
    end(&first);
    end(&second);
    end(&other);
    assert_true(sim_stop(&sim));
}

static void the_privileged_have_no_cap_but_the_total(void **state)
{
    static const char *const settings[] = {"--connections-process=2", "--connections-user=2",
                                           "--connections=30", NULL};
    struct sim sim;
    (void)state;
    skip_unless_root();
    sim_start(&sim, settings);
    struct child child = begin(0, sim.path, "connections");
    assert_int_equal(result_of(&child), 30);
    end(&child);
    assert_true(sim_stop(&sim));
}

static void places_are_kept_for_the_privileged(void **state)
{
    static const char *const settings[] = {"--connections=30", "--connections-kept=5",
                                           "--connections-process=30", "--connections-user=30",
                                           NULL};
    struct sim sim;
    (void)state;
    skip_unless_root();
    sim_start(&sim, settings);
    struct child child = begin(NOBODY, sim.path, "connections");
    assert_int_equal(result_of(&child), 25);
    struct child privileged = begin(0, sim.path, "connections");
    assert_int_equal(result_of(&privileged), 5);
    end(&privileged);
    end(&child);
    assert_true(sim_stop(&sim));
}

/* A total that is valid, but below the places that are kept by default. */
static void few_places_are_not_all_kept_for_the_privileged(void **state)
{
    static const char *const settings[] = {"--connections=30", "--connections-process=30",
                                           "--connections-user=30", NULL};
    struct sim sim;
    (void)state;
    skip_unless_root();
    sim_start(&sim, settings);
    struct child child = begin(NOBODY, sim.path, "connections");
    assert_int_equal(result_of(&child), 15);
    struct child privileged = begin(0, sim.path, "connections");
    assert_int_equal(result_of(&privileged), 15);
    end(&privileged);
    end(&child);
    assert_true(sim_stop(&sim));
}

/* Processes of one user that take all they can get, over and over. */
static void flood(const char *path)
{
    for (;;) {
        struct raw_client clients[40];
        for (size_t i = 0; i < COUNT(clients); i++) {
            if (raw_connect(&clients[i], path)) {
                raw_send(&clients[i], STATUS, sizeof STATUS - 1, 0);
            }
        }
        usleep(20000);
        for (size_t i = 0; i < COUNT(clients); i++) {
            raw_close(&clients[i]);
        }
    }
}

static void a_flood_by_one_user_keeps_nobody_else_from_status(void **state)
{
    static const char *const settings[] = {"--connections=120", "--connections-kept=20",
                                           "--connections-process=30", "--connections-user=60",
                                           NULL};
    struct sim sim;
    pid_t floods[4];
    (void)state;
    skip_unless_root();
    sim_start(&sim, settings);
    for (size_t i = 0; i < COUNT(floods); i++) {
        floods[i] = fork();
        assert_true(floods[i] >= 0);
        if (floods[i] == 0) {
            if (setuid(NOBODY) == 0) {
                flood(sim.path);
            }
            _exit(1);
        }
    }
    int refused = 0;
    for (int i = 0; i < 40; i++) {
        pid_t child = fork();
        if (child == 0) {
            _exit(setuid(SOMEBODY) == 0 && is_served(sim.path) ? 0 : 1);
        }
        int status;
        waitpid(child, &status, 0);
        refused += status != 0;
        usleep(2000);
    }
    for (size_t i = 0; i < COUNT(floods); i++) {
        kill(floods[i], SIGKILL);
        waitpid(floods[i], NULL, 0);
    }
    assert_int_equal(refused, 0);
    assert_true(sim_metric(&sim, "connections_rejected_total") > 0);
    assert_true(sim_stop(&sim));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_total_is_a_cap_for_everybody),
        cmocka_unit_test(a_standard_process_has_a_cap),
        cmocka_unit_test(a_standard_user_has_a_cap_and_another_user_is_served),
        cmocka_unit_test(the_privileged_have_no_cap_but_the_total),
        cmocka_unit_test(places_are_kept_for_the_privileged),
        cmocka_unit_test(few_places_are_not_all_kept_for_the_privileged),
        cmocka_unit_test(a_flood_by_one_user_keeps_nobody_else_from_status),
    };
    sim_find(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("attack.door", tests, NULL, NULL);
}
