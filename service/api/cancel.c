/* cancel.c: the method cancel: ends another request of the same connection. */
#include "api/methods.h"

#include "rpc/request.h"

#include <stdlib.h>

static const struct param params_table[] = {{.name = "id", .kind = PARAM_OWN}, {0}};

static void run(struct request *request, const struct params *params)
{
    /* null is an id, too. */
    yyjson_val *id = yyjson_is_arr(params->value) ? yyjson_arr_get(params->value, 0)
                                                  : yyjson_obj_get(params->value, "id");
    if (!yyjson_is_str(id) && !yyjson_is_raw(id) && !yyjson_is_null(id)) {
        request_bad_param(request, "id", "the id of a request in flight");
        return;
    }
    char *text = request_id_text(id);
    if (text == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory");
        return;
    }
    struct connection *connection = request->connection;
    struct request *other = request_find(connection, text, request);
    free(text);
    if (other == NULL) {
        request_truth(request, false);
        return;
    }
    request_cancel(other);
    if (connection_is_live(connection)) { /* otherwise this request ended with the connection */
        request_truth(request, true);
    }
}

const struct rpc_method api_cancel = {.name = "cancel", .params = params_table, .run = run};
