/* turn_admin.c: the method turn.list; and turn.revoke and hold, for administrators. */
#include "api/api.h"
#include "api/methods.h"
#include "api/turns.h"

#include "api/label.h"
#include "base/clock.h"
#include "rpc/params.h"

#include <string.h>

/* How many waiting clients are listed, so that the answer stays below the limit of a line. */
#define MOST_LISTED 64u

static bool add(yyjson_mut_doc *doc, yyjson_mut_val *object, const char *key, yyjson_mut_val *value)
{
    return value != NULL && yyjson_mut_obj_add_val(doc, object, key, value);
}

/* False: the client is no administrator, and that was answered. */
static bool must_be_administrator(struct request *request)
{
    if (request->connection->access_level == ACCESS_ADMINISTRATOR) {
        return true;
    }
    request_error(request, WIRE_NOT_ALLOWED, "only for administrators", NULL, NULL);
    return false;
}

/* ---- turn.list ---- */

static yyjson_mut_val *listed(yyjson_mut_doc *doc, const struct seat *seat,
                              enum access_level access_level)
{
    yyjson_mut_val *object = seat_json(doc, seat, access_level);
    bool shown = access_level == ACCESS_ADMINISTRATOR && seat->why[0] != '\0';
    return add(doc, object, "why", shown ? yyjson_mut_strcpy(doc, seat->why) : yyjson_mut_null(doc))
               ? object
               : NULL;
}

static yyjson_mut_val *build_list(struct request *request, yyjson_mut_doc *doc)
{
    struct api *api = api_of(request);
    const struct api_turns *all = &api->turns;
    enum access_level access_level = request->connection->access_level;
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool ok = add(doc, root, "holder",
                  all->holder == NULL ? yyjson_mut_null(doc)
                                      : listed(doc, all->holder, access_level)) &&
              yyjson_mut_obj_add_uint(doc, root, "waiting_count", all->queue.count);
    yyjson_mut_val *waiting = yyjson_mut_obj_add_arr(doc, root, "waiting");
    size_t count = 0;
    for (const struct list *node = all->waiting.next;
         ok && node != &all->waiting && count < MOST_LISTED; node = node->next, count++) {
        const struct seat *seat = LIST_ENTRY(node, struct seat, node);
        ok = yyjson_mut_arr_append(waiting, listed(doc, seat, access_level));
    }
    ok = ok && add(doc, root, "hold", hold_json(doc, api, access_level));
    return ok ? root : NULL;
}

static void run_list(struct request *request, const struct params *params)
{
    (void)params;
    turns_arrange(api_of(request));
    request_answer(request, build_list);
}

/* ---- turn.revoke ---- */

static const char *const revoke_names[] = {"turn", NULL};

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
    if (!must_be_administrator(request)) {
        return;
    }
    bool read = params_number(params, 0, 1, UINT64_MAX, &number);
    struct seat *seat = read ? seat_find(api_of(request), number) : NULL;
    if (seat == NULL) {
        request_bad_param(request, "turn", "the number of a waiting or current turn");
        return;
    }
    end_it(seat);
    if (connection_is_live(connection)) { /* otherwise this request ended with the connection */
        request_truth(request, true);
    }
}

/* ---- hold ---- */

static const char *const hold_names[] = {"until", "why", "lift", NULL};

static yyjson_mut_val *build_hold(struct request *request, yyjson_mut_doc *doc)
{
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    return add(doc, root, "hold",
               hold_json(doc, api_of(request), request->connection->access_level))
               ? root
               : NULL;
}

static void run_hold(struct request *request, const struct params *params)
{
    struct connection *connection = request->connection;
    struct turns_brief hold = {.held = true};
    bool lift = false;
    yyjson_val *why = params_get(params, 1);
    if (!must_be_administrator(request)) {
        return;
    }
    if (!params_time(params, 0, &hold.held_until_ms)) {
        request_bad_param(request, "until", "a time");
        return;
    }
    hold.held_until_known = params_get(params, 0) != NULL;
    if (why != NULL && !yyjson_is_str(why)) {
        request_bad_param(request, "why", "a text");
        return;
    }
    if (!params_flag(params, 2, &lift)) {
        request_bad_param(request, "lift", "true or false");
        return;
    }
    if (why != NULL) {
        label_clean(yyjson_get_str(why), yyjson_get_len(why), MSIWATCH_STRING_CHARS, hold.held_why);
    }
    if (lift) {
        memset(&hold, 0, sizeof hold);
    }
    turns_set_hold(api_of(request), &hold);
    if (connection_is_live(connection)) {
        request_answer(request, build_hold);
    }
}

const struct rpc_method api_turn_list = {.name = "turn.list", .run = run_list};

const struct rpc_method api_turn_revoke = {
    .name = "turn.revoke",
    .params = revoke_names,
    .run = run_revoke,
};

const struct rpc_method api_hold = {.name = "hold", .params = hold_names, .run = run_hold};
