/* dispatch.h: gives each request to its method. Loop thread only. */
#ifndef MSIWATCH_SERVICE_DISPATCH_H
#define MSIWATCH_SERVICE_DISPATCH_H

#include "rpc/server.h"

/* Sets the server's methods, which must outlive it; `context` is for them. Call it before the
 * first connection. */
void rpc_bind(struct rpc_server *server, const struct rpc_method *const methods[], size_t count,
              void *context);

#endif
