/* rpc_error.c: what a JSON-RPC error object means to the caller. */
#include "lib/rpc_error.h"

#include "lib/codes.h"
#include "common/utf8.h"
#include "common/wire.h"

uint32_t rpc_error_take(struct msiwatch_error *into, yyjson_val *error)
{
    yyjson_val *code = yyjson_obj_get(error, "code");
    const char *message = yyjson_get_str(yyjson_obj_get(error, "message"));
    if (!yyjson_is_int(code) || message == NULL) {
        return CODE_BAD_DATA;
    }
    int64_t number = yyjson_get_sint(code);
    into->code = number < INT32_MIN || number > INT32_MAX ? WIRE_INTERNAL : (int32_t)number;
    utf8_copy(into->message, sizeof into->message, message);
    switch (into->code) {
    case WIRE_METHOD_NOT_FOUND:
        return CODE_NOT_SUPPORTED;
    case WIRE_INVALID_PARAMS:
        return CODE_BAD_PARAMETER;
    case WIRE_OVER_LIMIT:
        utf8_copy(into->limit, sizeof into->limit,
                  yyjson_get_str(yyjson_obj_get(yyjson_obj_get(error, "data"), "limit")));
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
