/* process_posix.c: runs the command of `msiwatch run` in the native build, which is for tests only:
 * there is no Windows Installer here. */
#include "cli/run/process.h"

#include "lib/codes.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct process {
    char **argv;
    pid_t pid;
};

static volatile sig_atomic_t child, was_pressed;
static struct sigaction before[2];
static const int numbers[2] = {SIGINT, SIGTERM};

uint32_t process_new(struct process **out, int index, char **argv, struct text *label)
{
    *out = NULL;
    if (argv[index] == NULL || argv[index + 1] == NULL) {
        return CODE_BAD_PARAMETER;
    }
    struct process *process = calloc(1, sizeof *process);
    if (process == NULL) {
        return CODE_NO_MEMORY;
    }
    process->argv = argv + index + 1;
    const char *slash = strrchr(process->argv[0], '/');
    text_add(label, slash == NULL ? process->argv[0] : slash + 1);
    *out = process;
    return CODE_OK;
}

void process_free(struct process *process)
{
    free(process);
}

static void on_signal(int number)
{
    was_pressed = 1;
    if (child > 0) {
        kill(child, number);
    }
}

static void listen_to_signals(bool listen)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    for (size_t i = 0; i < 2; i++) {
        sigaction(numbers[i], listen ? &action : &before[i], listen ? &before[i] : NULL);
    }
}

/* In the child: runs the command, or reports through the pipe why it cannot. */
static _Noreturn void become(char **argv, const char *turn, int report)
{
    listen_to_signals(false);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if (turn != NULL) {
        setenv("MSIWATCH_TURN", turn, 1);
    }
    execvp(argv[0], argv);
    int error = errno;
    _exit(write(report, &error, sizeof error) > 0 ? 127 : 126);
}

uint32_t process_start(struct process *process, const char *turn, bool may_ask)
{
    int report[2], error = 0;
    (void)may_ask;
    if (pipe(report) != 0) {
        return CODE_NO_MEMORY;
    }
    fcntl(report[1], F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* the processes that it leaves behind become our children */
    child = was_pressed = 0;
    listen_to_signals(true);
    process->pid = fork();
    if (process->pid == 0) {
        become(process->argv, turn, report[1]);
    }
    close(report[1]);
    child = process->pid;
    bool failed = process->pid < 0 || read(report[0], &error, sizeof error) > 0;
    close(report[0]);
    if (failed) {
        waitpid(process->pid, NULL, 0);
        listen_to_signals(false);
        return error == EACCES ? CODE_DENIED : CODE_NO_FILE;
    }
    return CODE_OK;
}

uint32_t process_wait(struct process *process, uint32_t *exit_code, bool *pressed)
{
    int status = 0;
    while (waitpid(process->pid, &status, 0) < 0 && errno == EINTR) {
    }
    listen_to_signals(false);
    *exit_code = WIFEXITED(status) ? (uint32_t)WEXITSTATUS(status)
                                   : 128u + (uint32_t)WTERMSIG(status);
    *pressed = was_pressed != 0;
    return CODE_OK;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool process_wait_family(struct process *process, uint64_t timeout_ms)
{
    (void)process;
    static const struct timespec pause = {.tv_nsec = 2000000};
    uint64_t begun = now_ms();
    while (waitpid(-1, NULL, WNOHANG) >= 0) {
        if (now_ms() - begun >= timeout_ms) {
            return false;
        }
        nanosleep(&pause, NULL);
    }
    return true;
}
