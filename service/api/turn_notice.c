/* turn_notice.c: sends the notification `turn` to clients that wait for a turn or have it. */
#include "api/turns.h"

#include "api/api.h"
#include "base/clock.h"
#include "decide/turns_order.h"

#include <stdlib.h>

#define ROUND_MS UINT64_C(1000)
/* A change is sent after this pause, so that a client that gets its turn immediately gets no other
 * notification before. */
#define PAUSE_MS UINT64_C(100)
/* How many of the clients ahead a notification names. */
#define MOST_AHEAD 8u
/* A queue of up to this length is sorted whenever it has changed. */
#define MOST_CHEAP 64u

/* ---- JSON ---- */

yyjson_mut_val *seat_json(yyjson_mut_doc *doc, const struct seat *seat,
                          enum access_level access_level)
{
    struct turn_info info = seat->info;
    access_level_cut_turn(access_level, &info);
    return wire_turn(doc, &info);
}

yyjson_mut_val *hold_json(yyjson_mut_doc *doc, struct api *api, enum access_level access_level)
{
    struct status status = api_status(api, access_level);
    return wire_hold(doc, &status.turns);
}

static yyjson_mut_val *holder_json(yyjson_mut_doc *doc, const struct api *api,
                                   enum access_level access_level)
{
    const struct seat *holder = api->turns.holder;
    return holder == NULL ? yyjson_mut_null(doc) : seat_json(doc, holder, access_level);
}

static yyjson_mut_val *ahead_json(yyjson_mut_doc *doc, const struct seat *seat,
                                  enum access_level access_level)
{
    const struct list *waiting = &seat->api->turns.waiting;
    yyjson_mut_val *ahead = yyjson_mut_arr(doc);
    size_t count = 0;
    for (const struct list *node = waiting->next; node != &seat->node && count < MOST_AHEAD;
         node = node->next, count++) {
        const struct seat *other = LIST_ENTRY(node, struct seat, node);
        if (!yyjson_mut_arr_append(ahead, seat_json(doc, other, access_level))) {
            return NULL;
        }
    }
    return ahead;
}

static const char *state_name(enum seat_state state)
{
    static const char *const names[] = {"waiting", "out", "expiring", "ended"};
    return names[state];
}

static yyjson_mut_val *build(yyjson_mut_doc *doc, const struct seat *seat,
                             enum access_level access_level)
{
    yyjson_mut_val *params = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_uint(doc, params, "turn", seat->info.number) &&
              yyjson_mut_obj_add_str(doc, params, "state", state_name(seat->state));
    switch (seat->state) {
    case SEAT_WAITING:
        ok = ok && yyjson_mut_obj_add_uint(doc, params, "position", seat->position) &&
             yyjson_mut_obj_add_val(doc, params, "ahead", ahead_json(doc, seat, access_level)) &&
             yyjson_mut_obj_add_val(doc, params, "holder",
                                    holder_json(doc, seat->api, access_level)) &&
             yyjson_mut_obj_add_val(doc, params, "hold", hold_json(doc, seat->api, access_level));
        break;
    case SEAT_EXPIRING:
        ok = ok &&
             yyjson_mut_obj_add_val(
                 doc, params, "ends_at",
                 wire_time(doc, clock_wall_ms() + (int64_t)(seat->ends_ms - clock_mono_ms())));
        break;
    case SEAT_ENDED:
        ok = ok && yyjson_mut_obj_add_str(doc, params, "ended", turn_end_name(seat->end));
        break;
    case SEAT_OUT:
        break;
    }
    return ok ? params : NULL;
}

void seat_tell(struct connection *connection, struct seat *seat)
{
    static const char head[] = "{\"jsonrpc\":\"2.0\",\"method\":\"turn\",\"params\":";
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *params = doc == NULL ? NULL : build(doc, seat, connection->access_level);
    size_t size = 0;
    char *json = params == NULL
                     ? NULL
                     : yyjson_mut_val_write_opts(params, YYJSON_WRITE_NOFLAG, NULL, &size, NULL);
    yyjson_mut_doc_free(doc);
    if (json == NULL) {
        connection_close(connection);
        return;
    }
    uv_buf_t parts[] = {
        connection_part(head, sizeof head - 1),
        connection_part(json, size),
        connection_part("}", 1),
    };
    connection_write(connection, parts, 3);
    free(json);
}

