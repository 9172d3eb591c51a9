/* bare.c: the least that libuv does. */
#include "bare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct bare_client {
    struct bare_client *next, **link;
    struct bare *bare;
    uv_pipe_t pipe;
    uv_write_t write;
    char bytes[65536];
};

static void on_closed(uv_handle_t *handle)
{
    struct bare_client *client = handle->data;
    *client->link = client->next;
    if (client->next != NULL) {
        client->next->link = client->link;
    }
    client->bare->count--;
    free(client);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct bare_client *client = handle->data;
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
    struct bare_client *client = stream->data;
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
    struct bare *bare = server->data;
    struct bare_client *client = status == 0 ? calloc(1, sizeof *client) : NULL;
    if (client == NULL) {
        fprintf(stderr, "a client of the bare server: %s\n", uv_strerror(status));
        exit(1);
    }
    client->bare = bare;
    client->next = bare->clients;
    client->link = &bare->clients;
    if (client->next != NULL) {
        client->next->link = &client->next;
    }
    bare->clients = client;
    bare->count++;
    uv_pipe_init(server->loop, &client->pipe, 0);
    client->pipe.data = client;
    if (uv_accept(server, (uv_stream_t *)&client->pipe) != 0 ||
        uv_read_start((uv_stream_t *)&client->pipe, give_room, on_read) != 0) {
        uv_close((uv_handle_t *)&client->pipe, on_closed);
    }
}

int bare_open(struct bare *bare, uv_loop_t *loop, const char *name)
{
    char full[1024];
    memset(bare, 0, sizeof *bare);
#ifdef _WIN32
    snprintf(full, sizeof full, "\\\\.\\pipe\\%s", name);
#else
    snprintf(full, sizeof full, "%s", name);
#endif
    uv_pipe_init(loop, &bare->server, 0);
    bare->server.data = bare;
    int error = uv_pipe_bind(&bare->server, full);
    return error != 0 ? error : uv_listen((uv_stream_t *)&bare->server, 1024, on_guest);
}

static void on_broadcast(uv_write_t *write, int status)
{
    if (status != 0 && !uv_is_closing((uv_handle_t *)write->handle)) {
        uv_close((uv_handle_t *)write->handle, on_closed);
    }
}

void bare_broadcast(struct bare *bare, const char *bytes, size_t size)
{
    for (struct bare_client *client = bare->clients; client != NULL; client = client->next) {
        uv_buf_t part = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)size);
        uv_write(&client->write, (uv_stream_t *)&client->pipe, &part, 1, on_broadcast);
    }
}
