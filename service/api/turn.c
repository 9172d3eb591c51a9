/* turn.c: the methods turn.acquire and turn.release. */
#include "api/api.h"
#include "api/methods.h"
#include "api/self_wait.h"
#include "api/turns.h"

#include "api/label.h"
#include "base/clock.h"
#include "rpc/params.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SETTLE_MS UINT64_C(60000)
#define MOST_WAIT_MS (UINT64_C(1000) * 86400 * 366)

/* ---- the request ---- */

enum {
    LABEL,
    WHY,
    CLASS,
    SETTLE_MS,
    TIMEOUT_MS,
    FOR_PID,
    INSIDE,
    REQUIRE_KNOWN,
    IGNORE_HOLD,
    EVEN_IF_NESTED
};

static const char *const acquire_names[] = {
    "label",  "why",           "class",       "settle_ms",      "timeout_ms", "for_pid",
    "inside", "require_known", "ignore_hold", "even_if_nested", NULL};

/* The state of a request turn.acquire. */
struct acquire {
    struct seat *seat; /* NULL: not in the queue yet, or no longer */
    struct turn_wish wish;
    uint64_t asked_ms, deadline_ms, for_pid; /* deadline_ms 0: there is none */
    bool even_if_nested;
};

static bool read_text(const struct params *params, size_t n, size_t characters, char *out)
{
    yyjson_val *value = params_get(params, n);
    if (value != NULL && yyjson_is_str(value)) {
        label_clean(yyjson_get_str(value), yyjson_get_len(value), characters, out);
    }
    return value == NULL || yyjson_is_str(value);
}

/* The name of the first parameter that is wrong, and in *takes what it takes; NULL: all are
 * valid. */
static const char *read_params(const struct params *params, struct acquire *acquire,
                               struct seat *seat, const char **takes)
{
    struct turn_wish *wish = &acquire->wish;
    uint64_t timeout_ms = UINT64_MAX;
    *takes = "a text";
    if (!read_text(params, LABEL, MSIWATCH_LABEL_CHARS, seat->info.label)) {
        return "label";
    }
    if (!read_text(params, WHY, MSIWATCH_STRING_CHARS, seat->why)) {
        return "why";
    }
    *takes = "normal or background";
    if (!params_word(params, CLASS, "normal", "background", &wish->background)) {
        return "class";
    }
    *takes = "milliseconds, up to a minute";
    if (!params_number(params, SETTLE_MS, 0, MOST_SETTLE_MS, &wish->settle_ms)) {
        return "settle_ms";
    }
    *takes = "milliseconds, up to a year";
    if (!params_number(params, TIMEOUT_MS, 0, MOST_WAIT_MS, &timeout_ms)) {
        return "timeout_ms";
    }
    acquire->deadline_ms = timeout_ms == UINT64_MAX ? 0 : acquire->asked_ms + timeout_ms;
    *takes = "the id of a process";
    if (!params_number(params, FOR_PID, 1, UINT32_MAX, &acquire->for_pid)) {
        return "for_pid";
    }
    *takes = "true or false";
    if (!params_flag(params, REQUIRE_KNOWN, &wish->require_known)) {
        return "require_known";
    }
    if (!params_flag(params, IGNORE_HOLD, &wish->ignore_hold)) {
        return "ignore_hold";
    }
    return params_flag(params, EVEN_IF_NESTED, &acquire->even_if_nested) ? NULL : "even_if_nested";
}

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
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    on_cancel(request);
    if (connection_is_live(connection)) { /* otherwise this request ended with the connection */
        request->on_cancel = NULL;
        request_error_data(request, WIRE_TIMED_OUT, "timed out", doc,
                           doc == NULL ? NULL : wire_status(doc, &status));
    }
    yyjson_mut_doc_free(doc);
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
        request_error(request, WIRE_INTERNAL, "out of memory", NULL, NULL);
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
    seat->administrator = acquire->wish.administrator;
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
    request->deadline_ms = acquire->deadline_ms;
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
        request_error(request, WIRE_NOT_ALLOWED, "only administrators may ignore a hold", NULL,
                      NULL);
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
    yyjson_val *inside = params_get(params, INSIDE);
    const char *takes;
    if (inside != NULL && !yyjson_is_str(inside)) {
        request_bad_param(request, "inside", "the value of MSIWATCH_TURN");
        return;
    }
    struct seat *seat = calloc(1, sizeof *seat);
    if (seat == NULL) {
        request_error(request, WIRE_INTERNAL, "out of memory", NULL, NULL);
        return;
    }
    acquire->asked_ms = clock_mono_ms();
    seat->api = api_of(request);
    seat->connection = request->connection;
    seat->request = request;
    const char *wrong = read_params(params, acquire, seat, &takes);
    if (wrong != NULL) {
        free(seat);
        request_bad_param(request, wrong, takes);
    } else if (is_inside(request, yyjson_get_str(inside))) {
        free(seat);
        request_answer(request, build_nested);
    } else if (!may_enter(request, acquire, seat)) {
        free(seat);
    } else {
        say_who(request, acquire);
        enter(request, acquire, seat);
    }
}

/* ---- release ---- */

static const char *const release_names[] = {"exit_code", NULL};

static void refuse_release(struct request *request, const struct seat *seat)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *data = yyjson_mut_obj(doc);
    bool ok = seat == NULL || seat->state != SEAT_ENDED
                  ? yyjson_mut_obj_add_null(doc, data, "ended")
                  : yyjson_mut_obj_add_str(doc, data, "ended", turn_end_name(seat->end));
    request_error_data(request, WIRE_NO_TURN, "this connection has no turn", doc, ok ? data : NULL);
    yyjson_mut_doc_free(doc);
}

static void run_release(struct request *request, const struct params *params)
{
    struct connection *connection = request->connection;
    struct seat *seat = seat_of(connection);
    uint64_t code = UINT64_MAX;
    if (!params_number(params, 0, 0, UINT32_MAX, &code)) {
        request_bad_param(request, "exit_code", "a whole number of 32 bits");
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
    .params = acquire_names,
    .waits = true,
    .state_size = sizeof(struct acquire),
    .run = run_acquire,
};

const struct rpc_method api_turn_release = {
    .name = "turn.release",
    .params = release_names,
    .run = run_release,
};
