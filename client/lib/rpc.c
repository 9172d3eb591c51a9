/* rpc.c: JSON-RPC over the transport, the client's side. */
#include "lib/rpc.h"

#include "lib/codes.h"
#include "lib/rpc_error.h"
#include "common/utf8.h"
#include "common/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reading data that is already there never waits, so a service that never stops sending could hold
 * a call forever. So the deadline is checked after this many reads, or messages, that did not end
 * the call. */
#define PATIENCE 64u

void rpc_init(struct rpc *rpc, struct transport *transport)
{
    memset(rpc, 0, sizeof *rpc);
    rpc->transport = transport;
    lines_init(&rpc->kept, KEPT_BYTES);
    lines_init(&rpc->lines, (size_t)WIRE_REPLY_LINE);
}

static void drop_document(struct rpc *rpc)
{
    yyjson_doc_free(rpc->doc);
    rpc->doc = NULL;
    rpc->value = NULL;
}

void rpc_forget_subscription(struct rpc *rpc)
{
    lines_release(&rpc->kept);
    rpc->subscribed = false;
}

/* Ends the connection; the notifications that were kept can still be read. */
static void hang_up(struct rpc *rpc)
{
    transport_disconnect(rpc->transport);
    lines_release(&rpc->lines);
    rpc->connected = false;
    rpc->abandoned_id = 0;
}

void rpc_disconnect(struct rpc *rpc)
{
    hang_up(rpc);
    rpc_forget_subscription(rpc);
}

void rpc_release(struct rpc *rpc)
{
    rpc_disconnect(rpc);
    drop_document(rpc);
}

/* Clears what the last call left behind before the next one begins. */
static void forget_answer(struct rpc *rpc)
{
    drop_document(rpc);
    rpc->error.code = 0;
    rpc->error.limit[0] = rpc->error.message[0] = '\0';
}

uint32_t rpc_connect(struct rpc *rpc, uint64_t deadline)
{
    rpc_disconnect(rpc);
    forget_answer(rpc);
    rpc->closing_limit[0] = '\0';
    uint32_t code = transport_connect(rpc->transport, deadline);
    rpc->connected = code == CODE_OK;
    return code;
}

uint32_t rpc_garbled(struct rpc *rpc)
{
    rpc_disconnect(rpc);
    return CODE_BAD_DATA;
}

/* ---- sending ---- */

static uint32_t send_line(struct rpc *rpc, const char *line, size_t size, uint64_t deadline)
{
    bool begun;
    uint32_t code = transport_write(rpc->transport, line, size, &begun, deadline);
    /* If the connection is lost, the service may have said why before: read that first. */
    if (code != CODE_OK && code != CODE_LOST && begun) {
        rpc_disconnect(rpc);
    }
    return code;
}

/* 0: it does not fit. */
static size_t abandoned_line(const struct rpc *rpc, char *out, size_t size)
{
    int length = snprintf(out, size,
                          "{\"jsonrpc\":\"2.0\",\"method\":\"cancel\",\"params\":{\"id\":%llu}}\n",
                          (unsigned long long)rpc->abandoned_id);
    return length > 0 && (size_t)length < size ? (size_t)length : 0;
}

void rpc_tell_abandoned(struct rpc *rpc)
{
    char line[96];
    if (rpc->abandoned_id != 0 && rpc->connected && !transport_is_cancelled(rpc->transport)) {
        size_t size = abandoned_line(rpc, line, sizeof line);
        if (send_line(rpc, line, size, 0) == CODE_OK) {
            rpc->abandoned_id = 0;
        }
    }
}

