/* connection.h: one connection: its input, its output, its attachments, and its end.
 *
 * A connection knows nothing about pipes, which are below it, or JSON, which is above it. It gets
 * its bytes from connection_io and writes through it, so that it works over a uv_pipe_t (stream.c)
 * and, in tests, in memory; it gives its lines to a connection_handler (dispatch.c). State that
 * lasts longer than a request (subscriptions, a turn) is an attachment. Loop thread only.
 *
 * Output is collected in one growing buffer next to the one that is being written. Attachments add
 * to it only when nothing is in flight and nothing else waits. So a client that does not read costs
 * one write in flight, the replies that it asked for, and its cursors. The limit on those replies,
 * `queued_bytes`, counts the output and what is kept for the connection elsewhere (batches).
 */
#ifndef MSIWATCH_SERVICE_CONNECTION_H
#define MSIWATCH_SERVICE_CONNECTION_H

#include "base/fair_queue.h"
#include "base/list.h"
#include "common/access_level.h"
#include "common/lines.h"
#include "common/text.h"
#include "metrics/metrics.h"
#include "pipe/client_process.h"
#include "rpc/limits.h"

#include <uv.h>

struct batch;
struct connection;
struct log;
struct shares;

/* If this much output waits, no more requests are processed until it has been sent. */
#define CONNECTION_HIGH_WATER (64u * 1024u)

/* How much time a client has to read the last output after the connection ends. */
#define CONNECTION_END_MS 1000u

/* After a refusal because of a limit, nothing more is read from the connection for this long, so
 * that nobody can keep the loop busy with requests that are refused. */
#define CONNECTION_REST_MS 40u

/* In the order in which a connection goes through them; only OPEN and PAUSED alternate. */
enum connection_state {
    CONNECTION_OPEN,     /* processes requests */
    CONNECTION_PAUSED,   /* reads nothing until the output has been sent */
    CONNECTION_ENDED,    /* the client will send no more; what is in flight is still answered */
    CONNECTION_STOPPING, /* the service stops: last answers and events, which have no limit */
    CONNECTION_CLOSING,  /* answers nothing any more; closes when everything is sent */
    CONNECTION_CLOSED,   /* io->close was called */
};

/* What a connection needs from its transport. */
struct connection_io {
    /* Sends what can be sent without waiting. Returns how many bytes that was, or UV_EAGAIN; any
     * other negative code: the connection is broken. What is left is sent with `write`. NULL: the
     * transport cannot do this. */
    int (*try_write)(struct connection *connection, const char *data, size_t size);
    /* Starts to send; `data` must stay valid until connection_sent is called, which happens later.
     * Not 0: it cannot be sent, and connection_sent is not called. */
    int (*write)(struct connection *connection, const char *data, size_t size);
    /* Stop delivering bytes for now; and start again. */
    void (*read_stop)(struct connection *connection);
    void (*read_start)(struct connection *connection);
    /* Closes the connection; the transport later calls connection_release. */
    void (*close)(struct connection *connection);
    /* What the client may see. Called when the client has sent something, and again each time, as
     * long as it may see more than a standard user. NULL: a standard user's access for
     * everybody. */
    enum access_level (*identify)(struct connection *connection);
    /* Calls connection_timeout once in `ms`, and forgets an earlier request for that; UINT64_MAX:
     * never. */
    void (*set_timer)(struct connection *connection, uint64_t ms);
};

/* Who gets the lines. */
struct connection_handler {
    /* A line came. It has no end, and the handler may write into it. */
    void (*line)(struct connection *connection, char *line, size_t size);
    /* A line was too long; the connection ends after this call. */
    void (*line_too_long)(struct connection *connection);
    /* The client will send no more: forget requests that wait, because nobody will read the
     * answer. */
    void (*ended)(struct connection *connection);
    /* The connection ends: answer the requests in flight that the service stops (`answer`), or
     * forget them. */
    void (*end)(struct connection *connection, bool answer);
    /* The earliest deadline of the requests in flight (monotonic); UINT64_MAX if there is none. */
    uint64_t (*next_deadline)(const struct connection *connection);
    /* Handle the requests whose deadline has come. */
    void (*deadline)(struct connection *connection, uint64_t now_ms);
};

/* Something that lives as long as a connection, unless it is detached before. */
struct attachment {
    struct attachment *next; /* of the same connection */
    const struct attachment_type *type;
};

struct attachment_type {
    /* Nothing waits to be sent: add what is due. May detach itself or end the connection; must not
     * detach another attachment. */
    void (*drained)(struct connection *connection, struct attachment *attachment);
    /* This batch was answered; its answer is in the output. May be NULL. */
    void (*answered)(struct connection *connection, struct attachment *attachment,
                     const struct batch *batch);
    /* It is detached, because the connection ends or the client will send no more: free it. */
    void (*closed)(struct connection *connection, struct attachment *attachment);
    /* Whether it may have something to send whenever the server is flushed; others cause a flush
     * themselves. */
    bool follows;
};

