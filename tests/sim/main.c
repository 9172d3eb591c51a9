/* main.c: msiwatch-sim, the service natively with scripted sensors.
 *
 *   msiwatch-sim --pipe PATH [--data FOLDER] [settings]
 * takes commands (script.h) from standard input until it ends, and serves until SIGTERM, SIGINT or
 * "exit". Prints "ready" once the socket answers.
 */
#include "disk.h"
#include "lines.h"
#include "publish/caller.h"
#include "script.h"
#include "service.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

struct simulator {
    struct script *script;
    struct service *service;
    int quit[2]; /* a pipe */
};

static void run_command(struct simulator *simulator, const char *line)
{
    int result = script_run(simulator->script, line);
    if (result < 0) {
        fprintf(stderr, "msiwatch-sim: not a command: %s\n", line);
    }
    printf("%s\n", result < 0 ? "error" : "ok");
    fflush(stdout);
    if (result > 0) {
        service_ask_stop(simulator->service);
    }
}

/* Until standard input ends, or something comes through the pipe that says so. */
static void read_commands(void *arg)
{
    struct simulator *simulator = arg;
    struct lines lines;
    struct pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {simulator->quit[0], POLLIN, 0}};
    lines_init(&lines, 256);
    for (;;) {
        char *line;
        size_t size;
        while (lines_next(&lines, &line, &size) == LINES_LINE) {
            run_command(simulator, line);
        }
        char *room = lines_room(&lines, &size);
        if (room == NULL || poll(sources, 2, -1) < 1 || sources[1].revents != 0) {
            break;
        }
        ssize_t got = read(STDIN_FILENO, room, size);
        if (got <= 0) {
            break;
        }
        lines_added(&lines, (size_t)got);
    }
    lines_release(&lines);
}

/* Signals go to a thread that waits for them, so that nothing is done in a handler. */
static void wait_for_signal(void *arg)
{
    struct simulator *simulator = arg;
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    sigwait(&set, &number);
    if (number != SIGUSR1) {
        service_ask_stop(simulator->service);
    }
}

static void on_ready(void *arg)
{
    (void)arg;
    printf("ready\n");
    fflush(stdout);
}

static enum audience identify(void *arg, uv_pipe_t *pipe)
{
    struct simulator *simulator = arg;
    enum audience audience;
    return script_callers(simulator->script, &audience) ? audience : caller_audience(pipe);
}

static void block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
    struct settings settings;
    struct simulator simulator = {0};
    struct log *log = NULL;
    char error[256];
    settings_init(&settings);
    settings.log = LOG_WARN;
    if (!settings_from_arguments(&settings, argc - 1, argv + 1, error, sizeof error)) {
        fprintf(stderr, "msiwatch-sim: %s\n", error);
        return 87;
    }
    block_signals();
    struct rlimit files = {4096, 4096};
    setrlimit(RLIMIT_NOFILE, &files);
    if (disk_register() != 0 || log_new(&log, NULL, 1, settings.log) != 0 ||
        script_new(&simulator.script) != 0 || pipe(simulator.quit) != 0) {
        return 1;
    }
    struct service_config config = {
        .settings = &settings,
        .log = log,
        .sensors = simulator.script,
        .identify = identify,
        .ready = on_ready,
        .arg = &simulator,
    };
    if (service_new(&simulator.service, &config) != 0) {
        script_free(simulator.script);
        log_free(log);
        return 1;
    }
    uv_thread_t signals, commands;
    uv_thread_create(&signals, wait_for_signal, &simulator);
    uv_thread_create(&commands, read_commands, &simulator);
    int result = service_run(simulator.service);
    pthread_kill(signals, SIGUSR1);
    uv_thread_join(&signals);
    close(simulator.quit[1]);
    uv_thread_join(&commands);
    close(simulator.quit[0]);
    service_free(simulator.service);
    script_free(simulator.script);
    log_free(log);
    return result == 0 ? 0 : 1;
}
