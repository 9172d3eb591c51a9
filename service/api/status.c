/* status.c: the method status: the current state, from a fresh sample. */
#include "api/api.h"
#include "api/methods.h"

#include "base/clock.h"

static void answer(struct request *request)
{
    request_json(request, api_status_json(api_of(request), request->connection->access_level));
}

static void on_sample(struct sample_wait *wait)
{
    answer(wait->request);
}

/* No sample came in time, so the last one is used. */
static void on_deadline(struct request *request)
{
    struct sample_wait *wait = request->state;
    list_remove(&wait->node);
    answer(request);
}

static void on_cancel(struct request *request)
{
    struct sample_wait *wait = request->state;
    list_remove(&wait->node);
}

static const struct text *ready(struct connection *connection)
{
    struct api *api = api_at(connection);
    return api_is_fresh(api, clock_mono_ms() - API_FRESH_MS)
               ? api_status_json(api, connection->access_level)
               : NULL;
}

static void run(struct request *request, const struct params *params)
{
    struct api *api = api_of(request);
    struct sample_wait *wait = request->state;
    (void)params;
    wait->asked_ms = clock_mono_ms();
    wait->oldest_ms = wait->asked_ms - API_FRESH_MS;
    if (api_is_fresh(api, wait->oldest_ms)) {
        answer(request);
        return;
    }
    /* All requests that come now share one sample. */
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
    .ready = ready,
    .run = run,
};
