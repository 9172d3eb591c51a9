/* wait.c: the method wait: answers once the state has been as wanted for long enough. */
#include "api/api.h"
#include "api/methods.h"
#include "api/self_wait.h"

#include "base/clock.h"
#include "rpc/params.h"

#define MOST_WAIT_MS (UINT64_C(1000) * 86400 * 366)

struct wait {
    struct sample_wait sample;
    enum verdict_state wanted;
    uint64_t settle_ms;
    uint64_t deadline_ms; /* monotonic; 0: none */
};

static const char *const names[] = {"for", "settle_ms", "timeout_ms", "even_if_nested", NULL};

static yyjson_mut_val *build(struct request *request, yyjson_mut_doc *doc)
{
    const struct wait *wait = request->state;
    struct status status = api_status_for(request);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_val(doc, root, "status", wire_status(doc, &status)) &&
              yyjson_mut_obj_add_uint(doc, root, "waited_ms",
                                      clock_mono_ms() - wait->sample.asked_ms);
    return ok ? root : NULL;
}

/* Nobody waits any more? Then there is no hurry in sampling. */
static void leave(struct request *request)
{
    struct api *api = api_of(request);
    struct wait *wait = request->state;
    list_remove(&wait->sample.node);
    api->waits--;
    api_say_waited(api);
}

/* A new observation was made, or one fresh enough was there: is the wait over? What a sample said
 * is what counts, not the clock: the state must have lasted up to it. */
static void on_sample(struct sample_wait *sample)
{
    struct request *request = sample->request;
    struct wait *wait = request->state;
    struct api *api = api_of(request);
    const struct status *status = &api->status;
    uint64_t lasted = status->seen.mono_ms - api->since_mono_ms;
    if (status->state == wait->wanted && lasted >= wait->settle_ms) {
        leave(request);
        request_answer(request, build);
        return;
    }
    request->deadline_ms = wait->deadline_ms;
    if (status->state != wait->wanted) {
        api_await_change(api, sample, UINT64_MAX);
        return;
    }
    uint64_t settled = api->since_mono_ms + wait->settle_ms;
    api_await_change(api, sample, settled);
    if (request->deadline_ms == 0 || settled < request->deadline_ms) {
        request->deadline_ms = settled;
    }
}

static void time_out(struct request *request)
{
    struct status status = api_status_for(request);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    leave(request);
    request_error_data(request, WIRE_TIMED_OUT, "timed out", doc,
                       doc == NULL ? NULL : wire_status(doc, &status));
    yyjson_mut_doc_free(doc);
}

static void on_deadline(struct request *request)
{
    struct api *api = api_of(request);
    struct wait *wait = request->state;
    uint64_t now = clock_mono_ms();
    /* It was asked about now, and the sample it asked for is not there: as long as for `status`. */
    uint64_t patience = wait->sample.asked_ms + API_SAMPLE_WAIT_MS;
    if (!api_is_fresh(api, wait->sample.oldest_ms) && now < patience) {
        request->deadline_ms = patience;
    } else if (wait->deadline_ms != 0 && now >= wait->deadline_ms) {
        time_out(request);
    } else {
        /* It should have settled by now: a sample will show it. */
        request->deadline_ms = wait->deadline_ms;
        api->config.look(api->config.arg);
    }
}

static void run(struct request *request, const struct params *params)
{
    struct api *api = api_of(request);
    struct wait *wait = request->state;
    bool busy = false, even_if_nested = false;
    uint64_t timeout_ms = UINT64_MAX;
    if (!params_word(params, 0, "idle", "busy", &busy)) {
        request_bad_param(request, "for", "idle or busy");
        return;
    }
    if (!params_number(params, 1, 0, MOST_WAIT_MS, &wait->settle_ms)) {
        request_bad_param(request, "settle_ms", "milliseconds, up to a year");
        return;
    }
    if (!params_number(params, 2, 0, MOST_WAIT_MS, &timeout_ms)) {
        request_bad_param(request, "timeout_ms", "milliseconds, up to a year");
        return;
    }
    if (!params_flag(params, 3, &even_if_nested)) {
        request_bad_param(request, "even_if_nested", "true or false");
        return;
    }
    if (!busy && !even_if_nested && self_wait_refuse(request, false)) {
        return;
    }
    wait->wanted = busy ? VERDICT_BUSY : VERDICT_IDLE;
    wait->sample = (struct sample_wait){
        .request = request, .asked_ms = clock_mono_ms(), .on_sample = on_sample};
    wait->sample.oldest_ms = wait->sample.asked_ms - API_WAIT_FRESH_MS;
    list_init(&wait->sample.node);
    wait->deadline_ms = timeout_ms == UINT64_MAX ? 0 : wait->sample.asked_ms + timeout_ms;
    request->deadline_ms = wait->deadline_ms;
    request->on_cancel = leave;
    request->on_deadline = on_deadline;
    api->waits++;
    api_say_waited(api);
    if (api_is_fresh(api, wait->sample.oldest_ms)) {
        on_sample(&wait->sample);
    } else {
        api_await_sample(api, &wait->sample);
    }
}

const struct rpc_method api_wait = {
    .name = "wait",
    .params = names,
    .waits = true,
    .state_size = sizeof(struct wait),
    .run = run,
};
