/* server.h: what all connections of the server share: the limits, the admission, the methods.
 *
 * It gets its methods (dispatch.h) and its streams (stream.h) from outside and knows neither. Loop
 * thread only.
 */
#ifndef MSIWATCH_SERVICE_SERVER_H
#define MSIWATCH_SERVICE_SERVER_H

#include "rpc/connection.h"
#include "rpc/method.h"

struct rpc_server_config {
    struct log *log; /* may be NULL */
    struct rpc_limits limits;
    struct metrics *metrics; /* owned by the caller */
    /* What the client at the other end may see; it has sent something. NULL: what a standard user
     * may. */
    enum access_level (*identify)(void *arg, uv_pipe_t *pipe, const struct connection *connection);
    void *arg;
};

struct rpc_server {
    struct rpc_server_config config;
    struct connections connections;
    struct admission admission;
    size_t refusing;         /* connections that are being told why they are refused */
    uv_write_t *spare_write; /* a connection has one only while it awaits a write */
    const struct rpc_method *const *methods;
    size_t method_count;
    void *context; /* for the methods */
    bool stopping;
    uint64_t stop_by_ms; /* monotonic: clients that have not closed their end by then are
                          * disconnected */
    void (*stopped)(void *arg);
    void *stopped_arg;
};

/* Returns 0 or UV_ENOMEM. */
int rpc_server_init(struct rpc_server *server, const struct rpc_server_config *config);
void rpc_server_release(struct rpc_server *server);

/* Sets other limits. Returns 0; or UV_ENOMEM, and the old limits on connections stay. */
int rpc_server_set_limits(struct rpc_server *server, const struct rpc_limits *limits);

/* The server of a connection. */
struct rpc_server *rpc_server_of(const struct connection *connection);

/* Attachments may have something new: lets every connection that has such attachments write. */
void rpc_server_flush(struct rpc_server *server);

/* Ends every connection with the reason, within CONNECTION_END_MS. `stopped` (may be NULL) is
 * called when the last one has gone. */
void rpc_server_stop(struct rpc_server *server, void (*stopped)(void *arg), void *arg);

#endif