/* Writes the request and a newline. */
static uint32_t send_request(struct rpc *rpc, const struct rpc_call *call, uint64_t deadline)
{
    yyjson_mut_doc *doc = call->doc;
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    if (!yyjson_mut_obj_add_str(doc, root, "jsonrpc", "2.0") ||
        !yyjson_mut_obj_add_uint(doc, root, "id", rpc->last_id + 1) ||
        !yyjson_mut_obj_add_str(doc, root, "method", call->method) ||
        (call->params != NULL && !yyjson_mut_obj_add_val(doc, root, "params", call->params))) {
        return CODE_NO_MEMORY;
    }
    yyjson_write_err failure;
    size_t size;
    char *text = yyjson_mut_val_write_opts(root, YYJSON_WRITE_NOFLAG, NULL, &size, &failure);
    if (text == NULL) { /* the method or the params are not UTF-8, or memory is out */
        return failure.code == YYJSON_WRITE_ERROR_MEMORY_ALLOCATION ? CODE_NO_MEMORY
                                                                    : CODE_BAD_PARAMETER;
    }
    uint32_t code = CODE_OVER_LIMIT;
    if (size < WIRE_REQUEST_LINE) {
        text[size] = '\n'; /* in place of the NUL */
        code = send_line(rpc, text, size + 1, deadline);
    } else {
        snprintf(rpc->error.limit, sizeof rpc->error.limit, "line");
    }
    free(text);
    return code;
}

/* ---- receiving ---- */

/* Returns the next line that is not blank. It may contain a NUL, so use *size, not strlen. */
static uint32_t read_line(struct rpc *rpc, char **line, size_t *size, uint64_t deadline)
{
    for (unsigned reads = 1;; reads++) {
        switch (lines_next(&rpc->lines, line, size)) {
        case LINES_LINE:
            if (*size > 0) {
                return CODE_OK;
            }
            continue;
        case LINES_MORE:
            break;
        case LINES_TOO_LONG:
            return rpc_garbled(rpc);
        }
        size_t space, got;
        char *room = lines_room(&rpc->lines, &space);
        if (room == NULL) {
            rpc_disconnect(rpc);
            return CODE_NO_MEMORY;
        }
        uint32_t code = transport_read(rpc->transport, room, space, &got, deadline);
        if (code != CODE_OK) {
            if (code != CODE_TIMEOUT && code != CODE_CANCELLED) {
                hang_up(rpc);
                if (code == CODE_LOST && rpc->closing_limit[0] != '\0') {
                    memcpy(rpc->error.limit, rpc->closing_limit, sizeof rpc->error.limit);
                    code = CODE_OVER_LIMIT;
                }
            }
            return code;
        }
        lines_added(&rpc->lines, got);
        if (reads % PATIENCE == 0 && transport_now() >= deadline) {
            return CODE_TIMEOUT;
        }
    }
}

/* Reads a message into rpc->doc. Only that its root is an object is certain. */
static uint32_t parse(struct rpc *rpc, char *line, size_t size)
{
    yyjson_read_err failure;
    drop_document(rpc);
    rpc->doc = yyjson_read_opts(line, size, YYJSON_READ_NOFLAG, NULL, &failure);
    if (rpc->doc == NULL && failure.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        rpc_disconnect(rpc);
        return CODE_NO_MEMORY;
    }
    yyjson_val *root = yyjson_doc_get_root(rpc->doc);
    if (!yyjson_is_obj(root) || !yyjson_equals_str(yyjson_obj_get(root, "jsonrpc"), "2.0")) {
        return rpc_garbled(rpc);
    }
    return CODE_OK;
}

/* Remembers why the service announces that it will close the connection. */
static void take_closing(struct rpc *rpc, yyjson_val *params)
{
    if (yyjson_equals_str(yyjson_obj_get(params, "reason"), "limit")) {
        utf8_copy(rpc->closing_limit, sizeof rpc->closing_limit,
                  yyjson_get_str(yyjson_obj_get(params, "limit")));
        if (rpc->closing_limit[0] == '\0') {
            snprintf(rpc->closing_limit, sizeof rpc->closing_limit, "unknown");
        }
    }
}

enum notification { FOR_NOBODY, FOR_SUBSCRIBER, FOR_TURN, NOT_UNDERSTOOD };

