/* stream.h: a connection over a uv_pipe_t, and its admission. Loop thread only. */
#ifndef MSIWATCH_SERVICE_STREAM_H
#define MSIWATCH_SERVICE_STREAM_H

#include "pipe/listener.h"
#include "rpc/server.h"

/* For listener_config; `arg` is the rpc_server. */
uv_pipe_t *stream_accepting(void *arg);
void stream_accepted(void *arg, uv_pipe_t *pipe, const struct client_process *client, int status);

#endif
