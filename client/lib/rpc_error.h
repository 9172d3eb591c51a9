/* rpc_error.h: what a JSON-RPC error object means to the caller. */
#ifndef MSIWATCH_CLIENT_RPC_ERROR_H
#define MSIWATCH_CLIENT_RPC_ERROR_H

#include <stddef.h>
#include <stdint.h>
#include <yyjson.h>

/* Of a limit's name and an error's message as they are kept; cut beyond that. */
#define RPC_LIMIT_SIZE 64u
#define RPC_MESSAGE_SIZE 1032u

struct rpc_error {
    int32_t code; /* the JSON-RPC code of the last call's answer; 0: it was no error */
    char limit[RPC_LIMIT_SIZE];
    char message[RPC_MESSAGE_SIZE];
};

/* Notes the code, message and limit of an error object, and says which of our codes it is. Not one
 * of the protocol's shape, or one that says that it did not understand us: CODE_BAD_DATA. That the
 * service stops: CODE_LOST. What becomes of the connection is the caller's to do. */
uint32_t rpc_error_take(struct rpc_error *into, yyjson_val *error);

/* Copies a string of the peer's, cut between two characters if it is too long; "" if it is none. */
void rpc_error_text(char *out, size_t size, yyjson_val *value);

#endif