/* Says who the notification in rpc->doc is for. Handles `closing` here. */
static enum notification sort_notification(struct rpc *rpc, yyjson_val *root)
{
    yyjson_val *method = yyjson_obj_get(root, "method");
    yyjson_val *params = yyjson_obj_get(root, "params");
    if (yyjson_equals_str(method, "closing")) {
        take_closing(rpc, params);
        return FOR_NOBODY;
    }
    if (yyjson_equals_str(method, "turn")) {
        return rpc->turn_told == NULL ? FOR_NOBODY : FOR_TURN;
    }
    if (!yyjson_equals_str(method, "event") && !yyjson_equals_str(method, "gap") &&
        !yyjson_equals_str(method, "reset")) {
        return yyjson_is_str(method) ? FOR_NOBODY : NOT_UNDERSTOOD;
    }
    yyjson_val *number = yyjson_obj_get(params, "subscription");
    if (!yyjson_is_uint(number)) {
        return NOT_UNDERSTOOD;
    }
    return rpc->subscribed && yyjson_get_uint(number) == rpc->subscription ? FOR_SUBSCRIBER
                                                                           : FOR_NOBODY;
}

/* Keeps a copy of the line for rpc_next. */
static uint32_t keep(struct rpc *rpc, const char *line, size_t size)
{
    struct lines *kept = &rpc->kept;
    uint32_t code = CODE_OK;
    if (size + 1 > KEPT_BYTES - (kept->end - kept->begin)) {
        code = CODE_OVER_LIMIT;
    } else if (!lines_put(kept, line, size) || !lines_put(kept, "\n", 1)) {
        code = CODE_NO_MEMORY;
    }
    if (code != CODE_OK) {
        rpc_disconnect(rpc);
        snprintf(rpc->error.limit, sizeof rpc->error.limit, "%s",
                 code == CODE_OVER_LIMIT ? "unread_events" : "");
    }
    return code;
}

/* Handles an error answer; the result is the code that the caller gets. */
static uint32_t take_error(struct rpc *rpc, yyjson_val *error)
{
    uint32_t code = rpc_error_take(&rpc->error, error);
    if (code == CODE_BAD_DATA) {
        rpc_disconnect(rpc);
    } else if (code == CODE_LOST) { /* the service is stopping and will answer nothing more */
        hang_up(rpc);
    }
    return code;
}

/* rpc_watch_turn waits without a request; this stands for its call. */
static const struct rpc_call watching_turn;

/* Handles the reply in rpc->doc. True: it is the one that the call waits for, and *code is the
 * result. */
static bool take_reply(struct rpc *rpc, const struct rpc_call *call, yyjson_val *root,
                       uint32_t *code)
{
    yyjson_val *id = yyjson_obj_get(root, "id");
    yyjson_val *result = yyjson_obj_get(root, "result");
    yyjson_val *error = yyjson_obj_get(root, "error");
    bool ours = yyjson_is_uint(id) && yyjson_get_uint(id) == rpc->last_id && call != NULL &&
                call != &watching_turn;
    if ((result == NULL) == (error == NULL)) {
        *code = rpc_garbled(rpc);
        return true;
    }
    if (!ours && yyjson_is_uint(id) && yyjson_get_uint(id) != 0 &&
        yyjson_get_uint(id) <= rpc->last_id) {
        if (yyjson_get_uint(id) == rpc->abandoned_id) {
            rpc->abandoned_id = 0;
        }
        return false; /* an answer that nobody waits for any more */
    }
    if (error != NULL && (ours || yyjson_is_null(id))) {
        rpc->value = error;
        *code = take_error(rpc, error); /* id null: the service could not read the request */
        return true;
    }
    if (!ours) {
        *code = rpc_garbled(rpc);
        return true;
    }
    rpc->value = result;
    *code = CODE_OK;
    return true;
}

/* Handles the message in rpc->doc. True: it ends the call, with *code. */
static bool take_message(struct rpc *rpc, const struct rpc_call *call, const char *line,
                         size_t size, uint32_t *code)
{
    yyjson_val *root = yyjson_doc_get_root(rpc->doc);
    if (yyjson_obj_get(root, "method") == NULL) {
        return take_reply(rpc, call, root, code);
    }
    switch (sort_notification(rpc, root)) {
    case FOR_NOBODY:
        return false;
    case NOT_UNDERSTOOD:
        *code = rpc_garbled(rpc);
        return true;
    case FOR_TURN:
        rpc->value = yyjson_obj_get(root, "params");
        if (rpc->turn_told(rpc->turn_arg, rpc->value) && call == &watching_turn) {
            *code = CODE_OK;
            return true;
        }
        rpc->value = NULL;
        return false;
    case FOR_SUBSCRIBER:
        break;
    }
    if (call != NULL) {
        *code = keep(rpc, line, size);
        return *code != CODE_OK;
    }
    rpc->value = root;
    *code = CODE_OK;
    return true;
}

