/* status.c: the method status: what is now, by a sample that is fresh. */
#include "api/api.h"
#include "api/methods.h"

#include "base/clock.h"

static yyjson_mut_val *build(struct request *request, yyjson_mut_doc *doc)
{
    struct status status = api_status_for(request);
    return wire_status(doc, &status);
}

static void on_sample(struct sample_wait *wait)
{
    request_answer(wait->request, build);
}

/* No sample came: the last one must do. */
static void on_deadline(struct request *request)
{
    struct sample_wait *wait = request->state;
    list_remove(&wait->node);
    request_answer(request, build);
}

static void on_cancel(struct request *request)
{
    struct sample_wait *wait = request->state;
    list_remove(&wait->node);
}

static void run(struct request *request, const struct params *params)
{
    struct api *api = api_of(request);
    struct sample_wait *wait = request->state;
    (void)params;
    wait->asked_ms = clock_mono_ms();
    if (api_is_fresh(api, wait->asked_ms)) {
        request_answer(request, build);
        return;
    }
    /* All who ask now share one sample. */
    wait->request = request;
    wait->on_sample = on_sample;
    request->on_cancel = on_cancel;
    request->on_deadline = on_deadline;
    request->deadline_ms = wait->asked_ms + API_SAMPLE_WAIT_MS;
    api_await_sample(api, wait);
}

const struct rpc_method api_status_method = {
    .name = "status",
    .state_size = sizeof(struct sample_wait),
    .run = run,
};
