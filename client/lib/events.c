/* events.c: following the journal: subscribe, next, unsubscribe. */
#include "lib/client.h"

#include <string.h>

static bool read_subscription(yyjson_val *value, struct msiwatch_subscription *out,
                              struct msiwatch_status *status)
{
    yyjson_val *number = yyjson_obj_get(value, "subscription");
    yyjson_val *reset = yyjson_obj_get(value, "reset");
    if (!yyjson_is_uint(number) || !yyjson_is_bool(reset) ||
        !struct_read_text(yyjson_obj_get(value, "journal"), out->journal, sizeof out->journal)) {
        return false;
    }
    out->number = yyjson_get_uint(number);
    out->reset = yyjson_get_bool(reset);
    return struct_read_status(yyjson_obj_get(value, "status"), status);
}

static uint32_t subscribe(struct msiwatch *handle, const char *journal, uint64_t after,
                          uint64_t timeout_ms, struct msiwatch_subscription *ours,
                          struct msiwatch_status *status)
{
    struct rpc *rpc = &handle->rpc;
    if (rpc->connected && rpc->subscribed) {
        return CODE_EXISTS;
    }
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *params = yyjson_mut_obj(doc);
    bool built = (after == MSIWATCH_SEQ_LAST ||
                  yyjson_mut_obj_add_uint(doc, params, "after", after)) &&
                 (journal == NULL || yyjson_mut_obj_add_str(doc, params, "journal", journal));
    uint32_t code = client_call(handle, "subscribe", doc, built ? params : NULL, RPC_DISCONNECT,
                                client_deadline(timeout_ms));
    if (code == CODE_OK && !read_subscription(rpc->value, ours, status)) {
        return rpc_garbled(rpc);
    }
    if (code == CODE_OK) {
        rpc->subscribed = true;
        rpc->subscription = ours->number;
    }
    return code;
}

uint32_t msiwatch_subscribe(struct msiwatch *handle, const char *journal, uint64_t after,
                            uint64_t timeout_ms, struct msiwatch_subscription *subscription,
                            struct msiwatch_status *status)
{
    if (!struct_is_valid(subscription, SUBSCRIPTION_V1_SIZE) ||
        (status != NULL && !struct_is_valid(status, STATUS_V1_SIZE))) {
        return CODE_BAD_PARAMETER;
    }
    uint32_t code = client_begin(handle);
    if (code != CODE_OK) {
        return code;
    }
    struct msiwatch_subscription ours = {0};
    code = subscribe(handle, journal, after, timeout_ms, &ours, status);
    if (code == CODE_OK) {
        struct_give(subscription, &ours, sizeof ours);
    }
    return client_end(handle, code);
}

uint32_t msiwatch_unsubscribe(struct msiwatch *handle, uint64_t timeout_ms)
{
    uint32_t code = client_begin(handle);
    if (code != CODE_OK) {
        return code;
    }
    if (!handle->rpc.subscribed) {
        return client_end(handle, CODE_NO_SUBSCRIPTION);
    }
    uint64_t number = handle->rpc.subscription;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *params = yyjson_mut_obj(doc);
    bool built = yyjson_mut_obj_add_uint(doc, params, "subscription", number);
    if (built) { /* whatever the answer is, nobody reads the events that come after this */
        rpc_forget_subscription(&handle->rpc);
    }
    code = client_call(handle, "unsubscribe", doc, built ? params : NULL, RPC_DROP,
                       client_deadline(timeout_ms));
    return client_end(handle, code);
}

/* Fills in *out from a notification; *shown is the part of it that msiwatch_get_json returns. */
static bool read_notification(yyjson_val *root, struct msiwatch_event *out, yyjson_val **shown)
{
    yyjson_val *method = yyjson_obj_get(root, "method");
    yyjson_val *params = yyjson_obj_get(root, "params");
    *shown = root;
    if (yyjson_equals_str(method, "event")) {
        *shown = yyjson_obj_get(params, "event");
        return struct_read_event(*shown, out);
    }
    memset(out, 0, sizeof *out);
    if (yyjson_equals_str(method, "gap")) {
        yyjson_val *from = yyjson_obj_get(params, "from"), *to = yyjson_obj_get(params, "to");
        out->kind = MSIWATCH_EVENT_GAP;
        out->first = yyjson_get_uint(from);
        out->seq = yyjson_get_uint(to);
        return yyjson_is_uint(from) && yyjson_is_uint(to) && out->first <= out->seq;
    }
    yyjson_val *after = yyjson_obj_get(params, "after");
    out->kind = MSIWATCH_EVENT_RESET;
    out->seq = yyjson_is_uint(after) ? yyjson_get_uint(after) : MSIWATCH_SEQ_LAST;
    return struct_read_text(yyjson_obj_get(params, "journal"), out->journal, sizeof out->journal);
}

uint32_t msiwatch_next(struct msiwatch *handle, uint64_t timeout_ms, struct msiwatch_event *event)
{
    uint32_t code = client_begin_with(handle, event, EVENT_V1_SIZE);
    if (code != CODE_OK) {
        return code;
    }
    struct rpc *rpc = &handle->rpc;
    if (!rpc->subscribed) {
        return client_end(handle, rpc->connected ? CODE_NO_SUBSCRIPTION : CODE_NOT_CONNECTED);
    }
    struct msiwatch_event ours;
    yyjson_val *shown = NULL;
    code = rpc_next(rpc, client_deadline(timeout_ms));
    if (code == CODE_OK && !read_notification(rpc->value, &ours, &shown)) {
        code = rpc_garbled(rpc);
        shown = NULL;
    }
    handle->shown = code == CODE_OK ? shown : rpc->value;
    if (code == CODE_OK) {
        struct_give(event, &ours, sizeof ours);
    }
    return client_end(handle, code);
}
