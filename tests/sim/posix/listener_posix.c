/* listener_posix.c: the listener of the native build: a Unix socket of mode 0600. */
#include "base/log.h"
#include "pipe/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct listener {
    struct listener_config config;
    uv_pipe_t server;
    uv_pipe_t away; /* a client that cannot be served and is being closed */
    bool turning_away;
    bool another; /* one more such client waits until `away` is free */
    bool server_closed;
    void (*closed)(void *arg);
    void *closed_arg;
    char name[sizeof((struct sockaddr_un *)0)->sun_path];
};

static void on_client(uv_stream_t *server, int status);

static void finish(struct listener *listener)
{
    void (*closed)(void *arg) = listener->closed;
    void *arg = listener->closed_arg;
    free(listener);
    closed(arg);
}

static void turned_away(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    bool another = listener->another;
    listener->turning_away = listener->another = false;
    if (listener->server_closed) {
        finish(listener);
    } else if (another && !uv_is_closing((uv_handle_t *)&listener->server)) {
        on_client((uv_stream_t *)&listener->server, 0);
    }
}

/* Accepts a client that cannot be served and closes it, because libuv accepts nobody else before
 * that. There may be no memory left, so it uses none, and can only close one at a time. */
static void turn_away(struct listener *listener)
{
    if (listener->turning_away) {
        listener->another = true;
        return;
    }
    uv_pipe_init(listener->config.loop, &listener->away, 0); /* never fails on these systems */
    listener->away.data = listener;
    listener->turning_away = true;
    uv_accept((uv_stream_t *)&listener->server, (uv_stream_t *)&listener->away);
    uv_close((uv_handle_t *)&listener->away, turned_away);
}

static struct client_process peer_of(uv_pipe_t *pipe)
{
    uv_os_fd_t fd;
    struct client_process client = {0};
    struct ucred from = {0};
    socklen_t size = sizeof from;
    if (uv_fileno((uv_handle_t *)pipe, &fd) == 0 &&
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &from, &size) == 0) {
        client.pid = (uint32_t)from.pid;
        client.known = true;
        client.privileged = from.uid == 0;
        client.user_size = sizeof from.uid;
        memcpy(client.user, &from.uid, sizeof from.uid);
    }
    return client;
}

static void on_client(uv_stream_t *server, int status)
{
    struct listener *listener = server->data;
    const struct listener_config *config = &listener->config;
    if (status != 0) {
        log_line(config->log, LOG_WARN, "cannot accept clients on %s: %s", listener->name,
                 uv_strerror(status));
        return;
    }
    struct client_process client = {0};
    uv_pipe_t *pipe = config->accepting(config->arg);
    if (pipe == NULL) {
        turn_away(listener);
        return;
    }
    int error = uv_pipe_init(config->loop, pipe, 0);
    if (error == 0) {
        error = uv_accept(server, (uv_stream_t *)pipe);
    }
    if (error == 0) {
        client = peer_of(pipe);
    }
    config->accepted(config->arg, pipe, &client, error);
}

/* If nobody listens on the socket, a process that was killed has left it. */
static bool is_left_over(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat info;
    memcpy(address.sun_path, name, strlen(name) + 1);
    if (lstat(name, &info) != 0 || !S_ISSOCK(info.st_mode)) {
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1) {
        return false;
    }
    bool refused = connect(fd, (struct sockaddr *)&address, sizeof address) != 0 &&
                   errno == ECONNREFUSED;
    close(fd);
    return refused;
}

static int bind_and_listen(struct listener *listener)
{
    if (is_left_over(listener->name)) {
        unlink(listener->name);
    }
    mode_t before = umask(0177);
    int error = uv_pipe_bind(&listener->server, listener->name);
    umask(before);
    return error != 0 ? error : uv_listen((uv_stream_t *)&listener->server, 1024, on_client);
}

static void free_failed(uv_handle_t *handle)
{
    free(handle->data);
}

int listener_new(struct listener **out, const struct listener_config *config)
{
    size_t size = strlen(config->name) + 1;
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        return UV_ENOMEM;
    }
    if (size == 1 || size > sizeof listener->name) {
        log_line(config->log, LOG_ERROR,
                 "'%s' is not a valid path for a socket; give one of 1 to %zu bytes with --pipe",
                 config->name, sizeof listener->name - 1);
        free(listener);
        return UV_EINVAL;
    }
    listener->config = *config;
    memcpy(listener->name, config->name, size);
    listener->config.name = listener->name;
    int error = uv_pipe_init(config->loop, &listener->server, 0);
    if (error != 0) {
        free(listener);
        return error;
    }
    listener->server.data = listener;
    error = bind_and_listen(listener);
    if (error != 0) {
        log_line(config->log, LOG_ERROR, "cannot listen on %s: %s", listener->name,
                 uv_strerror(error));
        uv_close((uv_handle_t *)&listener->server, free_failed);
        return error;
    }
    *out = listener;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;
    listener->server_closed = true;
    if (!listener->turning_away) {
        finish(listener);
    }
}

void listener_close(struct listener *listener, void (*closed)(void *arg), void *arg)
{
    listener->closed = closed;
    listener->closed_arg = arg;
    uv_close((uv_handle_t *)&listener->server, on_closed); /* also unlinks the socket */
}

const char *listener_name(const struct listener *listener)
{
    return listener->name;
}

bool listener_recovered(const struct listener *listener)
{
    (void)listener;
    return false;
}
