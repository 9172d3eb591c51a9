/* rpc_error.h: what a JSON-RPC error object means to the caller. */
#ifndef MSIWATCH_CLIENT_RPC_ERROR_H
#define MSIWATCH_CLIENT_RPC_ERROR_H

#include "msiwatch.h"

#include <yyjson.h>

/* Stores an error object's code, message and limit (longer texts are cut), and returns which of our
 * codes it means. CODE_BAD_DATA: it does not have the protocol's form, or says that the service did
 * not understand us. CODE_LOST: the service is stopping. The caller decides what happens to the
 * connection. */
uint32_t rpc_error_take(struct msiwatch_error *into, yyjson_val *error);

#endif
