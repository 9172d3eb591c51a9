/* request.c: JSON-RPC 2.0: request lines in, replies out. */
#include "rpc/request.h"

#include "base/clock.h"
#include "api/methods.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NESTING = 32 };

struct batch {
    size_t pending; /* members not yet answered, and one while they are being taken */
    char *text;     /* the answers so far, each behind a '[' or a ',' */
    size_t size, room;
};

/* ---- answers ---- */

/* Adds an answer to a batch, unless too much is kept for the peer already: then the session ends.
 * False when memory is out. */
static bool batch_add(struct session *session, struct batch *batch, const char *json, size_t size)
{
    size_t wanted = batch->size + size + 1;
    if (!session_may_queue(session, batch->room)) {
        return true;
    }
    if (wanted > batch->room) {
        char *text = realloc(batch->text, wanted * 2);
        if (text == NULL) {
            return false;
        }
        session->batch_bytes += wanted * 2 - batch->room;
        batch->text = text;
        batch->room = wanted * 2;
    }
    batch->text[batch->size] = batch->size == 0 ? '[' : ',';
    memcpy(batch->text + batch->size + 1, json, size);
    batch->size = wanted;
    return true;
}

/* One member less to wait for; sends the batch's answer with the last. */
static void batch_release(struct session *session, struct batch *batch)
{
    if (--batch->pending > 0) {
        return;
    }
    session->batch_bytes -= batch->room;
    if (batch->size > 0) {
        uv_buf_t parts[] = {session_part(batch->text, batch->size), session_part("]", 1)};
        session_write(session, parts, 2);
    }
    subscriptions_unbatch(session, batch);
    free(batch->text);
    free(batch);
}

/* Builds and sends {"jsonrpc":"2.0","id":...,KEY:VALUE}; closes the session if memory is out.
 * `id` NULL is null: it could not be known. */
static void send_answer(struct session *session, struct batch *batch, const char *id,
                        yyjson_mut_doc *doc, const char *key, yyjson_mut_val *value)
{
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_val *id_value = id == NULL ? yyjson_mut_null(doc) : yyjson_mut_raw(doc, id);
    size_t size = 0;
    char *json = NULL;
    if (yyjson_mut_obj_add_str(doc, root, "jsonrpc", "2.0") && id_value != NULL &&
        yyjson_mut_obj_add_val(doc, root, "id", id_value) &&
        yyjson_mut_obj_add_val(doc, root, key, value)) {
        json = yyjson_mut_val_write_opts(root, YYJSON_WRITE_NOFLAG, NULL, &size, NULL);
    }
    bool ok = json != NULL;
    if (ok && batch != NULL) {
        ok = batch_add(session, batch, json, size);
    } else if (ok) {
        uv_buf_t part = session_part(json, size);
        session_write(session, &part, 1); /* deals with its own failure */
    }
    free(json);
    if (!ok) {
        session_close(session);
    }
}

static void send_error(struct session *session, struct batch *batch, const char *id,
                       yyjson_mut_doc *doc, enum wire_error code, const char *message,
                       yyjson_mut_val *data)
{
    yyjson_mut_val *error = yyjson_mut_obj(doc);
    session->hub->metrics.errors_total++;
    if (!yyjson_mut_obj_add_int(doc, error, "code", code) ||
        !yyjson_mut_obj_add_str(doc, error, "message", message) ||
        (data != NULL && !yyjson_mut_obj_add_val(doc, error, "data", data))) {
        session_close(session);
        return;
    }
    send_answer(session, batch, id, doc, "error", error);
}

/* An error whose request could not be made out. `limit` NULL or the name of one. */
static void refuse(struct session *session, struct batch *batch, const char *id,
                   enum wire_error code, const char *message, const char *limit)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    if (doc == NULL) {
        session_close(session);
        return;
    }
    yyjson_mut_val *data = NULL;
    if (limit != NULL) {
        data = yyjson_mut_obj(doc);
        if (!yyjson_mut_obj_add_str(doc, data, "limit", limit)) {
            session_close(session);
            goto free_doc;
        }
    }
    send_error(session, batch, id, doc, code, message, data);
free_doc:
    yyjson_mut_doc_free(doc);
}

/* Takes a request out of all lists; what is left is its id and its batch. */
static void detach(struct request *request)
{
    list_remove(&request->node);
    list_remove(&request->waiting);
    request->session->request_count--;
}

