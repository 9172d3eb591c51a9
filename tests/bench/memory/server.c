/* server.c: a server in a process of its own, which says how much memory it holds. */
#include "server.h"

#include "allocator.h"
#include "rpc/stream.h"
#include "test_server.h"
#include "config/settings.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    uv_loop_t loop;
    uv_poll_t control;
    int control_fd;
    uv_pipe_t door; /* of the bare one */
    uint64_t bare_clients;
    struct metrics metrics; /* and all below: of the service */
    struct rpc_server rpc;
    struct api api;
    struct journal *journal;
    struct listener *listener;
} serving;

static void fail(const char *what)
{
    fprintf(stderr, "memory server: ");
    perror(what);
    exit(1);
}

static void must_do(int error, const char *what)
{
    if (error != 0) {
        fprintf(stderr, "memory server: %s: %s\n", what, uv_strerror(error));
        exit(1);
    }
}

/* ---- the bare one ---- */

static void free_client(uv_handle_t *client)
{
    serving.bare_clients--;
    free(client);
}

static void give_room(uv_handle_t *client, size_t suggested, uv_buf_t *buffer)
{
    static char room[65536];
    (void)client;
    (void)suggested;
    *buffer = uv_buf_init(room, sizeof room);
}

static void on_read(uv_stream_t *client, ssize_t size, const uv_buf_t *buffer)
{
    (void)buffer;
    if (size < 0) {
        uv_close((uv_handle_t *)client, free_client);
    }
}

static void on_client(uv_stream_t *server, int status)
{
    must_do(status, "a client");
    uv_pipe_t *client = calloc(1, sizeof *client);
    if (client == NULL) {
        fail("calloc");
    }
    uv_pipe_init(&serving.loop, client, 0);
    must_do(uv_accept(server, (uv_stream_t *)client), "accept");
    must_do(uv_read_start((uv_stream_t *)client, give_room, on_read), "read");
    serving.bare_clients++;
}

static void open_bare(const char *path)
{
    must_do(uv_pipe_init(&serving.loop, &serving.door, 0), "pipe");
    must_do(uv_pipe_bind(&serving.door, path), path);
    must_do(uv_listen((uv_stream_t *)&serving.door, 1024, on_client), "listen");
}

/* ---- the service ---- */

static void ignore(void *arg)
{
    (void)arg;
}

static void ignore_waited(void *arg, bool waited)
{
    (void)arg;
    (void)waited;
}

static void no_gauges(void *arg, struct sampler_gauges *out)
{
    (void)arg;
    memset(out, 0, sizeof *out);
}

static void open_service(const char *path)
{
    static struct settings settings;
    struct journal_config journal = {.held = 4096, .changed = ignore};
    settings_init(&settings);
    settings.limits.connections.total = 1800;
    settings.limits.connections.process = 1800;
    settings.limits.connections.user = 1800;
    must_do(journal_new(&serving.journal, &journal), "journal");
    struct api_config api = {
        .journal = serving.journal,
        .look = ignore,
        .waited = ignore_waited,
        .gauges = no_gauges,
    };
    must_do(test_server_init(&serving.rpc, &serving.api, &serving.metrics, &settings.limits, api),
            "server");
    struct listener_config listener = {
        .loop = &serving.loop,
        .name = path,
        .accepting = stream_accepting,
        .accepted = stream_accepted,
        .arg = &serving.rpc,
    };
    must_do(listener_new(&serving.listener, &listener), path);
}

/* ---- both ---- */

static uint64_t resident_bytes(void)
{
    size_t bytes;
    if (uv_resident_set_memory(&bytes) != 0) {
        fail("resident memory");
    }
    return bytes;
}

static void on_control(uv_poll_t *poll, int status, int events)
{
    char byte;
    (void)poll;
    (void)status;
    (void)events;
    if (read(serving.control_fd, &byte, 1) != 1) {
        _exit(0);
    }
    malloc_trim(0);
    struct allocator_live live = allocator_live();
    struct memory memory = {
        .clients = serving.bare_clients + serving.rpc.connections.count,
        .own_blocks = live.blocks,
        .own = live.bytes,
        .allocated = mallinfo2().uordblks + mallinfo2().hblkhd,
        .resident = resident_bytes(),
    };
    if (write(serving.control_fd, &memory, sizeof memory) != (ssize_t)sizeof memory) {
        _exit(1);
    }
}

static void serve(const struct server *server, enum server_kind kind, int control)
{
    struct rlimit files = {4096, 4096};
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    serving.control_fd = control;
    must_do(allocator_spare_libuv(), "allocator");
    must_do(uv_loop_init(&serving.loop), "loop");
    if (kind == SERVER_BARE) {
        open_bare(server->path);
    } else {
        open_service(server->path);
    }
    must_do(uv_poll_init(&serving.loop, &serving.control, control), "control");
    must_do(uv_poll_start(&serving.control, UV_READABLE, on_control), "control");
    uv_run(&serving.loop, UV_RUN_DEFAULT);
    _exit(1);
}

void server_start(struct server *server, enum server_kind kind)
{
    int ends[2];
    snprintf(server->path, sizeof server->path, "/tmp/msiwatch-memory-%d-%d", (int)getpid(),
             (int)kind);
    unlink(server->path);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        fail("socketpair");
    }
    server->pid = fork();
    if (server->pid == 0) {
        close(ends[0]);
        serve(server, kind, ends[1]);
    }
    if (server->pid < 0) {
        fail("fork");
    }
    close(ends[1]);
    server->control = ends[0];
    server_memory(server); /* it answers, so it listens */
}

void server_stop(struct server *server)
{
    close(server->control);
    kill(server->pid, SIGTERM);
    waitpid(server->pid, NULL, 0);
    unlink(server->path);
}

struct memory server_memory(const struct server *server)
{
    struct memory memory = {0};
    if (write(server->control, "?", 1) != 1 ||
        read(server->control, &memory, sizeof memory) != (ssize_t)sizeof memory) {
        fail("no answer");
    }
    return memory;
}
