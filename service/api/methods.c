/* methods.c: one function a method of the protocol. */
#include "api/methods.h"

#include "base/clock.h"
#include "api/about.h"

#include <stdlib.h>
#include <string.h>

/* A history page's events are this large at most, so that the reply, or sixteen of them in a batch,
 * stay under the cap of a reply line. */
#define PAGE_BYTES (240u * 1024u)
#define PAGE_BYTES_IN_BATCH (12u * 1024u)
#define MOST_WAIT_MS (UINT64_C(1000) * 86400 * 366)

/* ---- results ---- */

/* Answers with what `build` makes. */
static void answer(struct request *request,
                   yyjson_mut_val *(*build)(struct request *request, yyjson_mut_doc *doc))
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    request_result(request, doc, doc == NULL ? NULL : build(request, doc));
    yyjson_mut_doc_free(doc);
}

/* As the client may see it. */
static struct status session_status(const struct session *session)
{
    return hub_status(session->hub, session->audience);
}

static yyjson_mut_val *build_status(struct request *request, yyjson_mut_doc *doc)
{
    struct status status = session_status(request->session);
    return wire_status(doc, &status);
}

static yyjson_mut_val *build_true(struct request *request, yyjson_mut_doc *doc)
{
    (void)request;
    return yyjson_mut_bool(doc, true);
}

static yyjson_mut_val *build_false(struct request *request, yyjson_mut_doc *doc)
{
    (void)request;
    return yyjson_mut_bool(doc, false);
}

/* ---- about, status ---- */

static yyjson_mut_val *build_about(struct request *request, yyjson_mut_doc *doc)
{
    return about_wire(doc, request->session->hub);
}

static void run_about(struct request *request, const struct params *params)
{
    if (params_fit(request, params)) {
        answer(request, build_about);
    }
}

static void answer_status(struct request *request)
{
    answer(request, build_status);
}

static void run_status(struct request *request, const struct params *params)
{
    struct hub *hub = request->session->hub;
    if (!params_fit(request, params)) {
        return;
    }
    request->asked_ms = clock_mono_ms();
    if (hub_is_fresh(hub, request->asked_ms)) {
        answer_status(request);
        return;
    }
    /* All who ask now share one sample. */
    request->sampled = answer_status;
    request->timeout = answer_status;
    request->until_ms = request->asked_ms + HUB_SAMPLE_WAIT_MS;
    list_add(&hub->sampling, &request->waiting);
    hub->config.look(hub->config.arg);
}

/* ---- history ---- */

struct history {
    struct journal_read read;
    struct request *request;
};

static yyjson_mut_val *build_history(struct request *request, yyjson_mut_doc *doc)
{
    const struct journal_info *info = journal_info(request->session->hub->journal);
    const struct journal_read *read = request->read;
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, root, "journal", info->id);
    yyjson_mut_val *events = yyjson_mut_obj_add_arr(doc, root, "events");
    for (size_t i = 0; ok && i < read->count; i++) {
        const struct journal_entry *entry = &read->entries[i];
        ok = yyjson_mut_arr_append(events, yyjson_mut_rawn(doc, entry->json, entry->size));
    }
    ok = ok && about_add_span(doc, root, info) &&
         yyjson_mut_obj_add_bool(doc, root, "more", read->more);
    return ok ? root : NULL;
}

static void answer_history(struct journal_read *read)
{
    struct history *history = LIST_ENTRY(read, struct history, read);
    struct request *request = history->request;
    struct session *session = request->session;
    request->abandoned = NULL;
    if (read->error == 0) {
        answer(request, build_history);
    } else {
        request_error(request, WIRE_INTERNAL, "the journal could not be read", NULL, NULL);
    }
    free(history);
    session_flush(session);
}

static void abandon_history(struct request *request)
{
    journal_read_cancel(request->session->hub->journal, request->read);
    free(LIST_ENTRY(request->read, struct history, read));
    request->abandoned = NULL;
}

static const char *const history_params[] = {"after", "before", "since", "until",
                                             "limit", "order",  NULL};

