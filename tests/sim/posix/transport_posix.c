/* transport_posix.c: a Unix socket in place of the pipe, for the native build, so that sanitizers,
 * fuzzers and load tests can run the client. Installed only for programs that are tested against
 * msiwatch-sim. */
#include "lib/transport.h"

#include "lib/codes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* How long to wait before trying again when the socket's backlog is full. */
#define RETRY_MS 20u

struct transport {
    int fd;      /* -1: not connected */
    int wake[2]; /* readable while cancelled */
    atomic_bool cancelled;
    atomic_flag entered;
    struct sockaddr_un address;
};

void transport_variable(const char *name, char *out, size_t size)
{
    const char *value = getenv(name);
    size_t length = value == NULL ? size : strlen(value);
    memcpy(out, length < size ? value : "", length < size ? length + 1 : 1);
}

uint64_t transport_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint32_t transport_new(struct transport **out, const char *name)
{
    *out = NULL;
    if (name == NULL) {
        name = getenv("MSIWATCH_PIPE");
    } else if (name[0] == '\0') {
        return CODE_BAD_PARAMETER;
    }
    struct transport *transport = calloc(1, sizeof *transport);
    if (transport == NULL) {
        return CODE_NO_MEMORY;
    }
    uint32_t code = CODE_OK;
    size_t length = name == NULL ? 0 : strlen(name);
    transport->fd = -1;
    atomic_flag_clear(&transport->entered);
    if (length >= sizeof transport->address.sun_path) {
        code = CODE_BAD_PARAMETER;
    } else if (pipe2(transport->wake, O_CLOEXEC | O_NONBLOCK) != 0) {
        code = CODE_NO_MEMORY;
    }
    if (code != CODE_OK) {
        free(transport);
        return code;
    }
    transport->address.sun_family = AF_UNIX;
    if (length > 0) {
        memcpy(transport->address.sun_path, name, length);
    }
    *out = transport;
    return CODE_OK;
}

void transport_free(struct transport *transport)
{
    if (transport == NULL) {
        return;
    }
    transport_disconnect(transport);
    close(transport->wake[0]);
    close(transport->wake[1]);
    free(transport);
}

const char *transport_name(const struct transport *transport)
{
    return transport->address.sun_path;
}

void transport_cancel(struct transport *transport)
{
    int saved = errno;
    if (!atomic_exchange(&transport->cancelled, true)) {
        /* One byte always fits into an empty pipe. */
        ssize_t written = write(transport->wake[1], "", 1);
        (void)written;
    }
    errno = saved;
}

void transport_rearm(struct transport *transport)
{
    char byte;
    if (atomic_exchange(&transport->cancelled, false)) {
        struct pollfd poll_fd = {.fd = transport->wake[0], .events = POLLIN};
        poll(&poll_fd, 1, -1); /* the byte may arrive a moment after `cancelled` is set */
        ssize_t taken = read(transport->wake[0], &byte, 1);
        (void)taken;
    }
}

bool transport_is_cancelled(struct transport *transport)
{
    return atomic_load(&transport->cancelled);
}

bool transport_enter(struct transport *transport)
{
    return !atomic_flag_test_and_set(&transport->entered);
}

void transport_leave(struct transport *transport)
{
    atomic_flag_clear(&transport->entered);
}

/* Waits for `events` on `fd`; -1: only for the deadline or a cancel. */
static uint32_t wait_for(struct transport *transport, int fd, short events, uint64_t deadline)
{
    for (;;) {
        struct pollfd poll_fds[2] = {{.fd = transport->wake[0], .events = POLLIN},
                                     {.fd = fd, .events = events}};
        uint64_t now = transport_now();
        uint64_t left = deadline > now ? deadline - now : 0;
        int ready = poll(poll_fds, 2, left > INT_MAX ? INT_MAX : (int)left);
        if (ready < 0 && errno != EINTR) {
            return CODE_NO_MEMORY;
        }
        if (ready > 0) {
            return poll_fds[0].revents != 0 ? CODE_CANCELLED : CODE_OK;
        }
        if (ready == 0 && left <= INT_MAX) {
            return CODE_TIMEOUT;
        }
    }
}

uint32_t transport_sleep(struct transport *transport, uint64_t deadline)
{
    uint32_t code = wait_for(transport, -1, 0, deadline);
    return code == CODE_TIMEOUT ? CODE_OK : code;
}

static uint32_t connect_once(struct transport *transport)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return CODE_NO_MEMORY;
    }
    if (connect(fd, (struct sockaddr *)&transport->address, sizeof transport->address) == 0) {
        transport->fd = fd;
        return CODE_OK;
    }
    int error = errno;
    close(fd);
    switch (error) {
    case EAGAIN: /* the backlog is full */
        return CODE_PIPE_BUSY;
    case ENOENT:
    case ECONNREFUSED: /* the socket exists, but nobody listens on it any more */
        return CODE_NOT_ACTIVE;
    case EACCES:
    case EPERM:
        return CODE_DENIED;
    default:
        return CODE_BAD_PARAMETER;
    }
}

uint32_t transport_connect(struct transport *transport, uint64_t deadline)
{
    if (transport->address.sun_path[0] == '\0') {
        return CODE_BAD_PARAMETER;
    }
    for (;;) {
        if (transport_is_cancelled(transport)) {
            return CODE_CANCELLED;
        }
        uint32_t code = connect_once(transport);
        uint64_t now = transport_now();
        if (code != CODE_PIPE_BUSY || now >= deadline) {
            return code;
        }
        transport_sleep(transport, deadline - now < RETRY_MS ? deadline : now + RETRY_MS);
    }
}

void transport_disconnect(struct transport *transport)
{
    if (transport->fd >= 0) {
        close(transport->fd);
        transport->fd = -1;
    }
}

uint32_t transport_read(struct transport *transport, char *buffer, size_t size, size_t *got,
                        uint64_t deadline)
{
    *got = 0;
    for (;;) {
        if (transport_is_cancelled(transport)) {
            return CODE_CANCELLED;
        }
        ssize_t count = recv(transport->fd, buffer, size, 0);
        if (count > 0) {
            *got = (size_t)count;
            return CODE_OK;
        }
        if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            return CODE_LOST;
        }
        uint32_t code = wait_for(transport, transport->fd, POLLIN, deadline);
        if (code != CODE_OK) {
            return code;
        }
    }
}

uint32_t transport_write(struct transport *transport, const char *data, size_t size, bool *begun,
                         uint64_t deadline)
{
    *begun = false;
    while (size > 0) {
        if (transport_is_cancelled(transport)) {
            return CODE_CANCELLED;
        }
        ssize_t count = send(transport->fd, data, size, MSG_NOSIGNAL);
        if (count >= 0) {
            *begun = true;
            data += count;
            size -= (size_t)count;
            continue;
        }
        if (errno != EAGAIN && errno != EINTR) {
            return CODE_LOST;
        }
        uint32_t code = wait_for(transport, transport->fd, POLLOUT, deadline);
        if (code != CODE_OK) {
            return code;
        }
    }
    return CODE_OK;
}
