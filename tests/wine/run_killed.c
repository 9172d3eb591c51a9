/* run_killed.c: the service is killed at each step of msiwatch run.
 *
 * Each step has a service of its own, in a console (Wine's manager does not find out that a process
 * is gone, and would not start it again), a run that is at that step, and another one that waits in
 * the same queue. All are killed at once and started again. Each step waits for an event, not for
 * some time, so that a slow machine sees the same.
 */
#include "run_killed.h"

#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGIN "Global\\killed-begin"
#define END "Global\\killed-end"

/* A program that waits for the event. */
#define AWAIT(name, event) "msirig hold 0 --name " name " --until " event

enum { INSTALLS, RETRIES, SETTLES, LINGERS, RELEASES, STEPS };

static struct step {
    const char *name; /* of the pipe and the data folder */
    const char *command;
    DWORD code;
    struct child *service, *run, *queued;
} steps[STEPS] = {
    [INSTALLS] = {.name = "installs", .command = "-- msirig hold 0 --until " END},
    /* The first try collides with the installation above; the second finds that BEGIN is set. */
    [RETRIES] = {.name = "retries",
                 .command = "-- cmd /c \"" AWAIT("r", BEGIN) "& msirig hold 20 --grab 100\""},
    [SETTLES] = {.name = "settles",
                 .command = "-- cmd /c \"" AWAIT("s", BEGIN) "& exit 7\"",
                 .code = 7},
    [LINGERS] = {.name = "lingers",
                 .command = "-- cmd /c \"start /b msirig hold 0 --name l --until " END "& exit 8\"",
                 .code = 8},
    [RELEASES] = {.name = "releases",
                  .command = "--linger 0 -- cmd /c \"" AWAIT("f", BEGIN) "& exit 9\"",
                  .code = 9},
};

static void must_serve_all(void)
{
    for (size_t i = 0; i < STEPS; i++) {
        steps[i].service = child_must_start("msiwatchd run --pipe %s --data C:\\killed-%s",
                                            steps[i].name, steps[i].name);
    }
    for (size_t i = 0; i < STEPS; i++) {
        child_must_print(steps[i].service, "listening");
    }
}

/* One has the turn and has begun, another one waits for it. */
static void must_begin(struct step *step)
{
    step->run = child_must_start("msiwatch run --pipe %s --settle 0 %s", step->name, step->command);
    must_become(strstr(run_well("msiwatch turn list --pipe %s", step->name)->out, "current ") !=
                NULL);
    step->queued = child_must_start(
        "msiwatch run --no-retry --pipe %s --settle 100ms -- msirig hold 20 --grab 2000",
        step->name);
    must_become(strstr(run_well("msiwatch turn list --pipe %s", step->name)->out, "waiting ") !=
                NULL);
}

/* So many wait for idle, besides those for a turn. */
static bool waits(const struct step *step, int count)
{
    char pattern[32];
    snprintf(pattern, sizeof pattern, "\"waits\":%d,", count);
    return strstr(run_well("msiwatch metrics --json --pipe %s", step->name)->out, pattern) != NULL;
}

static int64_t edge(const char *out, const char *what)
{
    const char *line = strstr(out, what);
    must(line != NULL, "no %s in: %s", what, out);
    return strtoll(line + strlen(what) + 1, NULL, 10);
}

static void must_end(struct step *step, const char *say)
{
    const struct child_result *result = child_must_exit(step->run, step->code);
    must(strstr(result->err, say) != NULL, "%s: %s", step->name, result->err);
}

/* Whoever is in the queue installs after all, and nobody beside the installation that ran. */
static void must_go_on(void)
{
    int64_t free = edge(child_output(steps[INSTALLS].run), "free");
    for (size_t i = 0; i < STEPS; i++) {
        const struct child_result *result = child_must_exit(steps[i].queued, 0);
        must(strstr(result->err, "the service went away; waiting") != NULL, "%s: %s", steps[i].name,
             result->err);
        must(edge(result->out, "held") >= free, "%s: one began beside another", steps[i].name);
    }
}

void the_service_is_killed_at_each_step(void **state)
{
    (void)state;
    static char before[8192], folder[MAX_PATH], path[sizeof before + MAX_PATH];
    HANDLE begin = CreateEventA(NULL, TRUE, FALSE, BEGIN),
           end = CreateEventA(NULL, TRUE, FALSE, END);
    GetEnvironmentVariableA("PATH", before, sizeof before);
    snprintf(folder, sizeof folder, "%s", fixture_rig());
    *strrchr(folder, '\\') = '\0';
    snprintf(path, sizeof path, "%s;%s", before, folder);
    SetEnvironmentVariableA("PATH", path);
    must_serve_all();
    for (size_t i = STEPS; i-- > 0;) { /* the one that installs is the last: it makes all busy */
        must_begin(&steps[i]);
    }
    child_must_print(steps[INSTALLS].run, "held");
    child_must_stand_still(steps[RELEASES].service);
    SetEvent(begin);
    must_become(waits(&steps[RETRIES], 1) && waits(&steps[SETTLES], 1));
    for (size_t i = 0; i < STEPS; i++) {
        child_free(steps[i].service); /* by force */
    }
    must_end(&steps[SETTLES], "the service went away while the command ran");
    must_end(&steps[RELEASES], "the service went away while the command ran");
    must_serve_all();
    for (size_t i = 0; i < STEPS; i++) { /* all wait again */
        must_become(strstr(run_well("msiwatch turn list --pipe %s", steps[i].name)->out,
                           "waiting ") != NULL);
    }
    assert_null(strstr(child_output(steps[INSTALLS].run), "free"));
    SetEvent(end);
    must_end(&steps[INSTALLS], "the service went away while the command ran");
    must_end(&steps[LINGERS], "the service went away while the command ran");
    must_end(&steps[RETRIES], "the service went away while the command ran");
    must_go_on();
    for (size_t i = 0; i < STEPS; i++) {
        child_free(steps[i].run);
        child_free(steps[i].queued);
        child_free(steps[i].service);
    }
    SetEnvironmentVariableA("PATH", before);
    CloseHandle(begin);
    CloseHandle(end);
}
