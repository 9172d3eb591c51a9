/* metrics.c: the method metrics: what the service counts. */
#include "api/api.h"
#include "api/methods.h"

#include <stdlib.h>

static const struct param params_table[] = {{"format", PARAM_WORD, .takes = "object or prometheus",
                                             .first = "object", .other = "prometheus"},
                                            {0}};

static yyjson_mut_val *build_object(struct request *request, yyjson_mut_doc *doc)
{
    const struct api *api = api_of(request);
    struct metrics_now now = api_metrics_now(api);
    return metrics_json(doc, api->config.metrics, &now);
}

static yyjson_mut_val *build_text(struct request *request, yyjson_mut_doc *doc)
{
    size_t size;
    char *text = api_metrics_text(api_of(request), &size);
    yyjson_mut_val *value = text == NULL ? NULL : yyjson_mut_strncpy(doc, text, size);
    free(text);
    return value;
}

static void run(struct request *request, const struct params *params)
{
    bool text = false;
    if (request_read(request, params, &text)) {
        request_answer(request, text ? build_text : build_object);
    }
}

const struct rpc_method api_metrics = {.name = "metrics", .params = params_table, .run = run};
