/* request.h: JSON-RPC 2.0: requests in flight and their answers; notifications, errors. Loop thread
 * only. */
#ifndef MSIWATCH_SERVICE_REQUEST_H
#define MSIWATCH_SERVICE_REQUEST_H

#include "common/wire.h"
#include "rpc/connection.h"
#include "rpc/method.h"
#include "rpc/params.h"
#include "rpc/server.h"

#include <yyjson.h>

/* A request that is being answered. It is answered exactly once, with one of the functions below,
 * which free it. The answer to a notification is dropped. */
struct request {
    struct list node; /* in connection->requests */
    struct connection *connection;
    const struct rpc_method *method;
    struct batch *batch; /* NULL: it is not in a batch */
    char *id;            /* JSON text; NULL: it is a notification */
    /* For the method: state_size bytes, zeroed before `run`, freed with the request. */
    void *state;
    /* The request ends without the method: release what the state holds. NULL: it holds nothing. */
    void (*on_cancel)(struct request *request);
    void (*on_deadline)(struct request *request); /* called at deadline_ms */
    uint64_t deadline_ms;                         /* monotonic; 0: none */
};

/* Answers with what `build` makes in the document; if that is NULL (out of memory), with -32603. */
void request_answer(struct request *request,
                    yyjson_mut_val *(*build)(struct request *request, yyjson_mut_doc *doc));

/* Answers with true or false. */
void request_truth(struct request *request, bool truth);

/* Answers with a result that is in the document, and frees the document. If `result` is NULL (out
 * of memory), answers with -32603. */
void request_result(struct request *request, yyjson_mut_doc *doc, yyjson_mut_val *result);

/* Answers with a result that is already JSON text; if that is NULL (out of memory), with -32603. */
void request_json(struct request *request, const struct text *json);

/* Answers with an error that has no data. */
void request_error(struct request *request, enum wire_error code, const char *message);

/* Answers with an error whose data is in the document, and frees the document. If `data` is NULL
 * (out of memory), answers with -32603. */
void request_error_data(struct request *request, enum wire_error code, const char *message,
                        yyjson_mut_doc *doc, yyjson_mut_val *data);

/* Reads the method's parameters into its struct (params.h). False: one is wrong, and the request
 * was answered. */
bool request_read(struct request *request, const struct params *params, void *to);

/* Answers with -32602: which parameter is wrong, and what it takes. */
void request_bad_param(struct request *request, const char *param, const char *takes);

/* The request in flight with that id, other than `except`; NULL if there is none. */
struct request *request_find(struct connection *connection, const char *id,
                             const struct request *except);

/* A value's JSON text, in the form in which ids are compared; the caller frees it. NULL: out of
 * memory. */
char *request_id_text(yyjson_val *id);

/* Answers with -32000 and the protocol's name of the limit, and counts that. */
void request_over_limit(struct request *request, const char *limit, const char *message);

/* Answers a request in flight with -32004, and releases its state. */
void request_cancel(struct request *request);

/* ---- for dispatch.c ---- */

/* Creates a request, which is in flight from now on; takes over the id. NULL: out of memory. */
struct request *request_new(struct connection *connection, struct batch *batch, char *id,
                            const struct rpc_method *method);

/* Sends an answer without a request (`ready` in method.h). */
void request_send_result(struct connection *connection, uv_buf_t id, uv_buf_t json);

/* Answers with an error if the request could not be read. `id` NULL is sent as null; `limit` is
 * NULL or the name of a limit. */
void request_refuse(struct connection *connection, struct batch *batch, const char *id,
                    enum wire_error code, const char *message, const char *limit);

/* For connection_handler: what a connection asks about its requests in flight. */
void requests_end(struct connection *connection, bool answer);
void requests_forget_waits(struct connection *connection);
uint64_t requests_next_deadline(const struct connection *connection);
void requests_meet_deadlines(struct connection *connection, uint64_t now_ms);

#endif
