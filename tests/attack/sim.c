/* sim.c: msiwatch-sim as a child process. */
#include "sim.h"

#include "raw_client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_SETTINGS 16
#define START_MS 10000
#define STOP_MS 5000
#define COMMAND_MS 60000

static const char *program;

static void fail(const char *what)
{
    fprintf(stderr, "msiwatch-sim: %s: %s\n", what, strerror(errno));
    exit(1);
}

void sim_find(int argc, char **argv)
{
    program = argc > 1 ? argv[1] : getenv("MSIWATCH_SIM");
    if (program == NULL || access(program, X_OK) != 0) {
        fprintf(stderr, "usage: %s MSIWATCH-SIM\n", argv[0]);
        exit(2);
    }
}

/* An answer of its, a line; false if none comes in time. */
static bool answers(const struct sim *sim, const char *wanted, int ms)
{
    char line[64];
    size_t size = 0;
    struct pollfd poll_fd = {.fd = sim->answers, .events = POLLIN};
    while (size < sizeof line - 1 && poll(&poll_fd, 1, ms) > 0 &&
           read(sim->answers, line + size, 1) == 1) {
        if (line[size] == '\n') {
            line[size] = '\0';
            return strcmp(line, wanted) == 0;
        }
        size++;
    }
    return false;
}

static void run(const struct sim *sim, const char *const *settings, int in, int out)
{
    const char *argv[MOST_SETTINGS + 4] = {program, "--pipe", sim->path};
    for (int i = 0; settings != NULL && settings[i] != NULL && i < MOST_SETTINGS; i++) {
        argv[3 + i] = settings[i];
    }
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    execv(program, (char *const *)(uintptr_t)argv);
    _exit(127);
}

void sim_start(struct sim *sim, const char *const *settings)
{
    static unsigned number;
    snprintf(sim->path, sizeof sim->path, "/tmp/msiwatch-attack-%d-%u", (int)getpid(), ++number);
    sim_start_again(sim, settings);
}

void sim_start_again(struct sim *sim, const char *const *settings)
{
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        fail("pipe");
    }
    sim->pid = fork();
    if (sim->pid == 0) {
        run(sim, settings, in[0], out[1]);
    }
    close(in[0]);
    close(out[1]);
    sim->commands = in[1];
    sim->answers = out[0];
    if (sim->pid < 0 || !answers(sim, "ready", START_MS)) {
        fail("does not start");
    }
    if (chmod(sim->path, 0666) != 0) {
        fail(sim->path);
    }
}

void sim_command_begin(const struct sim *sim, const char *command)
{
    if (dprintf(sim->commands, "%s\n", command) < 0) {
        fail(command);
    }
}

void sim_command_end(const struct sim *sim)
{
    if (!answers(sim, "ok", COMMAND_MS)) {
        fail("a command is not carried out");
    }
}

void sim_command(const struct sim *sim, const char *command)
{
    sim_command_begin(sim, command);
    sim_command_end(sim);
}

bool sim_stop(struct sim *sim)
{
    int status = 0;
    pid_t ended = 0;
    kill(sim->pid, SIGTERM);
    for (int ms = 0; ended == 0 && ms < STOP_MS; ms += 5) {
        ended = waitpid(sim->pid, &status, WNOHANG);
        if (ended == 0) {
            usleep(5000);
        }
    }
    if (ended == 0) {
        kill(sim->pid, SIGKILL);
        waitpid(sim->pid, &status, 0);
    }
    close(sim->commands);
    close(sim->answers);
    return ended == sim->pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* A number behind "name:" in /proc/PID/status. */
static uint64_t status_field(const struct sim *sim, const char *name)
{
    char path[64], line[256];
    uint64_t value = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)sim->pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fail(path);
    }
    while (fgets(line, sizeof line, file) != NULL) {
        size_t length = strlen(name);
        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            value = strtoull(line + length + 1, NULL, 10);
        }
    }
    fclose(file);
    return value;
}

struct sim_usage sim_usage(const struct sim *sim)
{
    char path[64];
    struct sim_usage usage = {status_field(sim, "VmRSS"), status_field(sim, "Threads"), 0};
    snprintf(path, sizeof path, "/proc/%d/fd", (int)sim->pid);
    DIR *folder = opendir(path);
    if (folder == NULL) {
        fail(path);
    }
    while (readdir(folder) != NULL) {
        usage.descriptors++;
    }
    closedir(folder);
    return usage;
}

bool sim_memory_tells(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false; /* gcc */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    return false; /* clang */
#else
    return true;
#endif
#else
    return true;
#endif
}

uint64_t sim_metric(const struct sim *sim, const char *name)
{
    struct raw_client client;
    char key[64];
    uint64_t value = 0;
    snprintf(key, sizeof key, "\"%s\":", name);
    if (raw_connect(&client, sim->path) &&
        raw_say(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"metrics\"}\n")) {
        const char *line = raw_hear(&client, 5000, NULL);
        const char *found = line == NULL ? NULL : strstr(line, key);
        if (found == NULL) {
            fail(name);
        }
        value = strtoull(found + strlen(key), NULL, 10);
    }
    raw_close(&client);
    return value;
}
