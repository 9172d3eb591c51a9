/* history.c: reads the journal's history, one page at a time. */
#include "lib/client.h"

#include <string.h>

/* The largest page that the protocol allows. */
#define PAGE_EVENTS 256u

/* How long to wait before asking again for a page that was one too many (see is_crowded). */
#define CROWDED_MS 20u

static bool add_time(yyjson_mut_doc *doc, yyjson_mut_val *params, const char *key, int64_t at_ms)
{
    return at_ms == 0 || yyjson_mut_obj_add_val(doc, params, key, wire_time(doc, at_ms));
}

static bool add_seq(yyjson_mut_doc *doc, yyjson_mut_val *params, const char *key, uint64_t seq)
{
    return seq == 0 || yyjson_mut_obj_add_uint(doc, params, key, seq);
}

static yyjson_mut_val *page_params(yyjson_mut_doc *doc, const struct client_history *history)
{
    const struct msiwatch_history_query *query = &history->query;
    uint64_t after = query->after, before = query->before;
    uint64_t from = history->next != 0 ? history->next : history->cursor;
    if (from != 0) {
        *(query->newest_first != 0 ? &before : &after) = from;
    }
    uint64_t limit = PAGE_EVENTS;
    if (history->bounded && history->left < limit) {
        limit = history->left;
    }
    yyjson_mut_val *params = yyjson_mut_obj(doc);
    bool built = add_seq(doc, params, "after", after) && add_seq(doc, params, "before", before) &&
                 add_time(doc, params, "since", query->since_ms) &&
                 add_time(doc, params, "until", query->until_ms) &&
                 yyjson_mut_obj_add_uint(doc, params, "limit", limit) &&
                 (query->newest_first == 0 || yyjson_mut_obj_add_str(doc, params, "order", "desc"));
    return built ? params : NULL;
}

/* Takes over where the next page begins: after what the service has searched for this one, or, if
 * it does not say, after the last event. False: that is not further on, so the reading would never
 * end. */
static bool take_next(struct client_history *history, yyjson_val *next)
{
    uint64_t seq = yyjson_get_uint(next);
    bool onwards = yyjson_is_uint(next) && seq != 0 &&
                   (history->next == 0 ||
                    (history->query.newest_first != 0 ? seq < history->next : seq > history->next));
    history->next = onwards ? seq : 0;
    return onwards || next == NULL;
}

/* Takes over the page in rpc->doc. */
static uint32_t take_page(struct msiwatch *handle)
{
    struct client_history *history = &handle->history;
    struct rpc *rpc = &handle->rpc;
    yyjson_val *result = rpc->value;
    yyjson_val *events = yyjson_obj_get(result, "events");
    yyjson_val *more = yyjson_obj_get(result, "more");
    yyjson_val *next = yyjson_obj_get(result, "next");
    char journal[MSIWATCH_ID_SIZE];
    if (!yyjson_is_arr(events) || !yyjson_is_bool(more) ||
        !struct_read_text(yyjson_obj_get(result, "journal"), journal, sizeof journal) ||
        (yyjson_get_bool(more) && yyjson_arr_size(events) == 0 && next == NULL) ||
        !take_next(history, next)) {
        return rpc_garbled(rpc);
    }
    if (history->journal[0] != '\0' && strcmp(journal, history->journal) != 0) {
        history->begun = false;
        return CODE_RETRY;
    }
    memcpy(history->journal, journal, sizeof journal);
    history->more = yyjson_get_bool(more);
    yyjson_doc_free(history->page);
    history->page = rpc->doc;
    rpc->doc = NULL;
    rpc->value = NULL;
    yyjson_arr_iter_init(events, &history->events);
    return CODE_OK;
}

static bool is_crowded(const struct msiwatch *handle, uint32_t code)
{
    return code == CODE_OVER_LIMIT && strcmp(handle->rpc.error.limit, "history_reads") == 0;
}

/* The service lets only a few requests of a user wait for the disk at a time. They are done soon,
 * so a page that is refused for that reason is asked for again. */
static uint32_t fetch_page(struct msiwatch *handle, uint64_t deadline)
{
    for (;;) {
        yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
        yyjson_mut_val *params = page_params(doc, &handle->history);
        uint32_t code = client_call(handle, "history", doc, params, RPC_DROP, deadline);
        if (code == CODE_OK) {
            return take_page(handle);
        }
        uint64_t again = client_deadline(CROWDED_MS);
        if (!is_crowded(handle, code) || again >= deadline) {
            return code;
        }
        code = transport_sleep(handle->transport, again);
        if (code != CODE_OK) {
            return code;
        }
    }
}

uint32_t msiwatch_history_begin(struct msiwatch *handle, const struct msiwatch_history_query *query,
                                uint64_t timeout_ms)
{
    uint32_t code = client_begin_with(handle, query, HISTORY_QUERY_V1_SIZE);
    if (code != CODE_OK) {
        return code;
    }
    struct client_history *history = &handle->history;
    yyjson_doc_free(history->page);
    memset(history, 0, sizeof *history);
    struct_take(&history->query, sizeof history->query, query);
    history->left = history->query.limit;
    history->bounded = history->query.limit != 0;
    code = fetch_page(handle, client_deadline(timeout_ms));
    history->begun = code == CODE_OK;
    return client_end(handle, code);
}

/* Returns the next event, from this page or the next one. */
static uint32_t next_event(struct msiwatch *handle, uint64_t deadline, struct msiwatch_event *ours)
{
    struct client_history *history = &handle->history;
    if (!history->begun || (history->bounded && history->left == 0)) {
        return CODE_NO_MORE;
    }
    yyjson_val *value;
    while ((value = yyjson_arr_iter_next(&history->events)) == NULL) {
        if (!history->more) { /* or the service said that there are more, and deleted them since */
            return CODE_NO_MORE;
        }
        uint32_t code = fetch_page(handle, deadline);
        if (code != CODE_OK) {
            return code;
        }
    }
    bool onwards = struct_read_event(value, ours) &&
                   (history->cursor == 0 ||
                    (history->query.newest_first != 0 ? ours->seq < history->cursor
                                                      : ours->seq > history->cursor));
    if (!onwards || ours->seq == 0) { /* seq 0 does not exist; and if it does not move on, the
                                       * reading never ends */
        history->begun = false;
        return rpc_garbled(&handle->rpc);
    }
    history->cursor = ours->seq;
    if (history->bounded) {
        history->left--;
    }
    handle->shown = value;
    return CODE_OK;
}

uint32_t msiwatch_history_next(struct msiwatch *handle, uint64_t timeout_ms,
                               struct msiwatch_event *event)
{
    uint32_t code = client_begin_with(handle, event, EVENT_V1_SIZE);
    if (code != CODE_OK) {
        return code;
    }
    struct msiwatch_event ours;
    code = next_event(handle, client_deadline(timeout_ms), &ours);
    if (code == CODE_OK) {
        struct_give(event, &ours, sizeof ours);
    }
    return client_end(handle, code);
}
