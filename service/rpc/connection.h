/* connection.h: one connection: bytes in, lines out, what is attached to it, and how it ends.
 *
 * A connection knows nothing of pipes below it and nothing of JSON above it. It is given bytes and
 * writes through connection_io, so that it runs over a uv_pipe_t (stream.c) and, in tests, in
 * memory; it gives its lines to a connection_handler (dispatch.c). What lasts longer than a request
 * (subscriptions, turns) is an attachment. Loop thread only.
 *
 * Output is kept in one growing buffer beside the one being written. Attachments add to it only
 * when nothing is in flight and nothing else waits, so a client that does not read costs one write
 * in flight, the replies it asked for, and its cursors. Those replies have a cap, `queued_bytes`,
 * which counts the output and what is held for the connection elsewhere (batches).
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

/* With this much output waiting, no further requests are taken until it has drained. */
#define CONNECTION_HIGH_WATER (64u * 1024u)

/* What a client has to take the last of what it is sent, once the connection ends. */
#define CONNECTION_END_MS 1000u

/* After a refusal over a limit, nothing more is taken of the connection for this long, so that
 * nobody keeps the loop busy with requests that are refused. */
#define CONNECTION_REST_MS 40u

/* In the order in which a connection goes through them; only OPEN and PAUSED go back and forth. */
enum connection_state {
    CONNECTION_OPEN,     /* takes requests */
    CONNECTION_PAUSED,   /* reading is stopped until the output drains */
    CONNECTION_ENDED,    /* the client sent its last byte; what is in flight is still answered */
    CONNECTION_STOPPING, /* the service stops: last answers and events, which have no cap */
    CONNECTION_CLOSING,  /* answers nothing any more; closes when all is sent */
    CONNECTION_CLOSED,   /* io->close was called */
};

/* What a connection needs of its transport. */
struct connection_io {
    /* Sends what can be sent without waiting: how many bytes, or UV_EAGAIN; another negative code:
     * the connection is broken. What is left follows by `write`. NULL: nothing can. */
    int (*try_write)(struct connection *connection, const char *data, size_t size);
    /* Sends; `data` stays until connection_sent is called, later. Not 0: it will not be. */
    int (*write)(struct connection *connection, const char *data, size_t size);
    /* No more bytes are wanted for now; or again. */
    void (*read_stop)(struct connection *connection);
    void (*read_start)(struct connection *connection);
    /* Ends the connection; connection_release is called afterwards, later, by the transport. */
    void (*close)(struct connection *connection);
    /* What the client may see; asked when it has sent something, and again for as long as it may
     * see more than all. NULL: what all may. */
    enum access_level (*identify)(struct connection *connection);
    /* Calls connection_timeout once in `ms`, instead of any earlier such wish; UINT64_MAX: never.
     */
    void (*set_timer)(struct connection *connection, uint64_t ms);
};

/* Who takes the lines. */
struct connection_handler {
    /* A line came, without its end, which may be written to. */
    void (*line)(struct connection *connection, char *line, size_t size);
    /* A line was over the cap; the connection ends after this. */
    void (*line_too_long)(struct connection *connection);
    /* The client sends no more: forget what waits, for nobody will read the answer. */
    void (*ended)(struct connection *connection);
    /* The connection ends: answer what is in flight, saying that the service stops, or forget it.
     */
    void (*end)(struct connection *connection, bool answer);
    /* The earliest deadline of what is in flight (monotonic); UINT64_MAX if there is none. */
    uint64_t (*next_deadline)(const struct connection *connection);
    /* Deal with those whose time has come. */
    void (*deadline)(struct connection *connection, uint64_t now_ms);
};

/* What lives as long as a connection, unless it is detached before. */
struct attachment {
    struct attachment *next; /* the connection's */
    const struct attachment_type *type;
};

struct attachment_type {
    /* Nothing waits to be sent: add what is due. May detach itself or end the connection; must not
     * detach another. */
    void (*drained)(struct connection *connection, struct attachment *attachment);
    /* This batch was answered; its answer is in the output. NULL is fine. */
    void (*answered)(struct connection *connection, struct attachment *attachment,
                     const struct batch *batch);
    /* It is detached, because the connection ends or the client sends no more: free it. */
    void (*closed)(struct connection *connection, struct attachment *attachment);
    /* It may have something to send whenever the server is flushed; others flush by themselves. */
    bool follows;
};

/* What the connections of one server share; the server's. */
struct connections {
    const struct rpc_limits *limits;
    struct metrics *metrics;
    struct log *log; /* may be NULL */
    const struct connection_handler *handler;
    struct list following, others; /* those with an attachment that follows, and those without */
    size_t count;
    /* Those that have sent something, by user. There is one: connections_take (shares.h) is wanted,
     * soon. NULL: what comes is taken as it comes. */
    struct fair_queue waiting;
    void (*somebody_waits)(struct connections *connections);
    struct shares *shares;
    /* Buffers that no connection needs now, so that a request and its answer allocate none. */
    char *spare_input;
    struct text spare_output;
    /* The last one has gone. */
    void (*emptied)(struct connections *connections);
};

