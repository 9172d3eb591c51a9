/* rpc_error.h: what a JSON-RPC error object means to the caller. */
#ifndef MSIWATCH_CLIENT_RPC_ERROR_H
#define MSIWATCH_CLIENT_RPC_ERROR_H

#include <stddef.h>
#include <stdint.h>
#include <yyjson.h>

/* The sizes in which a limit's name and an error's message are kept; longer ones are cut. */
#define RPC_LIMIT_SIZE 64u
#define RPC_MESSAGE_SIZE 1032u

struct rpc_error {
    int32_t code; /* the JSON-RPC code of the last call's answer; 0: it was not an error */
    char limit[RPC_LIMIT_SIZE];
    char message[RPC_MESSAGE_SIZE];
};

/* Stores an error object's code, message and limit, and returns which of our codes it means.
 * CODE_BAD_DATA: it does not have the protocol's form, or says that the service did not understand
 * us. CODE_LOST: the service is stopping. The caller decides what happens to the connection. */
uint32_t rpc_error_take(struct rpc_error *into, yyjson_val *error);

/* Copies a string from the service, cut between two characters if it is too long; "" if the value
 * is not a string. */
void rpc_error_text(char *out, size_t size, yyjson_val *value);

#endif