/* Like read_line, but calls the call's `tick`. */
static uint32_t read_line_ticking(struct rpc *rpc, const struct rpc_call *call, char **line,
                                  size_t *size, uint64_t deadline)
{
    if (call == NULL || call->tick_ms == 0) {
        return read_line(rpc, line, size, deadline);
    }
    for (;;) {
        uint64_t now = transport_now();
        bool last = deadline <= now || deadline - now <= call->tick_ms;
        uint32_t code = read_line(rpc, line, size, last ? deadline : now + call->tick_ms);
        if (code != CODE_TIMEOUT || last) {
            return code;
        }
        call->tick(call->arg);
    }
}

/* Handles messages until the reply to `call` comes; if `call` is NULL, until a notification for the
 * subscriber comes. */
static uint32_t receive(struct rpc *rpc, const struct rpc_call *call, uint64_t deadline)
{
    for (unsigned messages = 1;; messages++) {
        char *line;
        size_t size;
        uint32_t code = read_line_ticking(rpc, call, &line, &size, deadline);
        if (code == CODE_OK) {
            code = parse(rpc, line, size);
        }
        if (code != CODE_OK || take_message(rpc, call, line, size, &code)) {
            return code;
        }
        if (messages % PATIENCE == 0 && transport_now() >= deadline) {
            return CODE_TIMEOUT;
        }
    }
}

/* Of what brought nothing, nothing is kept. */
static uint32_t end_call(struct rpc *rpc, uint32_t code)
{
    if (rpc->value == NULL) {
        drop_document(rpc);
    }
    return code;
}

uint32_t rpc_call(struct rpc *rpc, const struct rpc_call *call, uint64_t deadline)
{
    forget_answer(rpc);
    if (call->doc == NULL) {
        return CODE_NO_MEMORY;
    }
    if (!rpc->connected) {
        return CODE_NOT_CONNECTED;
    }
    rpc_tell_abandoned(rpc);
    uint32_t code = rpc->connected ? send_request(rpc, call, deadline) : CODE_LOST;
    if (code != CODE_OK && code != CODE_LOST) {
        return code;
    }
    rpc->last_id++;
    if (rpc->connected) {
        code = receive(rpc, call, deadline);
    }
    if ((code == CODE_TIMEOUT || code == CODE_CANCELLED) && rpc->error.code == 0) {
        drop_document(rpc);
        if (call->abandon == RPC_DISCONNECT) {
            rpc_disconnect(rpc);
        } else if (call->abandon == RPC_CANCEL) {
            rpc->abandoned_id = rpc->last_id;
            rpc_tell_abandoned(rpc);
        }
    }
    return end_call(rpc, code);
}

uint32_t rpc_next(struct rpc *rpc, uint64_t deadline)
{
    forget_answer(rpc);
    size_t size;
    char *line;
    if (lines_next(&rpc->kept, &line, &size) == LINES_LINE) {
        uint32_t code = parse(rpc, line, size);
        if (code == CODE_OK) {
            rpc->value = yyjson_doc_get_root(rpc->doc);
        }
        return code;
    }
    uint32_t code = rpc->connected ? receive(rpc, NULL, deadline) : CODE_LOST;
    if (code != CODE_OK && !rpc->connected) {
        rpc->subscribed = false;
    }
    return end_call(rpc, code);
}

uint32_t rpc_watch_turn(struct rpc *rpc, uint64_t deadline)
{
    forget_answer(rpc);
    uint32_t code = rpc->connected ? receive(rpc, &watching_turn, deadline) : CODE_NOT_CONNECTED;
    return end_call(rpc, code);
}
