/* main.c: msiwatch-sim, the service as a native program with scripted sensors.
 *
 *   [MSIWATCH_SIM_AT=MS] msiwatch-sim --pipe PATH [--data FOLDER] [settings]
 * It reads commands (script.h) from standard input until that ends, and serves until SIGTERM,
 * SIGINT or "exit". It prints "ready" when the socket answers. Its registry is in memory:
 *   reg machine|policy NAME dword|qword|sz|binary VALUE      unreg machine|policy NAME
 * The service applies such a change immediately; at first the machine's Log is warn. If
 * MSIWATCH_SIM_EVENTS is set, what would go to Windows' event log goes to stderr. MSIWATCH_SIM_AT
 * is the wall clock at the start, in milliseconds since 1970 UTC. MSIWATCH_SIM_BOOT is when the
 * system was booted, in the same unit; 1 if it is not set.
 */
#include "disk.h"
#include "event_sink.h"
#include "fake_registry.h"
#include "common/lines.h"
#include "pipe/client_identity.h"
#include "script.h"
#include "service.h"
#include "base/clock.h"
#include "sim_clock.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

struct simulator {
    struct script *script;
    struct fake_registry registry;
    struct configuration configuration;
    struct service *service;
    int quit[2]; /* a pipe */
};

/* Does what the watcher of Windows' registry does when something changes
 * (config/registry_win32.h). */
static bool read_settings(struct simulator *simulator)
{
    struct settings settings;
    struct settings_rejected rejected;
    char error[256];
    bool ok = configuration_read(&simulator->configuration, &settings, &rejected, error,
                                 sizeof error);
    if (ok) {
        service_ask_settings(simulator->service, &settings, &rejected);
    }
    return ok;
}

/* Runs "reg machine|policy NAME TYPE VALUE" or "unreg machine|policy NAME"; -1: it is neither. */
static int run_registry_command(struct simulator *simulator, const char *line)
{
    char verb[8], layer[16], name[SETTINGS_NAME], type[16] = "", value[SETTINGS_TEXT + 1] = "";
    int fields = sscanf(line, "%7s %15s %31s %15s %512[^\n]", verb, layer, name, type, value);
    enum layer which = strcmp(layer, "policy") == 0 ? LAYER_POLICY : LAYER_MACHINE;
    if (fields >= 4 && strcmp(verb, "reg") == 0) {
        fake_registry_set(&simulator->registry, which, name, type, value);
    } else if (fields == 3 && strcmp(verb, "unreg") == 0) {
        fake_registry_unset(&simulator->registry, which, name);
    } else {
        return -1;
    }
    return read_settings(simulator) ? 0 : -1;
}

static void run_command(struct simulator *simulator, const char *line)
{
    int result = run_registry_command(simulator, line);
    if (result < 0) {
        result = script_run(simulator->script, line);
    }
    if (result < 0) {
        fprintf(stderr, "msiwatch-sim: unknown command: %s\n", line);
    }
    printf("%s\n", result < 0 ? "error" : "ok");
    fflush(stdout);
    if (result > 0) {
        service_ask_stop(simulator->service);
    }
}

/* Reads commands until standard input ends, or the pipe `quit` is closed. */
static void read_commands(void *arg)
{
    struct simulator *simulator = arg;
    struct lines lines;
    struct pollfd sources[] = {{STDIN_FILENO, POLLIN, 0}, {simulator->quit[0], POLLIN, 0}};
    lines_init(&lines, 65536);
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

/* A thread waits for signals, so that nothing is done in a signal handler. */
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

static enum access_level identify(void *arg, uv_pipe_t *pipe)
{
    struct simulator *simulator = arg;
    enum access_level access_level;
    bool known;
    return script_callers(simulator->script, &access_level) ? access_level
                                                            : client_access_level(pipe, &known);
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

static void print_help(void)
{
    printf(
        "msiwatch-sim --pipe PATH [--data FOLDER] [settings]\n\n"
        "Runs MsiWatch's service with sensors that follow a script, for tests and for trying out\n"
        "clients on any system. It reads commands from standard input (see tests/sim/script.h),\n"
        "prints \"ready\" when the socket PATH accepts clients, and exits on SIGTERM, SIGINT or "
        "the\n"
        "command \"exit\". Settings are those of the service, such as --log debug.\n\n"
        "Exit codes\n"
        "     0  stopped by a signal or \"exit\"\n"
        "    87  bad usage\n"
        "     1  it could not start, or failed; see its log\n");
}

int main(int argc, char **argv)
{
    static struct simulator simulator;
    struct settings settings;
    struct settings_rejected rejected;
    static struct log *log;
    struct eventlog *eventlog = NULL;
    char error[256];
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help();
        return 0;
    }
    if (fake_registry_init(&simulator.registry) != 0) {
        return 1;
    }
    /* As for a service, policy overrides the options. */
    simulator.configuration = (struct configuration){&simulator.registry.source, argc - 1, argv + 1,
                                                     .console = false};
    fake_registry_set(&simulator.registry, LAYER_MACHINE, "Log", "sz", "warn");
    if (!configuration_read(&simulator.configuration, &settings, &rejected, error, sizeof error)) {
        fprintf(stderr, "msiwatch-sim: %s\n", error);
        return 87;
    }
    if (getenv("MSIWATCH_SIM_AT") != NULL) {
        sim_clock_set_wall(strtoll(getenv("MSIWATCH_SIM_AT"), NULL, 10) - clock_wall_ms());
    }
    block_signals();
    struct rlimit files = {4096, 4096};
    setrlimit(RLIMIT_NOFILE, &files);
    if (disk_register() != 0 || log_new(&log, NULL, 1, settings.log) != 0 ||
        script_new(&simulator.script) != 0 || pipe(simulator.quit) != 0) {
        return 1;
    }
    if (getenv("MSIWATCH_SIM_EVENTS") != NULL && eventlog_new(&eventlog, event_sink()) != 0) {
        return 1;
    }
    struct service_config config = {
        .settings = &settings,
        .rejected = &rejected,
        .log = log,
        .eventlog = eventlog,
        .add_sensors = script_add_sensors,
        .sensors = simulator.script,
        .booted_ms = getenv("MSIWATCH_SIM_BOOT") != NULL
                         ? strtoll(getenv("MSIWATCH_SIM_BOOT"), NULL, 10)
                         : 1,
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
    service_run(simulator.service);
    pthread_kill(signals, SIGUSR1);
    uv_thread_join(&signals);
    close(simulator.quit[1]);
    uv_thread_join(&commands);
    close(simulator.quit[0]);
    if (!service_free(simulator.service)) {
        _exit(0); /* a sensor still reads the script */
    }
    script_free(simulator.script);
    eventlog_free(eventlog);
    log_end(log); /* not freed: a disk that does not answer can leave a thread that logs */
    fake_registry_release(&simulator.registry);
    return 0;
}
