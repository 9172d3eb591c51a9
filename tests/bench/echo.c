/* echo.c: "msiwatch-bench echo", a bare libuv server that sends back what comes. Until it is ended.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct client {
    uv_pipe_t pipe;
    uv_write_t write;
    char bytes[65536];
};

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct client *client = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(client->bytes, sizeof client->bytes);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer);

static void on_written(uv_write_t *write, int status)
{
    if (status == 0) {
        uv_read_start(write->handle, give_room, on_read);
    } else if (!uv_is_closing((uv_handle_t *)write->handle)) {
        uv_close((uv_handle_t *)write->handle, on_closed);
    }
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct client *client = stream->data;
    if (size < 0) {
        uv_close((uv_handle_t *)stream, on_closed);
    } else if (size > 0) {
        /* The bytes are one buffer: no more are read until these have gone. */
        uv_buf_t part = uv_buf_init(buffer->base, (unsigned)size);
        uv_read_stop(stream);
        uv_write(&client->write, stream, &part, 1, on_written);
    }
}

static void on_guest(uv_stream_t *server, int status)
{
    struct client *client = calloc(1, sizeof *client);
    if (status != 0 || client == NULL) {
        bench_fail("echo: a client", uv_strerror(status));
    }
    uv_pipe_init(server->loop, &client->pipe, 0);
    client->pipe.data = client;
    if (uv_accept(server, (uv_stream_t *)&client->pipe) != 0 ||
        uv_read_start((uv_stream_t *)&client->pipe, give_room, on_read) != 0) {
        uv_close((uv_handle_t *)&client->pipe, on_closed);
    }
}

int bench_echo(int argc, char **argv)
{
    const char *name = option(argc, argv, "--pipe", NULL);
    uv_pipe_t server;
    char full[1024];
    if (name == NULL) {
        bench_fail("echo: which --pipe?", "");
    }
#ifdef _WIN32
    snprintf(full, sizeof full, "\\\\.\\pipe\\%s", name);
#else
    snprintf(full, sizeof full, "%s", name);
#endif
    uv_pipe_init(uv_default_loop(), &server, 0);
    int error = uv_pipe_bind(&server, full);
    if (error == 0) {
        error = uv_listen((uv_stream_t *)&server, 16, on_guest);
    }
    if (error != 0) {
        bench_fail(full, uv_strerror(error));
    }
    puts("ready");
    fflush(stdout);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
