/* request.c: the requests in flight, and their answers. */
#include "rpc/request.h"

#include "rpc/batch.h"

#include <stdlib.h>
#include <string.h>

/* ---- answers ---- */

static uv_buf_t part_of(const char *text)
{
    return connection_part(text, strlen(text));
}

/* Sends {"jsonrpc":"2.0","id":...,KEY:JSON}; `key` includes the punctuation around it. Closes the
 * connection if memory is out. */
static void send_json(struct connection *connection, struct batch *batch, uv_buf_t id,
                      const char *key, uv_buf_t json)
{
    uv_buf_t parts[] = {part_of("{\"jsonrpc\":\"2.0\",\"id\":"), id, part_of(key), json,
                        part_of("}")};
    if (batch == NULL) {
        connection_write(connection, parts, 5); /* handles a failure itself */
    } else if (!batch_add(connection, batch, parts, 5)) {
        connection_close(connection);
    }
}

#define RESULT_KEY ",\"result\":"
#define ERROR_KEY ",\"error\":"

/* `id` NULL is sent as null, because the id could not be read. */
static void send_answer(struct connection *connection, struct batch *batch, const char *id,
                        const char *key, yyjson_mut_val *value)
{
    size_t size = 0;
    char *json = yyjson_mut_val_write_opts(value, YYJSON_WRITE_NOFLAG, NULL, &size, NULL);
    if (json == NULL) {
        connection_close(connection);
        return;
    }
    send_json(connection, batch, part_of(id == NULL ? "null" : id), key,
              connection_part(json, size));
    free(json);
}

void request_send_result(struct connection *connection, uv_buf_t id, uv_buf_t json)
{
    send_json(connection, NULL, id, RESULT_KEY, json);
}

static void send_error(struct connection *connection, struct batch *batch, const char *id,
                       yyjson_mut_doc *doc, enum wire_error code, const char *message,
                       yyjson_mut_val *data)
{
    yyjson_mut_val *error = yyjson_mut_obj(doc);
    connection->all->metrics->errors_total++;
    if (!yyjson_mut_obj_add_int(doc, error, "code", code) ||
        !yyjson_mut_obj_add_str(doc, error, "message", message) ||
        (data != NULL && !yyjson_mut_obj_add_val(doc, error, "data", data))) {
        connection_close(connection);
        return;
    }
    send_answer(connection, batch, id, ERROR_KEY, error);
}

/* Answers with an error if the request could not be read. `limit` is NULL or the name of a
 * limit. */
void request_refuse(struct connection *connection, struct batch *batch, const char *id,
                    enum wire_error code, const char *message, const char *limit)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    if (doc == NULL) {
        connection_close(connection);
        return;
    }
    yyjson_mut_val *data = NULL;
    if (limit != NULL) {
        data = yyjson_mut_obj(doc);
        if (!yyjson_mut_obj_add_str(doc, data, "limit", limit)) {
            connection_close(connection);
            goto free_doc;
        }
    }
    send_error(connection, batch, id, doc, code, message, data);
free_doc:
    yyjson_mut_doc_free(doc);
}

/* Takes a request out of its connection; only its id and its batch are left. */
static void detach(struct request *request)
{
    list_remove(&request->node);
    request->connection->request_count--;
}

static void request_free(struct request *request)
{
    struct batch *batch = request->batch;
    struct connection *connection = request->connection;
    free(request->id);
    free(request);
    if (batch != NULL) {
        batch_release(connection, batch);
    }
}

void request_result(struct request *request, yyjson_mut_doc *doc, yyjson_mut_val *result)
{
    if (result == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory");
    } else {
        detach(request);
        if (request->id != NULL) {
            send_answer(request->connection, request->batch, request->id, RESULT_KEY, result);
        }
        request_free(request);
    }
    yyjson_mut_doc_free(doc);
}

void request_json(struct request *request, const struct text *json)
{
    if (json == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory");
        return;
    }
    detach(request);
    if (request->id != NULL) {
        send_json(request->connection, request->batch, part_of(request->id), RESULT_KEY,
                  connection_part(json->data, json->size));
    }
    request_free(request);
}

void request_error(struct request *request, enum wire_error code, const char *message)
{
    detach(request);
    if (request->id != NULL) {
        request_refuse(request->connection, request->batch, request->id, code, message, NULL);
    }
    request_free(request);
}

void request_error_data(struct request *request, enum wire_error code, const char *message,
                        yyjson_mut_doc *doc, yyjson_mut_val *data)
{
    if (data == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory");
    } else {
        detach(request);
        if (request->id != NULL) {
            send_error(request->connection, request->batch, request->id, doc, code, message, data);
        }
        request_free(request);
    }
    yyjson_mut_doc_free(doc);
}

