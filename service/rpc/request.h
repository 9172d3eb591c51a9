/* request.h: JSON-RPC 2.0: requests in flight and their answers; notifications, errors.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_REQUEST_H
#define MSIWATCH_SERVICE_REQUEST_H

#include "common/wire.h"
#include "rpc/connection.h"
#include "rpc/method.h"
#include "rpc/server.h"

#include <yyjson.h>

/* A request being answered. It is answered exactly once, by one of the functions below, which free
 * it; a notification's answer is dropped. */
struct request {
    struct list node; /* in connection->requests */
    struct connection *connection;
    const struct rpc_method *method;
    struct batch *batch; /* NULL: on its own */
    char *id;            /* JSON text; NULL: a notification */
    /* The method's own, of its state_size bytes; zeroed before `run`, freed with the request. */
    void *state;
    /* It ends without the method: release what the state holds. NULL: nothing. */
    void (*on_cancel)(struct request *request);
    void (*on_deadline)(struct request *request); /* at deadline_ms */
    uint64_t deadline_ms;                         /* monotonic; 0: none */
};

/* What the methods were bound with. */
void *request_context(const struct request *request);

/* The server that it came to. */
struct rpc_server *request_server(const struct request *request);

/* Answers with what `build` makes in the document; NULL (memory is out) is answered with -32603. */
void request_answer(struct request *request,
                    yyjson_mut_val *(*build)(struct request *request, yyjson_mut_doc *doc));

/* Answers with true or false. */
void request_truth(struct request *request, bool truth);

/* An answer is built in a document that these functions do not free. `result` NULL (memory is
 * out) is answered with -32603. */
void request_result(struct request *request, yyjson_mut_doc *doc, yyjson_mut_val *result);

/* Answers with a result whose JSON stands; NULL (memory is out) is answered with -32603. */
void request_json(struct request *request, const struct text *json);

/* `data` may be NULL. */
void request_error(struct request *request, enum wire_error code, const char *message,
                   yyjson_mut_doc *doc, yyjson_mut_val *data);

/* Like request_error; but `data` is a part of this error, and without it (NULL: memory is out) the
 * answer is -32603. */
void request_error_data(struct request *request, enum wire_error code, const char *message,
                        yyjson_mut_doc *doc, yyjson_mut_val *data);

/* -32602: which parameter, and what it takes. */
void request_bad_param(struct request *request, const char *param, const char *takes);

/* The request in flight with that id, other than `except`; NULL if there is none. */
struct request *request_find(struct connection *connection, const char *id,
                             const struct request *except);

/* A value's JSON text, as ids are compared; malloc'ed. NULL when memory is out. */
char *request_id_text(yyjson_val *id);

/* -32000: which limit, in the protocol's words; it is counted. */
void request_over_limit(struct request *request, const char *limit, const char *message);

/* Ends a request in flight with -32004, and releases its state. */
void request_cancel(struct request *request);

/* ---- for dispatch.c ---- */

/* In flight from now on; takes over the id. NULL when memory is out. */
struct request *request_new(struct connection *connection, struct batch *batch, char *id,
                            const struct rpc_method *method);

/* An answer without a request: method.h, `ready`. */
void request_send_result(struct connection *connection, uv_buf_t id, uv_buf_t json);

/* An error whose request could not be made out. `id` NULL is null; `limit` NULL or the name of one.
 */
void request_refuse(struct connection *connection, struct batch *batch, const char *id,
                    enum wire_error code, const char *message, const char *limit);

/* What a connection asks of those in flight (connection_handler). */
void requests_end(struct connection *connection, bool answer);
void requests_forget_waits(struct connection *connection);
uint64_t requests_next_deadline(const struct connection *connection);
void requests_meet_deadlines(struct connection *connection, uint64_t now_ms);

#endif
