/* turn.c: the methods turn.acquire and turn.release. */
#include "api/api.h"
#include "api/methods.h"
#include "api/self_wait.h"
#include "api/turns.h"

#include "api/label.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the request ---- */

/* The state of a request turn.acquire. */
struct acquire {
    struct seat *seat; /* NULL: not in the queue yet, or no longer */
    struct turn_wish wish;
    uint64_t asked_ms, timeout_ms, for_pid;
    bool even_if_nested;
    yyjson_val *label, *why, *inside; /* the request's; used until it has a seat */
};

static const struct param acquire_params[] = {
    {"label", PARAM_TEXT, .at = offsetof(struct acquire, label)},
    {"why", PARAM_TEXT, .at = offsetof(struct acquire, why)},
    {"class", PARAM_WORD, offsetof(struct acquire, wish.background), "normal or background",
     .first = "normal", .other = "background"},
    {"settle_ms", PARAM_NUMBER, offsetof(struct acquire, wish.settle_ms),
     "milliseconds, up to a minute", .most = 60000},
    {"timeout_ms", PARAM_NUMBER, offsetof(struct acquire, timeout_ms), API_MOST_WAIT},
    {"for_pid", PARAM_NUMBER, offsetof(struct acquire, for_pid), "the id of a process", .least = 1,
     .most = UINT32_MAX},
    {"inside", PARAM_TEXT, offsetof(struct acquire, inside), .takes = "the value of MSIWATCH_TURN"},
    {"require_known", PARAM_FLAG, .at = offsetof(struct acquire, wish.require_known)},
    {"ignore_hold", PARAM_FLAG, .at = offsetof(struct acquire, wish.ignore_hold)},
    {"even_if_nested", PARAM_FLAG, .at = offsetof(struct acquire, even_if_nested)},
    {0}};

/* ---- the client ---- */

static bool is_administrator(const struct request *request)
{
    return request->connection->access_level == ACCESS_ADMINISTRATOR;
}

static void say_who(const struct request *request, struct acquire *acquire)
{
    const struct client_process *client = &request->connection->client;
    struct turn_wish *wish = &acquire->wish;
    _Static_assert(TURNS_USER_BYTES >= CLIENT_USER_BYTES, "a user must fit");
    wish->pid = client->pid;
    wish->administrator = is_administrator(request);
    wish->user_size = client->user_size;
    memcpy(wish->user, client->user, client->user_size);
}

/* Finds the process that the turn is for. False: for_pid names a process that it cannot be for. */
static bool find_process(const struct request *request, const struct acquire *acquire,
                         struct seat *seat)
{
    const struct processes *processes = api_processes(api_of(request));
    uint32_t pid = request->connection->client.pid;
    struct process self = {0};
    bool known = pid != 0 && processes->read(processes->arg, pid, &self);
    if (acquire->for_pid != 0) {
        seat->for_other = true;
        if (!known ||
            !process_find_above(processes, pid, (uint32_t)acquire->for_pid, &seat->process) ||
            !process_same_user(&self, &seat->process)) {
            return false;
        }
    } else if (known) {
        seat->process = self;
    }
    seat->info.pid = acquire->for_pid != 0 ? (uint32_t)acquire->for_pid : pid;
    if (known && processes->image != NULL) {
        processes->image(processes->arg, seat->info.pid, seat->info.image);
    }
    return true;
}

/* ---- waiting ---- */

static void on_cancel(struct request *request)
{
    struct acquire *acquire = request->state;
    struct seat *seat = acquire->seat;
    acquire->seat = NULL;
    if (seat != NULL) {
        seat_leave(seat);
    }
}

static void on_deadline(struct request *request)
{
    struct api *api = api_of(request);
    const struct connection *connection = request->connection;
    const struct acquire *acquire = request->state;
    /* The sample that it requested has not come yet: wait for it as long as `status` does. */
    uint64_t patience = acquire->asked_ms + API_SAMPLE_WAIT_MS;
    if (api->status.seen.mono_ms < acquire->asked_ms && clock_mono_ms() < patience) {
        request->deadline_ms = patience;
        return;
    }
    struct status status = api_status_for(request);
    on_cancel(request);
    if (connection_is_live(connection)) { /* otherwise this request ended with the connection */
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        request->on_cancel = NULL;
        request_error_data(request, WIRE_TIMED_OUT, "timed out", doc,
                           doc == NULL ? NULL : wire_status(doc, &status));
    }
}

static void refuse(struct request *request, enum turn_refusal refusal)
{
    switch (refusal) {
    case TURN_OVER_PROCESS:
        request_over_limit(request, "turns_process", "too many turns of one process");
        break;
    case TURN_OVER_USER:
        request_over_limit(request, "turns_user", "too many turns of one user");
        break;
    case TURN_OVER_TOTAL:
        request_over_limit(request, "turns", "too many turns");
        break;
    default:
        request_error(request, WIRE_INTERNAL, "out of memory");
    }
}

/* Puts the request into the queue; everything was checked. The queue takes over the seat, or it is
 * freed. */
