/* stream.h: a session over a uv_pipe_t, and who is let in. Loop thread only. */
#ifndef MSIWATCH_SERVICE_CONNECTION_H
#define MSIWATCH_SERVICE_CONNECTION_H

#include "pipe/listener.h"
#include "rpc/server.h"

/* For endpoint_config, with the hub as its arg. */
uv_pipe_t *connection_accepting(void *arg);
void connection_accepted(void *arg, uv_pipe_t *pipe, const struct peer *peer, int status);

#endif
