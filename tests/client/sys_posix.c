/* sys_posix.c: Unix sockets, pthreads, posix_spawn. */
#include "sys.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_ARGUMENTS 32

const uint32_t sys_code_mask = 0xFF;
const bool sys_can_interrupt = true;

static void need(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "sys: %s: %s\n", what, strerror(errno));
        abort();
    }
}

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    need(memory != NULL, "memory");
    return memory;
}

uint64_t sys_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void sys_sleep(uint64_t ms)
{
    struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

/* ---- doors and links ---- */

struct sys_door {
    int fd;
    struct sockaddr_un address;
};

struct sys_link {
    int fd;
};

void sys_name(char out[SYS_NAME_SIZE])
{
    static int count;
    snprintf(out, SYS_NAME_SIZE, "/tmp/msiwatch-client-test.%d.%d", (int)getpid(), ++count);
}

struct sys_door *sys_listen(const char *name, int places)
{
    struct sys_door *door = allocate(sizeof *door);
    door->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(door->fd >= 0, "socket");
    door->address.sun_family = AF_UNIX;
    snprintf(door->address.sun_path, sizeof door->address.sun_path, "%s", name);
    unlink(name);
    need(bind(door->fd, (struct sockaddr *)&door->address, sizeof door->address) == 0, "bind");
    need(listen(door->fd, places) == 0, "listen");
    return door;
}

static bool ready(int fd, short events, uint64_t timeout_ms)
{
    struct pollfd poll_fd = {fd, events, 0};
    int result;
    do {
        result = poll(&poll_fd, 1, (int)timeout_ms);
    } while (result < 0 && errno == EINTR);
    return result > 0;
}

struct sys_link *sys_accept(struct sys_door *door, uint64_t timeout_ms)
{
    if (!ready(door->fd, POLLIN, timeout_ms)) {
        return NULL;
    }
    struct sys_link *link = allocate(sizeof *link);
    link->fd = accept(door->fd, NULL, NULL);
    need(link->fd >= 0, "accept");
    need(fcntl(link->fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(link->fd, F_SETFD, FD_CLOEXEC) == 0,
         "fcntl");
    return link;
}

void sys_unlisten(struct sys_door *door)
{
    unlink(door->address.sun_path);
    close(door->fd);
    free(door);
}

int sys_read(struct sys_link *link, char *buffer, size_t size, uint64_t timeout_ms)
{
    if (!ready(link->fd, POLLIN, timeout_ms)) {
        return -1;
    }
    ssize_t count = recv(link->fd, buffer, size, 0);
    return count < 0 ? 0 : (int)count;
}

bool sys_write(struct sys_link *link, const char *data, size_t size, uint64_t timeout_ms)
{
    uint64_t until = sys_now() + timeout_ms;
    while (size > 0) {
        ssize_t count = send(link->fd, data, size, MSG_NOSIGNAL);
        if (count > 0) {
            data += count;
            size -= (size_t)count;
        } else if (errno != EAGAIN || sys_now() > until) {
            return false;
        } else {
            ready(link->fd, POLLOUT, 20);
        }
    }
    return true;
}

void sys_hang_up(struct sys_link *link)
{
    close(link->fd);
    free(link);
}

/* ---- threads ---- */

struct sys_thread {
    pthread_t thread;
    void (*run)(void *arg);
    void *arg;
};

static void *run_thread(void *arg)
{
    struct sys_thread *thread = arg;
    thread->run(thread->arg);
    return NULL;
}

struct sys_thread *sys_start(void (*run)(void *arg), void *arg)
{
    struct sys_thread *thread = allocate(sizeof *thread);
    thread->run = run;
    thread->arg = arg;
    need(pthread_create(&thread->thread, NULL, run_thread, thread) == 0, "thread");
    return thread;
}

void sys_join(struct sys_thread *thread)
{
    need(pthread_join(thread->thread, NULL) == 0, "join");
    free(thread);
}

/* ---- programs ---- */

/* Collects, in a thread, what a program prints to one of its two outputs. */
struct collector {
    struct sys_thread *thread;
    pthread_mutex_t lock;
    int fd, stop[2];
    char *text;
    size_t size;
};

struct sys_process {
    pid_t pid;
    struct collector out, err;
};

static void collect(void *arg)
{
    struct collector *collector = arg;
    for (;;) {
        struct pollfd poll_fds[2] = {{collector->fd, POLLIN, 0}, {collector->stop[0], POLLIN, 0}};
        char buffer[4096];
        if (poll(poll_fds, 2, -1) < 0 || poll_fds[1].revents != 0) {
            break;
        }
        ssize_t count = read(collector->fd, buffer, sizeof buffer);
        if (count <= 0) {
            break;
        }
        pthread_mutex_lock(&collector->lock);
        collector->text = realloc(collector->text, collector->size + (size_t)count + 1);
        need(collector->text != NULL, "memory");
        memcpy(collector->text + collector->size, buffer, (size_t)count);
        collector->size += (size_t)count;
        collector->text[collector->size] = '\0';
        pthread_mutex_unlock(&collector->lock);
    }
    close(collector->fd);
}

/* Begins to collect; returns the descriptor to which the program must write. */
static int collector_start(struct collector *collector)
{
    int ends[2];
    need(pipe2(ends, O_CLOEXEC) == 0 && pipe2(collector->stop, O_CLOEXEC) == 0, "pipe");
    collector->fd = ends[0];
    collector->text = allocate(1);
    pthread_mutex_init(&collector->lock, NULL);
    collector->thread = sys_start(collect, collector);
    return ends[1];
}

static void collector_stop(struct collector *collector)
{
    if (collector->thread != NULL) {
        need(write(collector->stop[1], "", 1) == 1, "pipe");
        sys_join(collector->thread);
        collector->thread = NULL;
    }
}

/* Ends when the program has closed its end, at the latest when the program ends. */
static char *collector_take(struct collector *collector)
{
    if (collector->thread != NULL) {
        sys_join(collector->thread);
    }
    close(collector->stop[0]);
    close(collector->stop[1]);
    pthread_mutex_destroy(&collector->lock);
    return collector->text;
}

struct sys_process *sys_spawn(const char *program, const char *const *arguments,
                              const char *pipe_variable)
{
    struct sys_process *process = allocate(sizeof *process);
    char *argv[MOST_ARGUMENTS] = {0};
    size_t count = 0;
    argv[count++] = strdup(program);
    for (; *arguments != NULL && count + 1 < MOST_ARGUMENTS; arguments++) {
        argv[count++] = strdup(*arguments);
    }
    unsetenv("MSIWATCH_PIPE");
    if (pipe_variable != NULL) {
        setenv("MSIWATCH_PIPE", pipe_variable, 1);
    }
    setenv("TZ", "UTC", 1);
    int out = collector_start(&process->out), err = collector_start(&process->err);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    need(posix_spawn(&process->pid, program, &actions, NULL, argv, environ) == 0, program);
    posix_spawn_file_actions_destroy(&actions);
    close(out);
    close(err);
    while (count > 0) {
        free(argv[--count]);
    }
    return process;
}

bool sys_has_service(void)
{
    return true;
}

void sys_close_output(struct sys_process *process)
{
    collector_stop(&process->out);
}

size_t sys_printed(struct sys_process *process)
{
    pthread_mutex_lock(&process->out.lock);
    size_t size = process->out.size;
    pthread_mutex_unlock(&process->out.lock);
    return size;
}

void sys_leave_behind(unsigned ms)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (int fd = 0; fd < 3; fd++) {
            close(fd);
        }
        sys_sleep(ms);
        _exit(0);
    }
}

void sys_interrupt(struct sys_process *process)
{
    kill(process->pid, SIGINT);
}

int64_t sys_reap(struct sys_process *process, uint64_t timeout_ms, char **out, char **err)
{
    uint64_t until = sys_now() + timeout_ms;
    int status = 0;
    int64_t code = -1;
    while (waitpid(process->pid, &status, WNOHANG) == 0 && sys_now() < until) {
        sys_sleep(2);
    }
    if (sys_now() >= until) {
        kill(process->pid, SIGKILL);
        waitpid(process->pid, &status, 0);
    } else {
        code = WIFEXITED(status) ? WEXITSTATUS(status) : -2 - WTERMSIG(status);
    }
    *out = collector_take(&process->out);
    *err = collector_take(&process->err);
    free(process);
    return code;
}

void *sys_load(const char *path)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
    }
    return library;
}

void *sys_symbol(void *library, const char *name)
{
    return dlsym(library, name);
}

unsigned sys_open_handles(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    need(folder != NULL, "/proc/self/fd");
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}