yyjson_mut_val *seat_answer(yyjson_mut_doc *doc, struct api *api, const struct seat *seat,
                            enum access_level access_level, uint64_t waited_ms, bool nested)
{
    const char *journal = journal_info(api->config.journal)->id;
    struct status status = api_status(api, access_level);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_uint(doc, root, "turn", seat->info.number) &&
              yyjson_mut_obj_add_strcpy(doc, root, "journal", journal) &&
              yyjson_mut_obj_add_uint(doc, root, "waited_ms", waited_ms) &&
              yyjson_mut_obj_add_bool(doc, root, "blind", seat->blind) &&
              yyjson_mut_obj_add_bool(doc, root, "nested", nested) &&
              yyjson_mut_obj_add_val(doc, root, "status", wire_status(doc, &status));
    return ok ? root : NULL;
}

/* ---- who gets a notification, and when ---- */

/* Whether the order is recent enough: sorting a long queue is slow, and anybody may ask for the
 * list. */
static bool is_arranged(const struct api_turns *all, uint64_t now_ms)
{
    const struct turns *queue = &all->queue;
    bool same = all->arranged_numbers == queue->numbers && all->arranged_count == queue->count;
    uint64_t keep_ms = same ? ROUND_MS : queue->count > MOST_CHEAP ? PAUSE_MS : 0;
    return all->arranged_ms != 0 && now_ms - all->arranged_ms < keep_ms;
}

void turns_arrange(struct api *api)
{
    struct api_turns *all = &api->turns;
    struct turns *queue = &all->queue;
    uint64_t now_ms = clock_mono_ms();
    if (is_arranged(all, now_ms)) {
        return;
    }
    const struct turn **order = malloc((queue->count + 1) * sizeof(const struct turn *));
    if (order == NULL) {
        return;
    }
    turns_order(queue, now_ms, order);
    for (size_t i = 0; i < queue->count; i++) {
        struct seat *seat = order[i]->owner;
        list_remove(&seat->node);
        list_add(&all->waiting, &seat->node);
    }
    free(order);
    all->arranged_ms = now_ms;
    all->arranged_numbers = queue->numbers;
    all->arranged_count = queue->count;
}

static bool has_news(struct seat *seat, const struct api_turns *all)
{
    uint64_t holder = all->holder == NULL ? 0 : all->holder->info.number;
    bool news = seat->news || seat->told_position != seat->position ||
                seat->told_holder != holder || seat->told_held != all->brief.held;
    seat->told_position = seat->position;
    seat->told_holder = holder;
    seat->told_held = all->brief.held;
    seat->news = false;
    return news;
}

static void tell_all(struct api_turns *all)
{
    struct list aside;
    size_t position = 0;
    for (struct list *node = all->waiting.next; node != &all->waiting; node = node->next) {
        struct seat *seat = LIST_ENTRY(node, struct seat, node);
        seat->position = ++position;
        seat->stale = has_news(seat, all) || seat->stale;
    }
    struct seat *holder = all->holder;
    if (holder != NULL && holder->news) {
        holder->news = false;
        holder->stale = true;
        connection_flush(holder->connection);
    }
    /* A flush may end a connection, and others with it. So first collect all seats that will be
     * notified, while the order is still the one that the notifications describe. */
    list_init(&aside);
    for (struct list *node = all->waiting.next; node != &all->waiting; node = node->next) {
        struct seat *seat = LIST_ENTRY(node, struct seat, node);
        if (seat->stale) {
            list_init(&seat->telling);
            list_add(&aside, &seat->telling);
        }
    }
    while (!list_empty(&aside)) {
        struct seat *seat = LIST_ENTRY(aside.next, struct seat, telling);
        list_remove(&seat->telling);
        connection_flush(seat->connection);
    }
}

uint64_t turns_tell(struct api *api, uint64_t now_ms)
{
    struct api_turns *all = &api->turns;
    if (!all->changed) {
        return UINT64_MAX;
    }
    if (all->telling_ms == 0) {
        uint64_t next = all->told_ms + ROUND_MS;
        all->telling_ms = next > now_ms + PAUSE_MS ? next : now_ms + PAUSE_MS;
    }
    if (now_ms < all->telling_ms) {
        return all->telling_ms;
    }
    all->changed = false;
    all->telling_ms = 0;
    all->told_ms = now_ms;
    turns_arrange(api);
    tell_all(all);
    return UINT64_MAX;
}
