/* stream.c: a session over a uv_pipe_t. */
#include "rpc/stream.h"

#include "base/log.h"
#include "rpc/connection.h"

#include <stdlib.h>

/* Connections over the cap are told so before they are closed; with this many of those at once,
 * the next ones are closed without a word. */
#define REFUSING_AT_ONCE 64u

struct connection {
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    struct session session;
    struct peer peer;
    bool begun;    /* the session is live */
    bool admitted; /* and counted */
    bool refused;  /* it is being told why it is not let in */
};

static struct connection *of(struct session *session)
{
    return LIST_ENTRY(session, struct connection, session);
}

/* ---- the end: pipe first, then timer, then the memory ---- */

static void timer_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    if (connection->begun) {
        struct hub *hub = connection->session.hub;
        if (connection->admitted) {
            admission_leave(&hub->admission, &connection->peer);
        }
        hub->refusing -= connection->refused;
        session_release(&connection->session);
    }
    free(connection);
}

static void pipe_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    uv_close((uv_handle_t *)&connection->timer, timer_closed);
}

static void io_close(struct session *session)
{
    uv_close((uv_handle_t *)&of(session)->pipe, pipe_closed);
}

/* ---- reading and writing ---- */

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct connection *connection = handle->data;
    size_t size;
    char *room = session_room(&connection->session, &size);
    (void)suggested;
    *buffer = uv_buf_init(room, (unsigned)size);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;
    (void)buffer;
    if (size > 0) {
        session_received(&connection->session, (size_t)size);
    } else if (size < 0) {
        session_ended(&connection->session, size == UV_EOF ? 0 : (int)size);
    }
}

static void on_write(uv_write_t *write, int status)
{
    struct connection *connection = write->data;
    session_sent(&connection->session, status);
}

static int io_write(struct session *session, const char *data, size_t size)
{
    struct connection *connection = of(session);
    uv_buf_t part = session_part(data, size);
    connection->write.data = connection;
    return uv_write(&connection->write, (uv_stream_t *)&connection->pipe, &part, 1, on_write);
}

static void io_read_start(struct session *session)
{
    if (uv_read_start((uv_stream_t *)&of(session)->pipe, give_room, on_read) != 0) {
        session_close(session);
    }
}

static void io_read_stop(struct session *session)
{
    uv_read_stop((uv_stream_t *)&of(session)->pipe);
}

static void on_timer(uv_timer_t *timer)
{
    struct connection *connection = timer->data;
    session_timeout(&connection->session);
}

static void io_set_timer(struct session *session, uint64_t ms)
{
    struct connection *connection = of(session);
    if (ms == UINT64_MAX) {
        uv_timer_stop(&connection->timer);
    } else {
        /* libuv's clock is that of the turn of the loop: without this it would fire too soon. */
        uv_update_time(connection->pipe.loop);
        uv_timer_start(&connection->timer, on_timer, ms, 0);
    }
}

static enum audience io_identify(struct session *session)
{
    const struct hub_config *config = &session->hub->config;
    return config->identify == NULL ? AUDIENCE_STANDARD
                                    : config->identify(config->arg, &of(session)->pipe);
}

static const struct session_io io = {
    .write = io_write,
    .read_stop = io_read_stop,
    .read_start = io_read_start,
    .close = io_close,
    .identify = io_identify,
    .set_timer = io_set_timer,
};

/* ---- who is let in ---- */

uv_pipe_t *connection_accepting(void *arg)
{
    (void)arg;
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        return NULL;
    }
    connection->pipe.data = connection;
    return &connection->pipe;
}

/* Tells it why, as long as there are not too many to be told. */
static void refuse(struct connection *connection, const char *limit)
{
    struct hub *hub = connection->session.hub;
    if (hub->refusing >= REFUSING_AT_ONCE) {
        metrics_count_over_limit(&hub->metrics, limit);
        session_close(&connection->session);
        return;
    }
    connection->refused = true;
    hub->refusing++;
    session_end(&connection->session, "limit", limit);
}

void connection_accepted(void *arg, uv_pipe_t *pipe, const struct peer *peer, int status)
{
    struct hub *hub = arg;
    struct connection *connection = pipe->data;
    uv_timer_init(pipe->loop, &connection->timer);
    connection->timer.data = connection;
    if (status != 0) {
        log_line(hub->config.log, LOG_WARN, "taking a client: %s", uv_strerror(status));
        uv_close((uv_handle_t *)pipe, pipe_closed);
        return;
    }
    connection->begun = true;
    session_init(&connection->session, hub, &io);
    if (hub->stopping) {
        session_end(&connection->session, "shutdown", NULL);
        return;
    }
    const char *limit = admission_enter(&hub->admission, peer);
    if (limit != NULL) {
        hub->metrics.connections_rejected_total++;
        refuse(connection, limit);
        return;
    }
    connection->admitted = true;
    connection->peer = *peer;
    io_read_start(&connection->session);
}