void request_bad_param(struct request *request, const char *param, const char *takes)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *data = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, data, "param", param) &&
              yyjson_mut_obj_add_str(doc, data, "takes", takes);
    request_error_data(request, WIRE_INVALID_PARAMS, "Invalid params", doc, ok ? data : NULL);
}

static const char *takes_of(const struct param *param)
{
    return param->takes != NULL        ? param->takes
           : param->kind == PARAM_FLAG ? "true or false"
                                       : "a text";
}

bool request_read(struct request *request, const struct params *params, void *to)
{
    const struct param *wrong = params_read(params, to);
    if (wrong != NULL) {
        request_bad_param(request, wrong->name, takes_of(wrong));
    }
    return wrong == NULL;
}

void request_answer(struct request *request,
                    yyjson_mut_val *(*build)(struct request *request, yyjson_mut_doc *doc))
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    request_result(request, doc, doc == NULL ? NULL : build(request, doc));
}

void request_truth(struct request *request, bool truth)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    request_result(request, doc, yyjson_mut_bool(doc, truth));
}

void request_over_limit(struct request *request, const char *limit, const char *message)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *data = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, data, "limit", limit);
    metrics_count_over_limit(request->connection->all->metrics, limit);
    request->connection->refused = true;
    request_error_data(request, WIRE_OVER_LIMIT, message, doc, ok ? data : NULL);
}

/* ---- requests in flight ---- */

/* The state follows the request, in one block of memory. */
struct request *request_new(struct connection *connection, struct batch *batch, char *id,
                            const struct rpc_method *method)
{
    struct request *request = calloc(1, sizeof *request + method->state_size);
    if (request == NULL) {
        return NULL;
    }
    request->connection = connection;
    request->method = method;
    request->state = request + 1;
    request->batch = batch;
    request->id = id;
    list_add(&connection->requests, &request->node);
    connection->request_count++;
    if (batch != NULL) {
        batch->pending++;
    }
    return request;
}

char *request_id_text(yyjson_val *id)
{
    return yyjson_val_write_opts(id, YYJSON_WRITE_NOFLAG, NULL, NULL, NULL);
}

struct request *request_find(struct connection *connection, const char *id,
                             const struct request *except)
{
    for (struct list *node = connection->requests.next; node != &connection->requests;
         node = node->next) {
        struct request *request = LIST_ENTRY(node, struct request, node);
        if (request != except && request->id != NULL && strcmp(request->id, id) == 0) {
            return request;
        }
    }
    return NULL;
}

/* Calls on_cancel. False: that ended the connection, and with it the requests in its list. */
static bool release_state(struct request *request)
{
    struct connection *connection = request->connection;
    if (request->on_cancel != NULL) {
        request->on_cancel(request);
    }
    return connection_is_live(connection);
}

static void forget(struct request *request)
{
    detach(request);
    request_free(request);
}

void request_cancel(struct request *request)
{
    if (release_state(request)) {
        request_error(request, WIRE_CANCELLED, "cancelled");
    }
}

/* ---- what a connection calls ---- */

void requests_end(struct connection *connection, bool answer)
{
    struct list aside;
    list_take_all(&aside, &connection->requests);
    while (!list_empty(&aside)) {
        struct request *request = LIST_ENTRY(aside.next, struct request, node);
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see list.h
        release_state(request);
        if (answer) {
            request_error(request, WIRE_SHUTTING_DOWN, "shutting down");
        } else {
            forget(request);
        }
    }
}

/* Forgetting one request may end others, so the walk starts again after each. */
void requests_forget_waits(struct connection *connection)
{
    struct list *node = connection->requests.next;
    while (node != &connection->requests) {
        struct request *request = LIST_ENTRY(node, struct request, node);
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see list.h
        node = node->next;
        if (request->method->waits) {
            if (!release_state(request)) {
                return;
            }
            forget(request);
            node = connection->requests.next;
        }
    }
}

uint64_t requests_next_deadline(const struct connection *connection)
{
    uint64_t next = UINT64_MAX;
    for (const struct list *node = connection->requests.next; node != &connection->requests;
         node = node->next) {
        const struct request *request = LIST_ENTRY(node, struct request, node);
        if (request->deadline_ms != 0 && request->deadline_ms < next) {
            next = request->deadline_ms;
        }
    }
    return next;
}

/* Answering one request may end others, so the walk starts again after each. */
void requests_meet_deadlines(struct connection *connection, uint64_t now_ms)
{
    struct list *node = connection->requests.next;
    while (node != &connection->requests) {
        struct request *request = LIST_ENTRY(node, struct request, node);
        if (request->deadline_ms != 0 && request->deadline_ms <= now_ms) {
            request->deadline_ms = 0;
            request->on_deadline(request);
            node = connection->requests.next;
        } else {
            node = node->next;
        }
    }
}