struct connection {
    struct connections *all;
    const struct connection_io *io;
    struct list node; /* in one of the two lists of `all` */
    enum connection_state state;
    enum access_level access_level; /* before it was asked for, the lesser one */
    uint64_t user; /* whose it is: the same number for all of one user; 0: not known */
    bool identified;
    struct client_process client; /* the transport's to fill in, once it is let in */
    struct lines input;
    struct fair_entry entry; /* among those that wait */
    bool waits;              /* it is there */
    bool backlog;            /* and there is more than it may send: reading is stopped */
    bool refused;            /* over a limit; then it takes no more in this turn */
    uint64_t rests_until_ms; /* monotonic; until then it takes no more. 0: it does not rest */
    bool finished;           /* the client sends no more, which is dealt with after that */
    struct text output;      /* waiting to be written */
    struct text flying;      /* being written; of it, the first `flown` bytes were */
    size_t flown;
    uint64_t until_ms; /* for the first request (0: it came), or, while closing, for the end */
    struct attachment *attachments;

    /* The handler's. */
    struct list requests; /* in flight */
    size_t request_count;
    size_t held_bytes; /* what the batches in flight have allocated for their answers */
};

/* Begins. `io` must outlive it. */
void connection_init(struct connection *connection, struct connections *all,
                     const struct connection_io *io);

/* Frees what it holds, and leaves the others. */
void connection_release(struct connection *connection);

/* ---- for the transport ---- */

/* Where to read into; NULL and 0 when there is no room (memory is out): end it. */
char *connection_room(struct connection *connection, size_t *size);

/* `size` bytes came to connection_room's place. 0 bytes: nothing. */
void connection_received(struct connection *connection, size_t size);

/* It has its turn: takes up to `share` of its requests, more only of a batch; how many. */
size_t connection_take(struct connection *connection, size_t share);

/* The client sends no more; or, with a negative code, the connection broke. */
void connection_ended(struct connection *connection, int error);

/* The last write is over. */
void connection_sent(struct connection *connection, int error);

/* The timer set by io->set_timer fired. */
void connection_timeout(struct connection *connection);

/* ---- for the handler and for attachments ---- */

/* Whether it is in the state for new requests and events: neither closing nor closed. */
bool connection_is_live(const struct connection *connection);

/* It will be told, until it is detached. */
void connection_attach(struct connection *connection, struct attachment *attachment);

/* Detaches without a call of `closed`. */
void connection_detach(struct connection *connection, struct attachment *attachment);

/* The attachment of that type; NULL if there is none. */
struct attachment *connection_attachment(const struct connection *connection,
                                         const struct attachment_type *type);

/* For connection.c and input.c. The one place that changes the state. */
void connection_set_state(struct connection *connection, enum connection_state state);

/* Takes further requests only while the peer takes the answers. */
void connection_balance(struct connection *connection);

/* Takes what came, when it is its user's turn. */
void connection_take_soon(struct connection *connection);

/* For connection.c: nothing waits to be sent: lets each add what is due; or detaches all. */
void attachments_write(struct connection *connection);
void attachments_close(struct connection *connection);

/* Adds one line, made of `count` parts, to the output; its end is added here. False when memory is
 * out, the cap is reached or the connection is closing; it then closes, or is about to. */
bool connection_write(struct connection *connection, const uv_buf_t parts[], size_t count);

/* Whether more may be kept for the client. Over the cap: no, and the connection ends, saying so.
 * `except` bytes are not counted: those of an answer that goes on growing, which alone may be as
 * large as it likes. */
bool connection_may_queue(struct connection *connection, size_t except);

/* A part of a line. */
uv_buf_t connection_part(const char *data, size_t size);

/* Sends what is waiting, and what attachments have when nothing is. */
void connection_flush(struct connection *connection);

/* Something was answered or a deadline moved. */
void connection_rearm(struct connection *connection);

/* A batch was answered. */
void connection_answered(struct connection *connection, const struct batch *batch);

/* Says `closing` with a reason ("shutdown", "idle", "limit") and, unless NULL, the limit, then
 * closes when that is sent, or after a second. Requests in flight are answered if it is a shutdown;
 * else they are forgotten. */
void connection_end(struct connection *connection, const char *reason, const char *limit);

/* Closes at once. */
void connection_close(struct connection *connection);

/* Frees the spare buffers, when the last one has gone. */
void connections_release(struct connections *connections);

/* Calls `each` for all of one list; which may end. */
void connections_each(struct list *list, void (*each)(struct connection *connection));

#endif