static void enter(struct request *request, struct acquire *acquire, struct seat *seat)
{
    struct api *api = api_of(request);
    seat->asked_ms = acquire->asked_ms;
    seat->info.since_ms = clock_wall_ms();
    seat->info.background = acquire->wish.background;
    acquire->wish.owner = seat;
    enum turn_refusal refusal = seat_enter(seat, &acquire->wish);
    if (refusal != TURN_WAITS) {
        free(seat);
        refuse(request, refusal);
        return;
    }
    acquire->seat = seat;
    request->on_cancel = on_cancel;
    request->on_deadline = on_deadline;
    request->deadline_ms = acquire->timeout_ms == UINT64_MAX
                               ? 0
                               : acquire->asked_ms + acquire->timeout_ms;
    turns_pump(api);
}

/* Whether the request may wait. If not, it was answered with the reason. */
static bool may_enter(struct request *request, const struct acquire *acquire, struct seat *seat)
{
    struct seat *before = seat_of(request->connection);
    if (before != NULL && before->state != SEAT_ENDED) {
        request_over_limit(request, "turns_connection", "this connection already has a turn");
        return false;
    }
    if (acquire->wish.ignore_hold && !is_administrator(request)) {
        request_error(request, WIRE_NOT_ALLOWED, "only administrators may ignore a hold");
        return false;
    }
    seat->self_wait.turns = true;
    seat->self_wait.due_ms = acquire->even_if_nested ? UINT64_MAX : acquire->asked_ms;
    if (!acquire->even_if_nested && self_wait_found(&seat->self_wait, request)) {
        self_wait_refuse(request, &seat->self_wait);
        return false;
    }
    seat->self_wait.turns = false; /* a turn that is granted later belongs to another client */
    if (!find_process(request, acquire, seat)) {
        request_bad_param(
            request, "for_pid",
            "the id of a running process that started the client, with the same user and session");
        return false;
    }
    return true;
}

/* ---- nested: inside the current turn ---- */

static yyjson_mut_val *build_nested(struct request *request, yyjson_mut_doc *doc)
{
    struct api *api = api_of(request);
    return seat_answer(doc, api, api->turns.holder, request->connection->access_level, 0, true);
}

/* Whether the client descends from the holder of the turn that it names. */
static bool is_inside(const struct request *request, const char *inside)
{
    const struct api *api = api_of(request);
    const struct seat *holder = api->turns.holder;
    char token[96];
    if (inside == NULL || holder == NULL || holder->process.pid == 0) {
        return false;
    }
    snprintf(token, sizeof token, "%s:%" PRIu64, journal_info(api->config.journal)->id,
             holder->info.number);
    return strcmp(inside, token) == 0 &&
           process_descends(api_processes(api), request->connection->client.pid, &holder->process);
}

static void run_acquire(struct request *request, const struct params *params)
{
    struct acquire *acquire = request->state;
    acquire->asked_ms = clock_mono_ms();
    acquire->timeout_ms = UINT64_MAX;
    if (!request_read(request, params, acquire)) {
        return;
    }
    if (is_inside(request, yyjson_get_str(acquire->inside))) {
        request_answer(request, build_nested);
        return;
    }
    struct seat *seat = calloc(1, sizeof *seat);
    if (seat == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory");
        return;
    }
    seat->api = api_of(request);
    seat->connection = request->connection;
    seat->request = request;
    label_read(acquire->label, MSIWATCH_LABEL_CHARS, seat->info.label);
    label_read(acquire->why, MSIWATCH_STRING_CHARS, seat->why);
    if (!may_enter(request, acquire, seat)) {
        free(seat);
        return;
    }
    say_who(request, acquire);
    enter(request, acquire, seat);
}

/* ---- release ---- */

static const struct param release_params[] = {
    {"exit_code", PARAM_NUMBER, 0, "a whole number of 32 bits", .most = UINT32_MAX}, {0}};

static void refuse_release(struct request *request, const struct seat *seat)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *data = yyjson_mut_obj(doc);
    bool ok = seat == NULL || seat->state != SEAT_ENDED
                  ? yyjson_mut_obj_add_null(doc, data, "ended")
                  : yyjson_mut_obj_add_str(doc, data, "ended", turn_end_name(seat->end));
    request_error_data(request, WIRE_NO_TURN, "this connection has no turn", doc, ok ? data : NULL);
}

static void run_release(struct request *request, const struct params *params)
{
    struct connection *connection = request->connection;
    struct seat *seat = seat_of(connection);
    uint64_t code = UINT64_MAX;
    if (!request_read(request, params, &code)) {
        return;
    }
    if (seat == NULL || seat->state == SEAT_WAITING || seat->state == SEAT_ENDED) {
        refuse_release(request, seat);
        return;
    }
    int64_t exit_code = (int64_t)code;
    seat_end(seat, TURN_END_RELEASED, code == UINT64_MAX ? NULL : &exit_code);
    if (connection_is_live(connection)) { /* otherwise this request ended with the connection */
        request_truth(request, true);
    }
}

const struct rpc_method api_turn_acquire = {
    .name = "turn.acquire",
    .params = acquire_params,
    .waits = true,
    .state_size = sizeof(struct acquire),
    .run = run_acquire,
};

const struct rpc_method api_turn_release = {
    .name = "turn.release",
    .params = release_params,
    .run = run_release,
};
