/* stream.c: a connection over a uv_pipe_t. */
#include "rpc/stream.h"

#include "base/clock.h"
#include "base/log.h"
#include "pipe/pipe_end.h"

#include <stdlib.h>

/* Connections over a limit get an error before they are closed. If this many of them are being
 * closed, further ones are closed without an error. */
#define REFUSING_AT_ONCE 64u

/* During a stop: how often to check whether a client has closed its end. */
#define LOOK_MS 20u

struct stream {
    uv_pipe_t pipe;
    uv_timer_t timer;
    struct connection connection;
    void *end; /* during a stop: kept until the client has closed its own */
    enum { STREAM_OPENING, STREAM_UNCOUNTED, STREAM_REFUSED, STREAM_ADMITTED } standing;
};

static struct stream *of(struct connection *connection)
{
    return LIST_ENTRY(connection, struct stream, connection);
}

/* ---- the end: first the pipe, then its end that was kept, then the timer, then the memory ---- */

static void timer_closed(uv_handle_t *handle)
{
    struct stream *stream = handle->data;
    if (stream->standing != STREAM_OPENING) {
        struct rpc_server *server = rpc_server_of(&stream->connection);
        if (stream->standing == STREAM_ADMITTED) {
            admission_leave(&server->admission, &stream->connection.client);
        }
        server->refusing -= stream->standing == STREAM_REFUSED;
        connection_release(&stream->connection);
    }
    free(stream);
}

static void close_timer(struct stream *stream)
{
    uv_close((uv_handle_t *)&stream->timer, timer_closed);
}

/* Disconnecting drops what the client has not read, so the client gets time to read and to
 * close. */
static void look_at_end(uv_timer_t *timer)
{
    struct stream *stream = timer->data;
    uint64_t stop_by_ms = rpc_server_of(&stream->connection)->stop_by_ms;
    if (pipe_end_is_alone(stream->end) || clock_mono_ms() >= stop_by_ms) {
        pipe_end_release(stream->end);
        close_timer(stream);
    }
}

static void pipe_closed(uv_handle_t *handle)
{
    struct stream *stream = handle->data;
    if (stream->end == NULL) {
        close_timer(stream);
    } else {
        uv_timer_start(&stream->timer, look_at_end, 0, LOOK_MS);
    }
}

static void io_close(struct connection *connection)
{
    struct stream *stream = of(connection);
    if (rpc_server_of(connection)->stopping) {
        stream->end = pipe_end_keep(&stream->pipe);
    }
    uv_close((uv_handle_t *)&stream->pipe, pipe_closed);
}

/* ---- reading and writing ---- */

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct stream *stream = handle->data;
    size_t size;
    char *room = connection_room(&stream->connection, &size);
    (void)suggested;
    *buffer = uv_buf_init(room, (unsigned)size);
}

static void on_read(uv_stream_t *from, ssize_t size, const uv_buf_t *buffer)
{
    struct stream *stream = from->data;
    (void)buffer;
    if (size > 0) {
        connection_received(&stream->connection, (size_t)size);
    } else if (size < 0) {
        connection_ended(&stream->connection, size == UV_EOF ? 0 : (int)size);
    }
}

/* Keeps one that is no longer awaited for the next connection that needs one. */
static void drop_write(struct rpc_server *server, uv_write_t *write)
{
    if (server->spare_write == NULL) {
        server->spare_write = write;
    } else {
        free(write);
    }
}

static void on_write(uv_write_t *write, int status)
{
    struct stream *stream = write->data;
    drop_write(rpc_server_of(&stream->connection), write);
    connection_sent(&stream->connection, status);
}

/* According to libuv, Windows' pipes never accept anything without waiting. */
static int io_try_write(struct connection *connection, const char *data, size_t size)
{
    uv_buf_t part = connection_part(data, size);
    return uv_try_write((uv_stream_t *)&of(connection)->pipe, &part, 1);
}