/* What the connections of one server share; part of the server. */
struct connections {
    const struct rpc_limits *limits;
    struct metrics *metrics;
    struct log *log; /* may be NULL */
    const struct connection_handler *handler;
    struct list following, others; /* connections with an attachment that follows; and those
                                    * without */
    size_t count;
    /* Connections whose input waits, by user. somebody_waits is called when there is one, so that
     * connections_take (shares.h) is called soon. NULL: input is processed as it comes. */
    struct fair_queue waiting;
    void (*somebody_waits)(struct connections *connections);
    struct shares *shares;
    /* Buffers that no connection needs now, so that a request and its answer allocate nothing. */
    char *spare_input;
    struct text spare_output;
    /* The last connection has gone. */
    void (*emptied)(struct connections *connections);
};

struct connection {
    struct connections *all;
    const struct connection_io *io;
    struct list node; /* in one of the two lists of `all` */
    enum connection_state state;
    enum access_level access_level; /* ACCESS_STANDARD until the transport was asked */
    uint64_t user; /* the same number for all connections of a user; 0: not known */
    bool identified;
    struct client_process client; /* filled in by the transport when the client is admitted */
    struct lines input;
    struct fair_entry entry; /* its entry in all->waiting */
    bool waits;              /* the entry is in the queue */
    bool backlog;            /* more has come than one turn processes: reading is stopped */
    bool refused;            /* a request was over a limit; then no more are processed in this
                              * turn */
    uint64_t rests_until_ms; /* monotonic; no requests are processed until then. 0: it does not
                              * rest */
    bool finished;           /* the client will send no more; handled after its requests */
    struct text output;      /* waits to be written */
    struct text flying;      /* is being written; its first `flown` bytes were already */
    size_t flown;
    uint64_t until_ms; /* deadline of the first request (0: it came), or, when closing, of the
                        * end */
    struct attachment *attachments;

    /* For the handler. */
    struct list requests; /* in flight */
    size_t request_count;
    size_t held_bytes; /* what the batches in flight have allocated for their answers */
};

/* Initializes the connection. `io` must outlive it. */
void connection_init(struct connection *connection, struct connections *all,
                     const struct connection_io *io);

/* Frees what it contains, and leaves the other connections. */
void connection_release(struct connection *connection);

/* ---- for the transport ---- */

/* Returns where to read to; NULL and 0: out of memory, so end the connection. */
char *connection_room(struct connection *connection, size_t *size);

/* `size` bytes were read to the place from connection_room. 0 bytes: nothing came. */
void connection_received(struct connection *connection, size_t size);

/* It is the connection's turn: processes up to `share` of its requests, more only of one batch.
 * Returns how many. */
size_t connection_take(struct connection *connection, size_t share);

/* The client will send no more; or, with a negative code, the connection broke. */
void connection_ended(struct connection *connection, int error);

/* The last write has ended. */
void connection_sent(struct connection *connection, int error);

/* The timer set by io->set_timer fired. */
void connection_timeout(struct connection *connection);

/* ---- for the handler and for attachments ---- */

/* Whether it may get new requests and events: it is neither closing nor closed. */
bool connection_is_live(const struct connection *connection);

/* Attaches it; its functions are called until it is detached. */
void connection_attach(struct connection *connection, struct attachment *attachment);

/* Detaches it without calling `closed`. */
void connection_detach(struct connection *connection, struct attachment *attachment);

/* The attachment of that type; NULL if there is none. */
struct attachment *connection_attachment(const struct connection *connection,
                                         const struct attachment_type *type);

/* For connection.c and input.c. Only this function changes the state. */
void connection_set_state(struct connection *connection, enum connection_state state);

/* Stops processing requests while the client does not read the answers, and starts again. */
void connection_balance(struct connection *connection);

/* Processes the input when it is the user's turn. */
void connection_take_soon(struct connection *connection);

/* For connection.c. attachments_write: nothing waits to be sent, so each attachment may add what is
 * due. attachments_close: detaches all. */
void attachments_write(struct connection *connection);
void attachments_close(struct connection *connection);

/* Adds one line that consists of `count` parts to the output, and its end. False: memory is out,
 * the limit is reached, or the connection is closing; then it closes, or is about to. */
bool connection_write(struct connection *connection, const uv_buf_t parts[], size_t count);

/* Whether more may be queued for the client. If the limit is exceeded: false, and the connection
 * ends with that reason. `except` bytes are not counted: those of an answer that is still growing,
 * which may be as large as it needs to be. */
bool connection_may_queue(struct connection *connection, size_t except);

/* Makes one part of a line. */
uv_buf_t connection_part(const char *data, size_t size);

/* Sends what waits; if nothing waits, what attachments have to send. */
void connection_flush(struct connection *connection);

/* To be called when something was answered or a deadline has changed. */
void connection_rearm(struct connection *connection);

/* To be called when a batch was answered. */
void connection_answered(struct connection *connection, const struct batch *batch);

/* Sends `closing` with a reason ("shutdown", "idle", "limit") and, unless NULL, the limit; then
 * closes when that is sent, or after a second. If it is a shutdown, requests in flight are
 * answered; otherwise they are forgotten. */
void connection_end(struct connection *connection, const char *reason, const char *limit);

/* Closes immediately. */
void connection_close(struct connection *connection);

/* Frees the spare buffers, after the last connection has gone. */
void connections_release(struct connections *connections);

/* Calls `each` for all connections of a list; `each` may end them. */
void connections_each(struct list *list, void (*each)(struct connection *connection));

#endif
