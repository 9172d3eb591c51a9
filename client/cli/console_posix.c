/* console_posix.c: the command line's system calls in the native build. */
#include "console.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A signal handler gets no argument of ours. */
static void (*interrupt_call)(void *arg);
static void *interrupt_arg;

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is an error of write() */
    return (int)msiwatch_main(argc, argv);
}

static int write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, text, size);
        if (written < 0 && errno != EINTR) {
            return errno;
        }
        if (written > 0) {
            text += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

bool console_write(const char *text, size_t size, bool *gone)
{
    int error = write_all(STDOUT_FILENO, text, size);
    *gone = error == EPIPE;
    return error == 0;
}

void console_complain(const char *text, size_t size)
{
    write_all(STDERR_FILENO, text, size);
}

uint64_t console_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t console_wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int console_offset(int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
    struct tm local;
    return localtime_r(&seconds, &local) == NULL ? 0 : (int)(local.tm_gmtoff / 60);
}

static void on_signal(int number)
{
    (void)number;
    interrupt_call(interrupt_arg);
}

void console_on_interrupt(void (*interrupted)(void *arg), void *arg)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND; /* whoever presses it twice means it */
    interrupt_call = interrupted;
    interrupt_arg = arg;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
