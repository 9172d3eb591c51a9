/* wait.c: the method wait: answers when the state has been the wanted one for long enough. */
#include "api/api.h"
#include "api/methods.h"
#include "api/self_wait.h"

#include "base/clock.h"

struct wait {
    struct sample_wait sample;
    struct self_wait self_wait; /* for a wait for idle */
    enum verdict_state wanted;
    uint64_t settle_ms;
    uint64_t deadline_ms; /* monotonic; 0: none */
};

struct asked {
    bool busy, even_if_nested;
    uint64_t settle_ms, timeout_ms;
};

static const struct param params_table[] = {
    {"for", PARAM_WORD, offsetof(struct asked, busy), "idle or busy", .first = "idle",
     .other = "busy"},
    {"settle_ms", PARAM_NUMBER, offsetof(struct asked, settle_ms), API_MOST_WAIT},
    {"timeout_ms", PARAM_NUMBER, offsetof(struct asked, timeout_ms), API_MOST_WAIT},
    {"even_if_nested", PARAM_FLAG, .at = offsetof(struct asked, even_if_nested)},
    {0}};

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

/* Takes the request out of its list. If nobody waits any more, samples are not urgent. */
static void leave(struct request *request)
{
    struct api *api = api_of(request);
    struct wait *wait = request->state;
    list_remove(&wait->sample.node);
    api->waits--;
    api_say_waited(api);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Sets the deadline to the timeout, or to an earlier time after from_ms: when the state settles, or
 * when the client is checked for waiting for itself. */
static void set_deadline(struct request *request, uint64_t from_ms)
{
    const struct wait *wait = request->state;
    const struct api *api = api_of(request);
    uint64_t settled = api->since_mono_ms + wait->settle_ms;
    uint64_t due = wait->deadline_ms == 0 ? UINT64_MAX : wait->deadline_ms;
    if (api->status.state == wait->wanted && settled > from_ms) {
        due = earlier(due, settled);
    }
    if (wait->self_wait.due_ms > from_ms) {
        due = earlier(due, wait->self_wait.due_ms);
    }
    request->deadline_ms = due == UINT64_MAX ? 0 : due;
}

/* There is a new sample, or one that is fresh enough: decides whether the wait is over. The samples
 * count, not the clock: the state must have lasted up to the sample. */
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
    if (self_wait_found_by_now(&wait->self_wait, request)) {
        leave(request);
        self_wait_refuse(request, &wait->self_wait);
        return;
    }
    bool settles = status->state == wait->wanted;
    api_await_change(api, sample, settles ? api->since_mono_ms + wait->settle_ms : UINT64_MAX);
    set_deadline(request, status->seen.mono_ms);
}

static void time_out(struct request *request)
{
    struct status status = api_status_for(request);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    leave(request);
    request_error_data(request, WIRE_TIMED_OUT, "timed out", doc,
                       doc == NULL ? NULL : wire_status(doc, &status));
}

static void on_deadline(struct request *request)
{
    struct api *api = api_of(request);
    struct wait *wait = request->state;
    uint64_t now = clock_mono_ms();
    /* The sample that it requested has not come yet: wait for it as long as `status` does. */
    uint64_t patience = wait->sample.asked_ms + API_SAMPLE_WAIT_MS;
    if (!api_is_fresh(api, wait->sample.oldest_ms) && now < patience) {
        request->deadline_ms = patience;
    } else if (wait->deadline_ms != 0 && now >= wait->deadline_ms) {
        time_out(request);
    } else if (self_wait_found_by_now(&wait->self_wait, request)) {
        leave(request);
        self_wait_refuse(request, &wait->self_wait);
    } else {
        set_deadline(request, now);
        api->config.look(api->config.arg); /* the state may have settled: a sample will show that */
    }
}

static void run(struct request *request, const struct params *params)
{
    struct api *api = api_of(request);
    struct wait *wait = request->state;
    struct asked asked = {.timeout_ms = UINT64_MAX};
    if (!request_read(request, params, &asked)) {
        return;
    }
    wait->settle_ms = asked.settle_ms;
    wait->wanted = asked.busy ? VERDICT_BUSY : VERDICT_IDLE;
    wait->sample = (struct sample_wait){
        .request = request, .asked_ms = clock_mono_ms(), .on_sample = on_sample};
    wait->sample.oldest_ms = wait->sample.asked_ms - API_WAIT_FRESH_MS;
    list_init(&wait->sample.node);
    wait->self_wait.due_ms = asked.busy || asked.even_if_nested ? UINT64_MAX
                                                                : wait->sample.oldest_ms;
    wait->deadline_ms = asked.timeout_ms == UINT64_MAX ? 0
                                                       : wait->sample.asked_ms + asked.timeout_ms;
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
    .params = params_table,
    .waits = true,
    .state_size = sizeof(struct wait),
    .run = run,
};