/* The name of the first parameter that is wrong, with what it takes; NULL when all fit. */
static const char *read_history_params(const struct params *params, struct journal_read *read,
                                       const char **takes)
{
    uint64_t limit = 64;
    *takes = "a seq";
    if (!params_number(params, 0, 0, UINT64_MAX, &read->after)) {
        return "after";
    }
    if (!params_number(params, 1, 0, UINT64_MAX, &read->before)) {
        return "before";
    }
    *takes = "an RFC 3339 time";
    if (!params_time(params, 2, &read->since_ms)) {
        return "since";
    }
    if (!params_time(params, 3, &read->until_ms)) {
        return "until";
    }
    *takes = "a whole number from 1 to 256";
    if (!params_number(params, 4, 1, JOURNAL_READ_MOST, &limit)) {
        return "limit";
    }
    read->limit = (size_t)limit;
    *takes = "asc or desc";
    return params_word(params, 5, "asc", "desc", &read->descending) ? NULL : "order";
}

static void run_history(struct request *request, const struct params *params)
{
    struct session *session = request->session;
    if (!params_fit(request, params)) {
        return;
    }
    struct history *history = calloc(1, sizeof *history);
    if (history == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory", NULL, NULL);
        return;
    }
    history->request = request;
    history->read = (struct journal_read){
        .audience = session->audience,
        .before = UINT64_MAX,
        .since_ms = INT64_MIN,
        .until_ms = INT64_MAX,
        .bytes = request->batch != NULL ? PAGE_BYTES_IN_BATCH : PAGE_BYTES,
        .done = answer_history,
    };
    const char *takes;
    const char *wrong = read_history_params(params, &history->read, &takes);
    if (wrong != NULL) {
        free(history);
        request_bad_param(request, wrong, takes);
        return;
    }
    request->read = &history->read;
    request->abandoned = abandon_history;
    journal_read_start(session->hub->journal, &history->read);
}

/* ---- subscribe, unsubscribe ---- */

static const char *const subscribe_params[] = {"after", "journal", NULL};
static const char *const unsubscribe_params[] = {"subscription", NULL};

/* Where delivery starts; false after answering that it cannot. */
static bool find_start(struct request *request, const struct params *params, uint64_t *cursor,
                       bool *reset)
{
    const struct journal_info *info = journal_info(request->session->hub->journal);
    yyjson_val *journal = params_get(params, 1);
    *cursor = info->last_seq;
    if (!params_number(params, 0, 0, UINT64_MAX, cursor)) {
        request_bad_param(request, "after", "a seq");
        return false;
    }
    if (journal != NULL && !yyjson_is_str(journal)) {
        request_bad_param(request, "journal", "the id of a journal");
        return false;
    }
    *reset = journal != NULL && !yyjson_equals_str(journal, info->id);
    if (*reset) {
        *cursor = info->first_seq - 1;
    } else if (*cursor > info->last_seq) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *data = yyjson_mut_obj(doc);
        bool ok = yyjson_mut_obj_add_str(doc, data, "param", "after") &&
                  yyjson_mut_obj_add_str(doc, data, "takes", "a seq up to the last one") &&
                  yyjson_mut_obj_add_uint(doc, data, "last_seq", info->last_seq);
        request_error_data(request, WIRE_INVALID_PARAMS, "Invalid params", doc, ok ? data : NULL);
        yyjson_mut_doc_free(doc);
        return false;
    }
    return true;
}

static void refuse_over_limit(struct request *request, const char *limit, const char *message)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *data = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, data, "limit", limit);
    metrics_count_over_limit(&request->session->hub->metrics, limit);
    request_error_data(request, WIRE_OVER_LIMIT, message, doc, ok ? data : NULL);
    yyjson_mut_doc_free(doc);
}

