/* metrics.c: the method metrics: what the service counts. */
#include "api/api.h"
#include "api/methods.h"

#include "rpc/params.h"

#include <stdlib.h>

static const char *const names[] = {"format", NULL};

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
    if (!params_word(params, 0, "object", "prometheus", &text)) {
        request_bad_param(request, "format", "object or prometheus");
        return;
    }
    request_answer(request, text ? build_text : build_object);
}

const struct rpc_method api_metrics = {.name = "metrics", .params = names, .run = run};