static int io_write(struct connection *connection, const char *data, size_t size)
{
    struct stream *stream = of(connection);
    struct rpc_server *server = rpc_server_of(connection);
    uv_buf_t part = connection_part(data, size);
    uv_write_t *write = server->spare_write;
    server->spare_write = NULL;
    if (write == NULL && (write = malloc(sizeof *write)) == NULL) {
        return UV_ENOMEM;
    }
    write->data = stream;
    int error = uv_write(write, (uv_stream_t *)&stream->pipe, &part, 1, on_write);
    if (error != 0) {
        drop_write(server, write);
    }
    return error;
}

static void io_read_start(struct connection *connection)
{
    if (uv_read_start((uv_stream_t *)&of(connection)->pipe, give_room, on_read) != 0) {
        connection_close(connection);
    }
}

static void io_read_stop(struct connection *connection)
{
    uv_read_stop((uv_stream_t *)&of(connection)->pipe);
}

static void on_timer(uv_timer_t *timer)
{
    struct stream *stream = timer->data;
    connection_timeout(&stream->connection);
}

static void io_set_timer(struct connection *connection, uint64_t ms)
{
    struct stream *stream = of(connection);
    if (ms == UINT64_MAX) {
        uv_timer_stop(&stream->timer);
    } else {
        /* libuv's clock stands still within a loop iteration; without this, the timer would be
         * early. */
        uv_update_time(stream->pipe.loop);
        uv_timer_start(&stream->timer, on_timer, ms, 0);
    }
}

static enum access_level io_identify(struct connection *connection)
{
    const struct rpc_server_config *config = &rpc_server_of(connection)->config;
    return config->identify == NULL
               ? ACCESS_STANDARD
               : config->identify(config->arg, &of(connection)->pipe, connection);
}

static const struct connection_io io = {
    .try_write = io_try_write,
    .write = io_write,
    .read_stop = io_read_stop,
    .read_start = io_read_start,
    .close = io_close,
    .identify = io_identify,
    .set_timer = io_set_timer,
};

/* ---- admission ---- */

uv_pipe_t *stream_accepting(void *arg)
{
    (void)arg;
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return NULL;
    }
    stream->pipe.data = stream;
    return &stream->pipe;
}

/* Says why it is refused, unless too many are being refused already. */
static void refuse(struct stream *stream, const char *limit)
{
    struct rpc_server *server = rpc_server_of(&stream->connection);
    if (server->refusing >= REFUSING_AT_ONCE) {
        metrics_count_over_limit(server->config.metrics, limit);
        connection_close(&stream->connection);
        return;
    }
    stream->standing = STREAM_REFUSED;
    server->refusing++;
    connection_end(&stream->connection, "limit", limit);
}

void stream_accepted(void *arg, uv_pipe_t *pipe, const struct client_process *client, int status)
{
    struct rpc_server *server = arg;
    struct stream *stream = pipe->data;
    uv_timer_init(pipe->loop, &stream->timer);
    stream->timer.data = stream;
    if (status != 0) {
        log_line(server->config.log, LOG_WARN, "cannot accept a client: %s", uv_strerror(status));
        uv_close((uv_handle_t *)pipe, pipe_closed);
        return;
    }
    stream->standing = STREAM_UNCOUNTED;
    connection_init(&stream->connection, &server->connections, &io);
    if (server->stopping) {
        connection_end(&stream->connection, "shutdown", NULL);
        return;
    }
    server->config.metrics->client_processes_unread_total += !client->known;
    const char *limit = admission_enter(&server->admission, client);
    if (limit != NULL) {
        server->config.metrics->connections_rejected_total++;
        refuse(stream, limit);
        return;
    }
    stream->standing = STREAM_ADMITTED;
    stream->connection.client = *client;
    /* Clients that are exempt from the limits per user count as a user each. */
    stream->connection.user = client->privileged ? (uint64_t)(uintptr_t)stream
                                                 : client_process_user(client);
    io_read_start(&stream->connection);
}