static void run_subscribe(struct request *request, const struct params *params)
{
    struct session *session = request->session;
    uint64_t cursor;
    bool reset;
    if (!params_fit(request, params) || !find_start(request, params, &cursor, &reset)) {
        return;
    }
    if (session->subscriptions.count >= session->hub->config.limits.subscriptions) {
        refuse_over_limit(request, "subscriptions", "too many subscriptions");
        return;
    }
    struct subscription *one = subscription_new(session, cursor, request->batch);
    yyjson_mut_doc *doc = one == NULL ? NULL : yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    struct status status = session_status(session);
    bool ok = root != NULL && yyjson_mut_obj_add_uint(doc, root, "subscription", one->number) &&
              yyjson_mut_obj_add_str(doc, root, "journal",
                                     journal_info(session->hub->journal)->id) &&
              yyjson_mut_obj_add_bool(doc, root, "reset", reset) &&
              yyjson_mut_obj_add_val(doc, root, "status", wire_status(doc, &status));
    if (!ok && one != NULL) {
        subscription_end(session, one->number);
    }
    request_result(request, doc, ok ? root : NULL);
    yyjson_mut_doc_free(doc);
}

static void run_unsubscribe(struct request *request, const struct params *params)
{
    uint64_t number = 0;
    if (!params_fit(request, params)) {
        return;
    }
    if (!params_number(params, 0, 1, UINT64_MAX, &number) ||
        !subscription_end(request->session, number)) {
        request_bad_param(request, "subscription", "the number of one of this connection's");
        return;
    }
    answer(request, build_true);
}

/* ---- wait, cancel ---- */

static const char *const wait_params[] = {"for", "settle_ms", "timeout_ms", NULL};
static const char *const cancel_params[] = {"id", NULL};

static yyjson_mut_val *build_waited(struct request *request, yyjson_mut_doc *doc)
{
    struct status status = session_status(request->session);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_val(doc, root, "status", wire_status(doc, &status)) &&
              yyjson_mut_obj_add_uint(doc, root, "waited_ms", clock_mono_ms() - request->asked_ms);
    return ok ? root : NULL;
}

/* Nobody waits any more? Then there is no hurry in sampling. */
static void wait_over(struct request *request)
{
    struct hub *hub = request->session->hub;
    list_remove(&request->waiting);
    hub->waits--;
    request->abandoned = NULL;
    hub->config.waited(hub->config.arg, hub->waits > 0);
}

/* A new observation was made, or one fresh enough was there: is the wait over? What a sample said
 * is what counts, not the clock: the state must have lasted up to it. */
static void try_wait(struct request *request)
{
    struct hub *hub = request->session->hub;
    const struct status *status = &hub->status;
    uint64_t lasted = status->seen.mono_ms - hub->since_mono_ms;
    if (status->state == request->wanted && lasted >= request->settle_ms) {
        wait_over(request);
        answer(request, build_waited);
        return;
    }
    list_add(&hub->waiting, &request->waiting);
    request->until_ms = request->deadline_ms;
    if (status->state != request->wanted) {
        return;
    }
    uint64_t settled = hub->since_mono_ms + request->settle_ms;
    if (settled < hub->wait_over_ms) {
        hub->wait_over_ms = settled;
    }
    if (request->until_ms == 0 || settled < request->until_ms) {
        request->until_ms = settled;
    }
}

static void wait_timeout(struct request *request)
{
    struct hub *hub = request->session->hub;
    uint64_t now = clock_mono_ms();
    /* It was asked about now, and the sample it asked for is not there: as long as for `status`. */
    uint64_t patience = request->asked_ms + HUB_SAMPLE_WAIT_MS;
    bool unseen = !hub_is_fresh(hub, request->asked_ms);
    if (unseen && now < patience) {
        request->until_ms = patience;
        return;
    }
    if (request->deadline_ms != 0 && now >= request->deadline_ms) {
        struct status status = session_status(request->session);
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        wait_over(request);
        request_error_data(request, WIRE_TIMED_OUT, "timed out", doc,
                           doc == NULL ? NULL : wire_status(doc, &status));
        yyjson_mut_doc_free(doc);
        return;
    }
    /* It should have settled by now: a sample will tell. */
    request->until_ms = request->deadline_ms;
    hub->config.look(hub->config.arg);
}

