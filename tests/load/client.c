/* client.c: a client of the pipe, on libuv. */
#include "client.h"

#include "common/wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void pipe_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    lines_release(&client->lines);
    if (client->on_closed != NULL) {
        client->on_closed(client);
    }
}

void client_close(struct client *client)
{
    if (!client->closed) {
        client->closed = true;
        uv_close((uv_handle_t *)&client->pipe, pipe_closed);
    }
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct client *client = handle->data;
    size_t size = 0;
    char *room = lines_room(&client->lines, &size);
    (void)suggested;
    *buffer = uv_buf_init(room, (unsigned)size);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct client *client = stream->data;
    (void)buffer;
    if (size < 0) {
        uv_read_stop(stream);
        client->on_end(client, (int)size);
        return;
    }
    lines_added(&client->lines, (size_t)size);
    while (!client->closed) {
        char *line;
        size_t length;
        enum lines_result result = lines_next(&client->lines, &line, &length);
        if (result == LINES_MORE) {
            return;
        }
        if (result != LINES_LINE) {
            uv_read_stop(stream);
            client->on_end(client, UV_EMSGSIZE);
            return;
        }
        client->on_line(client, line, length);
    }
}

void client_listen(struct client *client, bool listen)
{
    client->deaf = !listen;
    if (client->closed) {
        return;
    }
    if (listen) {
        uv_read_start((uv_stream_t *)&client->pipe, give_room, on_read);
    } else {
        uv_read_stop((uv_stream_t *)&client->pipe);
    }
}

static void on_connect(uv_connect_t *connect, int status)
{
    struct client *client = connect->handle->data;
    if (client->closed) {
        return;
    }
    if (status == 0) {
        client_listen(client, true);
    } else {
        client_close(client);
    }
    client->on_open(client, status);
}

int client_open(struct client *client, uv_loop_t *loop, const char *name)
{
    char full[1024];
    int error = uv_pipe_init(loop, &client->pipe, 0);
    if (error != 0) {
        return error;
    }
    client->pipe.data = client;
    client->deaf = client->closed = false;
    lines_init(&client->lines, (size_t)WIRE_REPLY_LINE);
#ifdef _WIN32
    snprintf(full, sizeof full, "%s%s", strncmp(name, "\\\\", 2) == 0 ? "" : "\\\\.\\pipe\\", name);
#else
    snprintf(full, sizeof full, "%s", name);
#endif
    uv_pipe_connect(&client->connect, &client->pipe, full, on_connect);
    return 0;
}

/* A line on its way; it follows in the same memory. */
struct saying {
    uv_write_t write;
};

static void on_said(uv_write_t *write, int status)
{
    (void)status; /* a connection that breaks is noticed by its reading */
    free(write->data);
}

int client_say(struct client *client, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    struct saying *saying = size < 0 ? NULL : malloc(sizeof *saying + (size_t)size + 2);
    if (saying == NULL) {
        va_end(again);
        return UV_ENOMEM;
    }
    char *text = (char *)(saying + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    text[size] = '\n';
    saying->write.data = saying;
    uv_buf_t part = uv_buf_init(text, (unsigned)size + 1);
    int error = uv_write(&saying->write, (uv_stream_t *)&client->pipe, &part, 1, on_said);
    if (error != 0) {
        free(saying);
    }
    return error;
}
