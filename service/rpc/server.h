/* server.h: what all connections share: the limits, who is let in, the methods.
 *
 * It is given its methods (dispatch.h) and its streams (stream.h) and knows neither.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_SERVER_H
#define MSIWATCH_SERVICE_SERVER_H

#include "rpc/connection.h"
#include "rpc/method.h"

struct rpc_server_config {
    struct log *log; /* may be NULL */
    struct rpc_limits limits;
    struct metrics *metrics; /* the caller's */
    /* What the client at the other end may see; it has sent something. NULL: what all may. */
    enum access_level (*identify)(void *arg, uv_pipe_t *pipe, const struct connection *connection);
    void *arg;
};

struct rpc_server {
    struct rpc_server_config config;
    struct connections connections;
    struct admission admission;
    size_t refusing; /* connections that are being told why they are not let in */
    const struct rpc_method *const *methods;
    size_t method_count;
    void *context; /* the methods' */
    bool stopping;
    uint64_t stop_by_ms; /* monotonic: clients that still hold their end then are disconnected */
    void (*stopped)(void *arg);
    void *stopped_arg;
};

/* 0 or UV_ENOMEM. */
int rpc_server_init(struct rpc_server *server, const struct rpc_server_config *config);
void rpc_server_release(struct rpc_server *server);

/* Other limits. 0, or UV_ENOMEM and the old ones of connections stay. */
int rpc_server_set_limits(struct rpc_server *server, const struct rpc_limits *limits);

/* The server that a connection is of. */
struct rpc_server *rpc_server_of(const struct connection *connection);

/* There is something new for attachments: lets every connection that has some write. */
void rpc_server_flush(struct rpc_server *server);

/* Ends every connection, saying why, within CONNECTION_END_MS; `stopped` (may be NULL) is called
 * when the last has gone. */
void rpc_server_stop(struct rpc_server *server, void (*stopped)(void *arg), void *arg);

#endif
