/* dispatch.c: parses request lines and calls the method of each request. */
#include "rpc/dispatch.h"

#include "rpc/batch.h"
#include "rpc/params.h"
#include "rpc/request.h"

#include <stdlib.h>

enum { MOST_NESTING = 32 };

/* A line of up to SHORT_LINE bytes is parsed without an allocation; SHORT_ROOM is the most memory
 * that it needs (yyjson_read_max_memory_usage). */
enum { SHORT_LINE = 256, SHORT_ROOM = 4096 };

static const struct rpc_method *find_method(const struct rpc_server *server, yyjson_val *name)
{
    for (size_t i = 0; i < server->method_count; i++) {
        if (yyjson_equals_str(name, server->methods[i]->name)) {
            return server->methods[i];
        }
    }
    return NULL;
}

/* Whether it is a request at all; the method may still be unknown. */
static bool is_well_formed(yyjson_val *value)
{
    yyjson_val *id = yyjson_obj_get(value, "id"), *params = yyjson_obj_get(value, "params");
    return yyjson_is_obj(value) && yyjson_is_str(yyjson_obj_get(value, "method")) &&
           (id == NULL || yyjson_is_str(id) || yyjson_is_raw(id) || yyjson_is_null(id)) &&
           yyjson_equals_str(yyjson_obj_get(value, "jsonrpc"), "2.0") &&
           (params == NULL || yyjson_is_obj(params) || yyjson_is_arr(params));
}

/* Sets *text to the id as JSON text, to be sent back; to NULL if there is none. False: out of
 * memory. */
static bool take_id(yyjson_val *value, char **text)
{
    yyjson_val *id = yyjson_obj_get(value, "id");
    *text = NULL;
    if (!yyjson_is_str(id) && !yyjson_is_raw(id) && !yyjson_is_null(id)) {
        return true;
    }
    *text = request_id_text(id);
    return *text != NULL;
}

/* A single request without parameters whose id is a number can be answered with a result that was
 * rendered before, without creating a struct request. */
static bool answer_ready(struct connection *connection, const struct rpc_method *method,
                         yyjson_val *value)
{
    yyjson_val *id = yyjson_obj_get(value, "id");
    if (method->ready == NULL || !yyjson_is_raw(id) || yyjson_obj_get(value, "params") != NULL) {
        return false;
    }
    const struct text *json = method->ready(connection);
    if (json != NULL) {
        request_send_result(connection, connection_part(yyjson_get_raw(id), yyjson_get_len(id)),
                            connection_part(json->data, json->size));
    }
    return json != NULL;
}

/* Runs the request, or answers it with an error if it has too many parameters. */
static void run(struct request *request, const struct params *params)
{
    if (params_fit(params)) {
        request->method->run(request, params);
    } else {
        request_bad_param(request, "params", "no more positional parameters than the method has");
    }
}

static void take_request(struct connection *connection, struct batch *batch, yyjson_val *value)
{
    connection->all->metrics->requests_total++;
    bool well_formed = is_well_formed(value),
         full = connection->request_count >= connection->all->limits->requests;
    const struct rpc_method *method = well_formed ? find_method(rpc_server_of(connection),
                                                                yyjson_obj_get(value, "method"))
                                                  : NULL;
    if (batch == NULL && method != NULL && !full && answer_ready(connection, method, value)) {
        return;
    }
    char *id = NULL;
    if (!take_id(value, &id)) {
        connection_close(connection);
        return;
    }
    if (!well_formed) {
        request_refuse(connection, batch, id, WIRE_INVALID_REQUEST, "Invalid Request", NULL);
        goto free_id;
    }
    if (id == NULL && (method == NULL || method->waits)) {
        goto free_id; /* a notification is never answered, so a method that only waits has no
                       * effect */
    }
    if (method == NULL) {
        request_refuse(connection, batch, id, WIRE_METHOD_NOT_FOUND, "Method not found", NULL);
        goto free_id;
    }
    if (full) {
        metrics_count_over_limit(connection->all->metrics, "requests");
        if (id != NULL) {
            request_refuse(connection, batch, id, WIRE_OVER_LIMIT, "too many requests in flight",
                           "requests");
        }
        goto free_id;
    }
    struct request *request = request_new(connection, batch, id, method);
    if (request == NULL) {
        connection_close(connection);
        goto free_id;
    }
    run(request, &(struct params){yyjson_obj_get(value, "params"), method->params});
    return;

free_id:
    free(id);
}

static void take_batch(struct connection *connection, yyjson_val *array)
{
    struct batch *batch = batch_new();
    if (batch == NULL) {
        connection_close(connection);
        return;
    }
    size_t index, count;
    yyjson_val *member;
    yyjson_arr_foreach(array, index, count, member)
    {
        if (!connection_is_live(connection)) {
            break;
        }
        take_request(connection, batch, member);
    }
    batch_release(connection, batch);
}

/* Whether it is nested more deeply than the limit. If the text is not JSON, the result does not
 * matter. */
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

static void take_line(struct connection *connection, char *line, size_t size)
{
    yyjson_read_err error = {0};
    yyjson_doc *doc = NULL;
    char room[SHORT_ROOM];
    yyjson_alc alc;
    bool is_short = size <= SHORT_LINE && yyjson_alc_pool_init(&alc, room, sizeof room);
    if (!too_deep(line, size)) {
        /* Numbers stay text, so that an id is sent back as it came, however big it is. */
        doc = yyjson_read_opts(line, size, YYJSON_READ_NUMBER_AS_RAW, is_short ? &alc : NULL,
                               &error);
    }
    if (doc == NULL && error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION) {
        connection_close(connection);
        return;
    }
    if (doc == NULL) {
        request_refuse(connection, NULL, NULL, WIRE_PARSE_ERROR, "Parse error", NULL);
        return;
    }
    yyjson_val *root = yyjson_doc_get_root(doc);
    size_t members = yyjson_arr_size(root);
    if (!yyjson_is_arr(root)) {
        take_request(connection, NULL, root);
    } else if (members == 0 || members > connection->all->limits->batch) {
        request_refuse(connection, NULL, NULL, WIRE_INVALID_REQUEST,
                       members == 0 ? "Invalid Request"
                                    : "Invalid Request: too many members in a batch",
                       NULL);
    } else {
        take_batch(connection, root);
    }
    yyjson_doc_free(doc);
}

static void say_line_too_long(struct connection *connection)
{
    request_refuse(connection, NULL, NULL, WIRE_OVER_LIMIT, "the request line is too long", "line");
}

void rpc_bind(struct rpc_server *server, const struct rpc_method *const methods[], size_t count,
              void *context)
{
    static const struct connection_handler handler = {
        .line = take_line,
        .line_too_long = say_line_too_long,
        .ended = requests_forget_waits,
        .end = requests_end,
        .next_deadline = requests_next_deadline,
        .deadline = requests_meet_deadlines,
    };
    server->methods = methods;
    server->method_count = count;
    server->context = context;
    server->connections.handler = &handler;
}
