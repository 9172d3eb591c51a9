/* rpc_error.c: what a JSON-RPC error object means to the caller. */
#include "lib/rpc_error.h"

#include "lib/codes.h"
#include "common/utf8.h"
#include "common/wire.h"

void rpc_error_text(char *out, size_t size, yyjson_val *value)
{
    utf8_copy(out, size, yyjson_get_str(value));
}

uint32_t rpc_error_take(struct rpc_error *into, yyjson_val *error)
{
    yyjson_val *code = yyjson_obj_get(error, "code");
    if (!yyjson_is_int(code) || !yyjson_is_str(yyjson_obj_get(error, "message"))) {
        return CODE_BAD_DATA;
    }
    int64_t number = yyjson_get_sint(code);
    into->code = number < INT32_MIN || number > INT32_MAX ? WIRE_INTERNAL : (int32_t)number;
    rpc_error_text(into->message, sizeof into->message, yyjson_obj_get(error, "message"));
    switch (into->code) {
    case WIRE_METHOD_NOT_FOUND:
        return CODE_NOT_SUPPORTED;
    case WIRE_INVALID_PARAMS:
        return CODE_BAD_PARAMETER;
    case WIRE_OVER_LIMIT:
        rpc_error_text(into->limit, sizeof into->limit,
                       yyjson_obj_get(yyjson_obj_get(error, "data"), "limit"));
        return CODE_OVER_LIMIT;
    case WIRE_TIMED_OUT:
        return CODE_TIMEOUT;
    case WIRE_SHUTTING_DOWN:
        return CODE_LOST;
    case WIRE_NOT_ALLOWED:
        return CODE_DENIED;
    case WIRE_CANCELLED:
        return CODE_CANCELLED;
    case WIRE_WAITS_FOR_ITSELF:
        return CODE_DEADLOCK;
    case WIRE_NO_TURN:
        return CODE_NOT_OWNER;
    case WIRE_UNKNOWN:
        return CODE_IDLE_UNKNOWN;
    case WIRE_PARSE_ERROR: /* our requests are well formed, so the other side speaks something
                            * else */
    case WIRE_INVALID_REQUEST:
        return CODE_BAD_DATA;
    default:
        return CODE_INTERNAL;
    }
}