static void request_free(struct request *request)
{
    struct batch *batch = request->batch;
    struct session *session = request->session;
    free(request->id);
    free(request);
    if (batch != NULL) {
        batch_release(session, batch);
    }
}

void request_result(struct request *request, yyjson_mut_doc *doc, yyjson_mut_val *result)
{
    if (result == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory", NULL, NULL);
        return;
    }
    detach(request);
    if (request->id != NULL) {
        send_answer(request->session, request->batch, request->id, doc, "result", result);
    }
    request_free(request);
}

void request_error(struct request *request, enum wire_error code, const char *message,
                   yyjson_mut_doc *doc, yyjson_mut_val *data)
{
    detach(request);
    if (request->id != NULL && doc != NULL) {
        send_error(request->session, request->batch, request->id, doc, code, message, data);
    } else if (request->id != NULL) {
        refuse(request->session, request->batch, request->id, code, message, NULL);
    }
    request_free(request);
}

void request_error_data(struct request *request, enum wire_error code, const char *message,
                        yyjson_mut_doc *doc, yyjson_mut_val *data)
{
    if (data == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory", NULL, NULL);
    } else {
        request_error(request, code, message, doc, data);
    }
}

void request_bad_param(struct request *request, const char *param, const char *takes)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *data = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, data, "param", param) &&
              yyjson_mut_obj_add_str(doc, data, "takes", takes);
    request_error_data(request, WIRE_INVALID_PARAMS, "Invalid params", doc, ok ? data : NULL);
    yyjson_mut_doc_free(doc);
}

/* ---- requests in flight ---- */

static struct request *request_new(struct session *session, struct batch *batch, char *id)
{
    struct request *request = calloc(1, sizeof *request);
    if (request == NULL) {
        return NULL;
    }
    request->session = session;
    request->batch = batch;
    request->id = id;
    list_init(&request->waiting);
    list_add(&session->requests, &request->node);
    session->request_count++;
    if (batch != NULL) {
        batch->pending++;
    }
    return request;
}

char *request_id_text(yyjson_val *id)
{
    return yyjson_val_write_opts(id, YYJSON_WRITE_NOFLAG, NULL, NULL, NULL);
}

struct request *requests_find(struct session *session, const char *id, const struct request *except)
{
    for (struct list *node = session->requests.next; node != &session->requests;
         node = node->next) {
        struct request *request = LIST_ENTRY(node, struct request, node);
        if (request != except && request->id != NULL && strcmp(request->id, id) == 0) {
            return request;
        }
    }
    return NULL;
}

static void forget(struct request *request)
{
    if (request->abandoned != NULL) {
        request->abandoned(request);
    }
    detach(request);
    request_free(request);
}

void requests_end(struct session *session, bool answer)
{
    struct list aside;
    list_take_all(&aside, &session->requests);
    while (!list_empty(&aside)) {
        struct request *request = LIST_ENTRY(aside.next, struct request, node);
        if (answer) {
            // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see list.h
            if (request->abandoned != NULL) {
                request->abandoned(request);
            }
            request_error(request, WIRE_SHUTTING_DOWN, "shutting down", NULL, NULL);
        } else {
            // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see list.h
            forget(request);
        }
    }
}

void requests_forget_waits(struct session *session)
{
    /* Forgetting one may end others, so begin anew after each. */
    struct list *node = session->requests.next;
    while (node != &session->requests) {
        struct request *request = LIST_ENTRY(node, struct request, node);
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see list.h
        node = node->next;
        if (request->waits) {
            forget(request);
            node = session->requests.next;
        }
    }
}

uint64_t requests_next_timeout(const struct session *session)
{
    uint64_t next = UINT64_MAX;
    for (const struct list *node = session->requests.next; node != &session->requests;
         node = node->next) {
        const struct request *request = LIST_ENTRY(node, struct request, node);
        if (request->until_ms != 0 && request->until_ms < next) {
            next = request->until_ms;
        }
    }
    return next;
}

