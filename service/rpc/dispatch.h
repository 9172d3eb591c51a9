/* dispatch.h: which method a request goes to. Loop thread only. */
#ifndef MSIWATCH_SERVICE_DISPATCH_H
#define MSIWATCH_SERVICE_DISPATCH_H

#include "rpc/server.h"

/* Gives the server its methods, which must outlive it; `context` is theirs (request_context).
 * Before the first connection. */
void rpc_bind(struct rpc_server *server, const struct rpc_method *const methods[], size_t count,
              void *context);

#endif
