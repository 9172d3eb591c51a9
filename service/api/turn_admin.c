/* turn_admin.c: the method turn.list; and turn.revoke and hold, for administrators. */
#include "api/api.h"
#include "api/methods.h"
#include "api/turns.h"

#include "api/label.h"
#include "base/clock.h"

#include <string.h>

/* How many waiting clients are listed, so that the answer stays below the limit of a line. */
#define MOST_LISTED 64u

/* False: the client is no administrator, and that was answered. */
static bool must_be_administrator(struct request *request)
{
    if (request->connection->access_level == ACCESS_ADMINISTRATOR) {
        return true;
    }
    request_error(request, WIRE_NOT_ALLOWED, "only for administrators");
    return false;
}

/* ---- turn.list ---- */

static yyjson_mut_val *listed(yyjson_mut_doc *doc, const struct seat *seat,
                              enum access_level access_level)
{
    yyjson_mut_val *object = seat_json(doc, seat, access_level);
    bool shown = access_level == ACCESS_ADMINISTRATOR && seat->why[0] != '\0';
    return yyjson_mut_obj_add_val(doc, object, "why",
                                  shown ? yyjson_mut_strcpy(doc, seat->why) : yyjson_mut_null(doc))
               ? object
               : NULL;
}

static yyjson_mut_val *build_list(struct request *request, yyjson_mut_doc *doc)
{
    struct api *api = api_of(request);
    const struct api_turns *all = &api->turns;
    enum access_level access_level = request->connection->access_level;
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_val(doc, root, "holder",
                                     all->holder == NULL
                                         ? yyjson_mut_null(doc)
                                         : listed(doc, all->holder, access_level)) &&
              yyjson_mut_obj_add_uint(doc, root, "waiting_count", all->queue.count);
    yyjson_mut_val *waiting = yyjson_mut_obj_add_arr(doc, root, "waiting");
    size_t count = 0;
    for (const struct list *node = all->waiting.next;
         ok && node != &all->waiting && count < MOST_LISTED; node = node->next, count++) {
        const struct seat *seat = LIST_ENTRY(node, struct seat, node);
        ok = yyjson_mut_arr_append(waiting, listed(doc, seat, access_level));
    }
    ok = ok && yyjson_mut_obj_add_val(doc, root, "hold", hold_json(doc, api, access_level));
    return ok ? root : NULL;
}

static void run_list(struct request *request, const struct params *params)
{
    (void)params;
    turns_arrange(api_of(request));
    request_answer(request, build_list);
}

/* ---- turn.revoke ---- */

static const struct param revoke_params[] = {{"turn", PARAM_NUMBER, 0,
                                              "the number of a waiting or current turn", .least = 1,
                                              .most = UINT64_MAX},
                                             {0}};

/* If the client still waits for the turn, its request is answered as cancelled. */
static void end_it(struct seat *seat)
{
    struct connection *connection = seat->connection;
    if (seat->state == SEAT_WAITING) {
        request_cancel(seat->request);
        connection_flush(connection);
        connection_rearm(connection);
    } else {
        seat_end(seat, TURN_END_REVOKED, NULL);
    }
}

static void run_revoke(struct request *request, const struct params *params)
{
    struct connection *connection = request->connection;
    uint64_t number = 0;
    if (!must_be_administrator(request) || !request_read(request, params, &number)) {
        return;
    }
    struct seat *seat = seat_find(api_of(request), number);
    if (seat == NULL) {
        request_bad_param(request, revoke_params[0].name, revoke_params[0].takes);
        return;
    }
    end_it(seat);
    if (connection_is_live(connection)) { /* otherwise this request ended with the connection */
        request_truth(request, true);
    }
}

/* ---- hold ---- */

struct asked {
    int64_t until_ms;
    yyjson_val *why;
    bool lift;
};

static const struct param hold_params[] = {
    {"until", PARAM_TIME, offsetof(struct asked, until_ms), .takes = "a time"},
    {"why", PARAM_TEXT, .at = offsetof(struct asked, why)},
    {"lift", PARAM_FLAG, .at = offsetof(struct asked, lift)},
    {0}};

static yyjson_mut_val *build_hold(struct request *request, yyjson_mut_doc *doc)
{
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    return yyjson_mut_obj_add_val(
               doc, root, "hold",
               hold_json(doc, api_of(request), request->connection->access_level))
               ? root
               : NULL;
}

static void run_hold(struct request *request, const struct params *params)
{
    struct connection *connection = request->connection;
    struct turns_brief hold = {0};
    struct asked asked = {.until_ms = INT64_MAX};
    if (!must_be_administrator(request) || !request_read(request, params, &asked)) {
        return;
    }
    if (!asked.lift) {
        hold.held = true;
        hold.held_until_known = asked.until_ms != INT64_MAX;
        hold.held_until_ms = hold.held_until_known ? asked.until_ms : 0;
        label_read(asked.why, MSIWATCH_STRING_CHARS, hold.held_why);
    }
    turns_set_hold(api_of(request), &hold);
    if (connection_is_live(connection)) {
        request_answer(request, build_hold);
    }
}

const struct rpc_method api_turn_list = {.name = "turn.list", .run = run_list};

const struct rpc_method api_turn_revoke = {
    .name = "turn.revoke",
    .params = revoke_params,
    .run = run_revoke,
};

const struct rpc_method api_hold = {.name = "hold", .params = hold_params, .run = run_hold};
