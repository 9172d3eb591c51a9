/* connection.h: one connection: bytes in, requests, output, subscriptions, and how it ends.
 *
 * A session knows nothing of pipes: it is given bytes and writes through session_io, so that it
 * runs over a uv_pipe_t (connection.c) and, in tests, in memory. Loop thread only.
 *
 * Output is kept in one growing buffer beside the one being written. Events go into it only when
 * nothing is in flight and nothing else waits, so a client that does not read costs one write in
 * flight, the replies it asked for, and its cursors. Those replies have a cap, `queued_bytes`,
 * which counts the output and what batches hold until their last member is answered.
 */
#ifndef MSIWATCH_SERVICE_SESSION_H
#define MSIWATCH_SERVICE_SESSION_H

#include "common/lines.h"
#include "rpc/server.h"
#include "api/subscription.h"

struct session;

/* What a session needs of its transport. */
struct session_io {
    /* Sends; `data` stays until session_sent is called, later. Not 0: it will not be. */
    int (*write)(struct session *session, const char *data, size_t size);
    /* No more bytes are wanted for now; or again. */
    void (*read_stop)(struct session *session);
    void (*read_start)(struct session *session);
    /* Ends the connection; session_release is called afterwards, later, by the transport. */
    void (*close)(struct session *session);
    /* What the peer may see; asked once, when it has sent something. NULL: what all may. */
    enum audience (*identify)(struct session *session);
    /* Calls session_timeout once in `ms`, instead of any earlier such wish; UINT64_MAX: never. */
    void (*set_timer)(struct session *session, uint64_t ms);
};

struct session {
    struct hub *hub;
    const struct session_io *io;
    struct list node;       /* in hub->sessions */
    enum audience audience; /* before it was asked for, the lesser one */
    bool identified;
    struct lines input;
    char *output, *flying; /* waiting to be written, and being written */
    size_t output_size, output_room, flying_size;
    size_t batch_bytes;   /* what the batches in flight have allocated for their answers */
    struct list requests; /* in flight */
    size_t request_count;
    struct subscriptions subscriptions;
    uint64_t first_request_until_ms; /* 0 once a request came */
    uint64_t end_until_ms;           /* when ending: close then, sent or not */
    bool paused;                     /* reading is stopped until the output drains */
    bool ended;                      /* the peer sent its last byte */
    bool stopping;                   /* so does the service: its last words have no limit */
    bool ending;                     /* answers nothing any more; closes when all is sent */
    bool closed;                     /* io->close was called */
};

/* Begins; joins the hub. `io` must outlive it. */
void session_init(struct session *session, struct hub *hub, const struct session_io *io);

/* Frees what it holds and leaves the hub. */
void session_release(struct session *session);

/* Where to read into; NULL and 0 when there is no room (memory is out): end it. */
char *session_room(struct session *session, size_t *size);

/* `size` bytes came to session_room's place. 0 bytes: nothing. */
void session_received(struct session *session, size_t size);

/* The peer sends no more; or, with a negative code, the connection broke. */
void session_ended(struct session *session, int error);

/* The last write is over. */
void session_sent(struct session *session, int error);

/* The timer set by io->set_timer fired. */
void session_timeout(struct session *session);

/* ---- for the rooms behind: requests, methods, subscriptions ---- */

/* Adds one line, made of `count` parts, to the output; its end is added here. False when memory is
 * out, the cap is reached or the session is ending; it then closes, or is about to. */
bool session_write(struct session *session, const uv_buf_t parts[], size_t count);

/* Whether more may be kept for the peer. Over the cap: no, and the session ends with a word of it.
 * `except` bytes are not counted: those of an answer that goes on growing, which alone may be as
 * large as it likes. */
bool session_may_queue(struct session *session, size_t except);

/* A part of a line. */
uv_buf_t session_part(const char *data, size_t size);

/* Sends what is waiting, and events when nothing is. */
void session_flush(struct session *session);

/* Something was answered or a deadline moved. */
void session_rearm(struct session *session);

/* Says `closing` with a reason ("shutdown", "idle", "limit") and, unless NULL, the limit, then
 * closes when that is sent, or after a second. Requests in flight get -32002 if it is a shutdown;
 * else they are forgotten. */
void session_end(struct session *session, const char *reason, const char *limit);

/* Closes at once. */
void session_close(struct session *session);

#endif
