/* rpc_error.h: what a JSON-RPC error object means to the caller. */
#ifndef MSIWATCH_CLIENT_RPC_ERROR_H
#define MSIWATCH_CLIENT_RPC_ERROR_H

#include "lib/rpc.h"

/* Notes the error's code, message and limit in `rpc`, and says which of our codes it is. Not one of
 * the protocol's shape, or one that says that it did not understand us: CODE_BAD_DATA. That the
 * service stops: CODE_LOST. What becomes of the connection is the caller's to do. */
uint32_t rpc_error_take(struct rpc *rpc, yyjson_val *error);

/* Copies a string of the peer's, cut between two characters if it is too long; "" if it is none. */
void rpc_error_text(char *out, size_t size, yyjson_val *value);

#endif
