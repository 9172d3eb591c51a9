/* main.c: msiwatch-cost SCENARIO ROUNDS. guard.sh counts what it does. */
#include "cost.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void cost_fail(const char *what)
{
    fprintf(stderr, "msiwatch-cost: ");
    perror(what);
    exit(1);
}

static const struct scenario *find(const char *name)
{
    const struct scenario *scenario = cost_scenarios;
    while (scenario->name != NULL && strcmp(scenario->name, name) != 0) {
        scenario++;
    }
    return scenario->name == NULL ? NULL : scenario;
}

int main(int argc, char **argv)
{
    const struct scenario *scenario = argc > 2 ? find(argv[1]) : NULL;
    struct rlimit files = {4096, 4096};
    char path[64], control[16];
    int ends[2];
    if (scenario == NULL) {
        fputs("usage: msiwatch-cost SCENARIO ROUNDS\n", stderr);
        return 87;
    }
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_NOFILE, &files);
    if (scenario->alone != NULL) {
        scenario->alone((unsigned)atoi(argv[2]));
        return 0;
    }
    if (argc == 5) {
        cost_drive(scenario, argv[3], atoi(argv[4]), (unsigned)atoi(argv[2]));
        return 0;
    }
    snprintf(path, sizeof path, "/tmp/msiwatch-cost-%d", (int)getpid());
    unlink(path);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        cost_fail("socketpair");
    }
    pid_t client = fork();
    if (client == 0) {
        snprintf(control, sizeof control, "%d", ends[1]);
        close(ends[0]);
        execl(argv[0], argv[0], argv[1], argv[2], path, control, (char *)NULL);
        cost_fail(argv[0]);
    }
    close(ends[1]);
    cost_serve(scenario, path, ends[0]);
    close(ends[0]);
    unlink(path);
    int status = 1;
    return waitpid(client, &status, 0) == client && status == 0 ? 0 : 1;
}