static void run_wait(struct request *request, const struct params *params)
{
    struct hub *hub = request->session->hub;
    bool busy = false;
    uint64_t settle_ms = 0, timeout_ms = UINT64_MAX;
    if (!params_fit(request, params)) {
        return;
    }
    if (!params_word(params, 0, "idle", "busy", &busy)) {
        request_bad_param(request, "for", "idle or busy");
        return;
    }
    if (!params_number(params, 1, 0, MOST_WAIT_MS, &settle_ms)) {
        request_bad_param(request, "settle_ms", "milliseconds, up to a year");
        return;
    }
    if (!params_number(params, 2, 0, MOST_WAIT_MS, &timeout_ms)) {
        request_bad_param(request, "timeout_ms", "milliseconds, up to a year");
        return;
    }
    request->waits = true;
    request->wanted = busy ? VERDICT_BUSY : VERDICT_IDLE;
    request->settle_ms = settle_ms;
    request->asked_ms = clock_mono_ms();
    request->deadline_ms = timeout_ms == UINT64_MAX ? 0 : request->asked_ms + timeout_ms;
    request->until_ms = request->deadline_ms;
    request->sampled = try_wait;
    request->timeout = wait_timeout;
    request->abandoned = wait_over;
    hub->waits++;
    hub->config.waited(hub->config.arg, true);
    if (hub_is_fresh(hub, request->asked_ms)) {
        try_wait(request);
    } else {
        list_add(&hub->sampling, &request->waiting);
        hub->config.look(hub->config.arg);
    }
}

static void run_cancel(struct request *request, const struct params *params)
{
    yyjson_val *id = yyjson_is_arr(params->value) ? yyjson_arr_get(params->value, 0)
                                                  : yyjson_obj_get(params->value, "id");
    if (!params_fit(request, params)) {
        return;
    }
    if (!yyjson_is_str(id) && !yyjson_is_raw(id) && !yyjson_is_null(id)) {
        request_bad_param(request, "id", "the id of a request in flight");
        return;
    }
    char *text = request_id_text(id);
    if (text == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory", NULL, NULL);
        return;
    }
    struct session *session = request->session;
    struct request *other = requests_find(session, text, request);
    free(text);
    if (other != NULL) {
        if (other->abandoned != NULL) {
            other->abandoned(other);
        }
        request_error(other, WIRE_CANCELLED, "cancelled", NULL, NULL);
        if (session->closed || session->ending) {
            return; /* answering came to that, and this request went with the others */
        }
    }
    answer(request, other != NULL ? build_true : build_false);
}

/* ---- metrics ---- */

static const char *const metrics_params[] = {"format", NULL};

static yyjson_mut_val *build_metrics(struct request *request, yyjson_mut_doc *doc)
{
    const struct hub *hub = request->session->hub;
    struct metrics_now now = hub_metrics_now(hub);
    return metrics_json(doc, &hub->metrics, &now);
}

static yyjson_mut_val *build_metrics_text(struct request *request, yyjson_mut_doc *doc)
{
    size_t size;
    char *text = hub_metrics_text(request->session->hub, &size);
    yyjson_mut_val *value = text == NULL ? NULL : yyjson_mut_strncpy(doc, text, size);
    free(text);
    return value;
}

static void run_metrics(struct request *request, const struct params *params)
{
    bool text = false;
    if (!params_fit(request, params)) {
        return;
    }
    if (!params_word(params, 0, "object", "prometheus", &text)) {
        request_bad_param(request, "format", "object or prometheus");
        return;
    }
    answer(request, text ? build_metrics_text : build_metrics);
}

/* ---- the table ---- */

static const char *const no_params[] = {NULL};

static const struct method table[] = {
    {"about", no_params, false, run_about},
    {"status", no_params, false, run_status},
    {"history", history_params, false, run_history},
    {"subscribe", subscribe_params, true, run_subscribe},
    {"unsubscribe", unsubscribe_params, false, run_unsubscribe},
    {"wait", wait_params, true, run_wait},
    {"cancel", cancel_params, false, run_cancel},
    {"metrics", metrics_params, false, run_metrics},
};

const struct method *method_find(const char *name, size_t size)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strlen(table[i].name) == size && memcmp(table[i].name, name, size) == 0) {
            return &table[i];
        }
    }
    return NULL;
}
