/* server.c: what all connections of the server share. */
#include "rpc/server.h"

#include "base/clock.h"
#include "rpc/shares.h"

#include <stdlib.h>
#include <string.h>

static void stop_if_empty(struct rpc_server *server)
{
    if (server->stopping && server->connections.count == 0 && server->stopped != NULL) {
        void (*stopped)(void *arg) = server->stopped;
        server->stopped = NULL;
        stopped(server->stopped_arg);
    }
}

static void on_emptied(struct connections *connections)
{
    stop_if_empty(LIST_ENTRY(connections, struct rpc_server, connections));
}

int rpc_server_init(struct rpc_server *server, const struct rpc_server_config *config)
{
    memset(server, 0, sizeof *server);
    server->config = *config;
    server->connections.limits = &server->config.limits;
    server->connections.metrics = config->metrics;
    server->connections.log = config->log;
    server->connections.emptied = on_emptied;
    fair_queue_init(&server->connections.waiting);
    list_init(&server->connections.others);
    list_init(&server->connections.following);
    return admission_init(&server->admission, &config->limits.connections);
}

void rpc_server_release(struct rpc_server *server)
{
    admission_release(&server->admission);
    connections_release(&server->connections);
    free(server->spare_write);
    server->spare_write = NULL;
}

int rpc_server_set_limits(struct rpc_server *server, const struct rpc_limits *limits)
{
    struct admission_limits before = server->config.limits.connections;
    int error = admission_set_limits(&server->admission, &limits->connections);
    server->config.limits = *limits;
    if (error != 0) {
        server->config.limits.connections = before;
    }
    return error;
}

struct rpc_server *rpc_server_of(const struct connection *connection)
{
    return LIST_ENTRY(connection->all, struct rpc_server, connections);
}

void rpc_server_flush(struct rpc_server *server)
{
    connections_each(&server->connections.following, connection_flush);
}

static void end(struct connection *connection)
{
    connection_end(connection, "shutdown", NULL);
}

/* Input that came before the stop is processed first, but at most this many turns of it. */
#define STOP_TURNS 256

void rpc_server_stop(struct rpc_server *server, void (*stopped)(void *arg), void *arg)
{
    for (int i = 0; i < STOP_TURNS && connections_take(&server->connections); i++) {
    }
    server->stopping = true;
    server->stop_by_ms = clock_mono_ms() + CONNECTION_END_MS;
    server->stopped = stopped;
    server->stopped_arg = arg;
    connections_each(&server->connections.following, end);
    connections_each(&server->connections.others, end);
    stop_if_empty(server);
}
