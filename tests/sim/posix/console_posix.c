/* console_posix.c: the command line's system calls in the native build. */
#include "lib/codes.h"
#include "cli/base/console.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A signal handler gets no argument from us, so these are global. */
static void (*interrupt_call)(void *arg);
static void *interrupt_arg;

static int output_fd = STDOUT_FILENO;

/* If the program was started with standard files closed, opens them, so that no output goes into a
 * file that is opened later. */
static void fill_standard_files(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

int main(int argc, char **argv)
{
    fill_standard_files();
    signal(SIGPIPE, SIG_IGN); /* then write() fails when the reader has gone away */
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
    int error = write_all(output_fd, text, size);
    *gone = error == EPIPE;
    return error == 0;
}

bool console_is_unread(void)
{
    struct pollfd output = {.fd = output_fd};
    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

bool console_has_file(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

bool console_has_service(void)
{
    return true;
}

static uint32_t code_of(int error)
{
    switch (error) {
    case 0:
        return CODE_OK;
    case EACCES:
    case EPERM:
    case EROFS:
        return CODE_DENIED;
    case ENOENT:
    case ENOTDIR:
        return CODE_NO_PATH;
    case EISDIR:
        return CODE_IS_FOLDER;
    case ENOSPC:
    case EDQUOT:
        return CODE_DISK_FULL;
    default:
        return CODE_WRITE_FAULT;
    }
}

/* For devices: a new file, renamed over it, would replace the device. */
static uint32_t write_in_place(const char *path, const char *text, size_t size)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : write_all(fd, text, size);
    if (fd >= 0 && close(fd) != 0 && error == 0) {
        error = errno;
    }
    return code_of(error);
}

uint32_t console_save(const char *path, const char *text, size_t size)
{
    char aside[PATH_MAX];
    struct stat found;
    if (stat(path, &found) == 0 && !S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) {
        return write_in_place(path, text, size);
    }
    if (snprintf(aside, sizeof aside, "%s.%ld.tmp", path, (long)getpid()) >= (int)sizeof aside) {
        return CODE_NO_PATH;
    }
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        return code_of(errno);
    }
    int error = write_all(fd, text, size);
    if (close(fd) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && rename(aside, path) != 0) {
        error = errno;
    }
    if (error != 0) {
        unlink(aside);
    }
    return code_of(error);
}

uint32_t console_redirect(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    output_fd = fd < 0 ? output_fd : fd;
    return fd < 0 ? code_of(errno) : CODE_OK;
}

void console_machine(char *name, size_t size)
{
    if (gethostname(name, size) != 0) {
        name[0] = '\0';
    }
    name[size - 1] = '\0';
}

void console_complain(const char *text, size_t size)
{
    write_all(STDERR_FILENO, text, size);
}

unsigned console_error_width(void)
{
    struct winsize size;
    bool terminal = isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
    return !terminal ? 0 : size.ws_col > 0 ? size.ws_col : 80;
}

void console_sleep(uint32_t ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
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
    action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C ends the process */
    interrupt_call = interrupted;
    interrupt_arg = arg;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
