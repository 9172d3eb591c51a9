/* listener_posix.c: the door of the native build: a Unix socket of mode 0600. */
#include "base/log.h"
#include "pipe/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct endpoint {
    struct endpoint_config config;
    uv_pipe_t server;
    uv_pipe_t away; /* a client that cannot be served, on its way out */
    bool turning_away;
    bool another; /* waits for the place of that one */
    bool server_closed;
    void (*closed)(void *arg);
    void *closed_arg;
    char name[sizeof((struct sockaddr_un *)0)->sun_path];
};

static void on_client(uv_stream_t *server, int status);

static void finish(struct endpoint *endpoint)
{
    void (*closed)(void *arg) = endpoint->closed;
    void *arg = endpoint->closed_arg;
    free(endpoint);
    closed(arg);
}

static void turned_away(uv_handle_t *handle)
{
    struct endpoint *endpoint = handle->data;
    bool another = endpoint->another;
    endpoint->turning_away = endpoint->another = false;
    if (endpoint->server_closed) {
        finish(endpoint);
    } else if (another && !uv_is_closing((uv_handle_t *)&endpoint->server)) {
        on_client((uv_stream_t *)&endpoint->server, 0);
    }
}

/* Takes a client that cannot be served and drops it: until it is taken, libuv accepts nobody. Needs
 * no memory, as that may be what is out; so there is one place for this. */
static void turn_away(struct endpoint *endpoint)
{
    if (endpoint->turning_away) {
        endpoint->another = true;
        return;
    }
    uv_pipe_init(endpoint->config.loop, &endpoint->away, 0); /* never fails on these systems */
    endpoint->away.data = endpoint;
    endpoint->turning_away = true;
    uv_accept((uv_stream_t *)&endpoint->server, (uv_stream_t *)&endpoint->away);
    uv_close((uv_handle_t *)&endpoint->away, turned_away);
}

static struct peer peer_of(uv_pipe_t *pipe)
{
    uv_os_fd_t fd;
    struct peer peer = {0};
    struct ucred from = {0};
    socklen_t size = sizeof from;
    if (uv_fileno((uv_handle_t *)pipe, &fd) == 0 &&
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &from, &size) == 0) {
        peer.pid = (uint32_t)from.pid;
        peer.known = true;
        peer.privileged = from.uid == 0;
        peer.user_size = sizeof from.uid;
        memcpy(peer.user, &from.uid, sizeof from.uid);
    }
    return peer;
}

static void on_client(uv_stream_t *server, int status)
{
    struct endpoint *endpoint = server->data;
    const struct endpoint_config *config = &endpoint->config;
    if (status != 0) {
        log_line(config->log, LOG_WARN, "accepting on %s: %s", endpoint->name, uv_strerror(status));
        return;
    }
    struct peer peer = {0};
    uv_pipe_t *pipe = config->accepting(config->arg);
    if (pipe == NULL) {
        turn_away(endpoint);
        return;
    }
    int error = uv_pipe_init(config->loop, pipe, 0);
    if (error == 0) {
        error = uv_accept(server, (uv_stream_t *)pipe);
    }
    if (error == 0) {
        peer = peer_of(pipe);
    }
    config->accepted(config->arg, pipe, &peer, error);
}

/* A socket that nobody listens on is left over from a process that was killed. */
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

static int bind_and_listen(struct endpoint *endpoint)
{
    if (is_left_over(endpoint->name)) {
        unlink(endpoint->name);
    }
    mode_t before = umask(0177);
    int error = uv_pipe_bind(&endpoint->server, endpoint->name);
    umask(before);
    return error != 0 ? error : uv_listen((uv_stream_t *)&endpoint->server, 1024, on_client);
}

static void free_failed(uv_handle_t *handle)
{
    free(handle->data);
}

int endpoint_new(struct endpoint **out, const struct endpoint_config *config)
{
    size_t size = strlen(config->name) + 1;
    struct endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (endpoint == NULL) {
        return UV_ENOMEM;
    }
    if (size == 1 || size > sizeof endpoint->name) {
        log_line(config->log, LOG_ERROR,
                 "'%s' is no path for a socket; give one of 1 to %zu bytes with --pipe",
                 config->name, sizeof endpoint->name - 1);
        free(endpoint);
        return UV_EINVAL;
    }
    endpoint->config = *config;
    memcpy(endpoint->name, config->name, size);
    endpoint->config.name = endpoint->name;
    int error = uv_pipe_init(config->loop, &endpoint->server, 0);
    if (error != 0) {
        free(endpoint);
        return error;
    }
    endpoint->server.data = endpoint;
    error = bind_and_listen(endpoint);
    if (error != 0) {
        log_line(config->log, LOG_ERROR, "listening on %s: %s", endpoint->name, uv_strerror(error));
        uv_close((uv_handle_t *)&endpoint->server, free_failed);
        return error;
    }
    *out = endpoint;
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct endpoint *endpoint = handle->data;
    endpoint->server_closed = true;
    if (!endpoint->turning_away) {
        finish(endpoint);
    }
}

void endpoint_close(struct endpoint *endpoint, void (*closed)(void *arg), void *arg)
{
    endpoint->closed = closed;
    endpoint->closed_arg = arg;
    uv_close((uv_handle_t *)&endpoint->server, on_closed); /* also unlinks the socket */
}

const char *endpoint_name(const struct endpoint *endpoint)
{
    return endpoint->name;
}