void requests_timeout(struct session *session, uint64_t now_ms)
{
    /* Answering one may end others, so begin anew after each. */
    struct list *node = session->requests.next;
    while (node != &session->requests) {
        struct request *request = LIST_ENTRY(node, struct request, node);
        if (request->until_ms != 0 && request->until_ms <= now_ms) {
            request->until_ms = 0;
            request->timeout(request);
            node = session->requests.next;
        } else {
            node = node->next;
        }
    }
}

/* ---- request lines ---- */

static void take_request(struct session *session, struct batch *batch, yyjson_val *value)
{
    session->hub->metrics.requests_total++;
    yyjson_val *id = yyjson_obj_get(value, "id");
    yyjson_val *method_name = yyjson_obj_get(value, "method");
    struct params params = {yyjson_obj_get(value, "params"), NULL};
    bool id_fits = id == NULL || yyjson_is_str(id) || yyjson_is_raw(id) || yyjson_is_null(id);
    char *id_text = NULL;
    if (id != NULL && id_fits) {
        id_text = request_id_text(id);
        if (id_text == NULL) {
            session_close(session);
            return;
        }
    }
    if (!yyjson_is_obj(value) || !id_fits || !yyjson_is_str(method_name) ||
        !yyjson_equals_str(yyjson_obj_get(value, "jsonrpc"), "2.0") ||
        (params.value != NULL && !yyjson_is_obj(params.value) && !yyjson_is_arr(params.value))) {
        refuse(session, batch, id_text, WIRE_INVALID_REQUEST, "Invalid Request", NULL);
        goto free_id;
    }
    const struct method *method = method_find(yyjson_get_str(method_name),
                                              yyjson_get_len(method_name));
    if (id_text == NULL && (method == NULL || method->waits)) {
        goto free_id; /* a notification is never answered, and this one has no effect */
    }
    if (method == NULL) {
        refuse(session, batch, id_text, WIRE_METHOD_NOT_FOUND, "Method not found", NULL);
        goto free_id;
    }
    if (session->request_count >= session->hub->config.limits.requests) {
        metrics_count_over_limit(&session->hub->metrics, "requests");
        if (id_text != NULL) {
            refuse(session, batch, id_text, WIRE_OVER_LIMIT, "too many requests in flight",
                   "requests");
        }
        goto free_id;
    }
    struct request *request = request_new(session, batch, id_text);
    if (request == NULL) {
        session_close(session);
        goto free_id;
    }
    params.names = method->params;
    method->run(request, &params);
    return;

free_id:
    free(id_text);
}

static void take_batch(struct session *session, yyjson_val *array)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (batch == NULL) {
        session_close(session);
        return;
    }
    batch->pending = 1;
    size_t index, count;
    yyjson_val *member;
    yyjson_arr_foreach(array, index, count, member)
    {
        if (session->closed || session->ending) {
            break;
        }
        take_request(session, batch, member);
    }
    batch_release(session, batch);
}

/* Deeper than the cap? Of a text that is not JSON the answer does not matter. */
static bool too_deep(const char *line, size_t size)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < size; i++) {
        char c = line[i];
        if (in_string) {
            i += c == '\\';
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > MOST_NESTING) {
                return true;
            }
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return false;
}

void requests_take(struct session *session, char *line, size_t size)
{
    yyjson_read_err error = {0};
    yyjson_doc *doc = NULL;
    if (!too_deep(line, size)) {
        /* Numbers stay text: an id is echoed as it was sent, however big. */
        doc = yyjson_read_opts(line, size, YYJSON_READ_NUMBER_AS_RAW, NULL, &error);
    }
    if (doc == NULL && error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        session_close(session);
        return;
    }
    if (doc == NULL) {
        refuse(session, NULL, NULL, WIRE_PARSE_ERROR, "Parse error", NULL);
        return;
    }
    yyjson_val *root = yyjson_doc_get_root(doc);
    size_t members = yyjson_arr_size(root);
    if (!yyjson_is_arr(root)) {
        take_request(session, NULL, root);
    } else if (members == 0 || members > session->hub->config.limits.batch) {
        refuse(session, NULL, NULL, WIRE_INVALID_REQUEST,
               members == 0 ? "Invalid Request" : "Invalid Request: too many members in a batch",
               NULL);
    } else {
        take_batch(session, root);
    }
    yyjson_doc_free(doc);
}

void requests_line_too_long(struct session *session)
{
    refuse(session, NULL, NULL, WIRE_OVER_LIMIT, "the request line is too long", "line");
}
