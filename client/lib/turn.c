/* turn.c: turns: asks for one, passes on what the service says about it, releases it. */
#include "lib/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool on_told(void *arg, yyjson_val *params)
{
    struct msiwatch *handle = arg;
    if (handle->turn.told != NULL) {
        char *json = yyjson_val_write(params, YYJSON_WRITE_NOFLAG, NULL);
        if (json != NULL) {
            handle->turn.told(handle->turn.arg, json);
        }
        free(json);
    }
    return yyjson_equals_str(yyjson_obj_get(params, "state"), "ended");
}

static void on_tick(void *arg)
{
    struct msiwatch *handle = arg;
    handle->turn.told(handle->turn.arg, NULL);
}

static bool add_text(yyjson_mut_doc *doc, yyjson_mut_val *params, const char *key, const char *text)
{
    return text == NULL || text[0] == '\0' || yyjson_mut_obj_add_strcpy(doc, params, key, text);
}

static bool add_inside(yyjson_mut_doc *doc, yyjson_mut_val *params, const char *inside)
{
    char variable[MSIWATCH_TURN_ID_SIZE];
    if (inside == NULL) {
        transport_variable("MSIWATCH_TURN", variable, sizeof variable);
        inside = variable;
    }
    return add_text(doc, params, "inside", inside);
}

static bool add_options(yyjson_mut_doc *doc, yyjson_mut_val *params,
                        const struct msiwatch_turn_options *options)
{
    static const struct {
        uint32_t flag;
        const char *key;
    } flags[] = {{MSIWATCH_TURN_REQUIRE_KNOWN, "require_known"},
                 {MSIWATCH_TURN_IGNORE_HOLD, "ignore_hold"},
                 {MSIWATCH_TURN_EVEN_IF_NESTED, "even_if_nested"}};
    bool built = add_text(doc, params, "label", options->label) &&
                 add_text(doc, params, "why", options->why) &&
                 add_inside(doc, params, options->inside) &&
                 ((options->flags & MSIWATCH_TURN_BACKGROUND) == 0 ||
                  yyjson_mut_obj_add_str(doc, params, "class", "background")) &&
                 yyjson_mut_obj_add_uint(doc, params, "settle_ms", options->settle_ms) &&
                 (options->for_pid == 0 ||
                  yyjson_mut_obj_add_uint(doc, params, "for_pid", options->for_pid));
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        built = built && ((options->flags & flags[i].flag) == 0 ||
                          yyjson_mut_obj_add_bool(doc, params, flags[i].key, true));
    }
    return built;
}

static bool read_turn(yyjson_val *value, struct msiwatch_turn *out, struct msiwatch_status *status)
{
    yyjson_val *number = yyjson_obj_get(value, "turn");
    yyjson_val *waited = yyjson_obj_get(value, "waited_ms");
    yyjson_val *blind = yyjson_obj_get(value, "blind"), *nested = yyjson_obj_get(value, "nested");
    char journal[MSIWATCH_ID_SIZE];
    if (!yyjson_is_uint(number) || !yyjson_is_uint(waited) || !yyjson_is_bool(blind) ||
        !yyjson_is_bool(nested) ||
        !struct_read_text(yyjson_obj_get(value, "journal"), journal, sizeof journal) ||
        !struct_read_status(yyjson_obj_get(value, "status"), status)) {
        return false;
    }
    out->number = yyjson_get_uint(number);
    out->waited_ms = yyjson_get_uint(waited);
    out->blind = yyjson_get_bool(blind);
    out->nested = yyjson_get_bool(nested);
    snprintf(out->id, sizeof out->id, "%s:%llu", journal, (unsigned long long)out->number);
    return true;
}

static uint32_t acquire(struct msiwatch *handle, const struct msiwatch_turn_options *options,
                        uint64_t timeout_ms)
{
    uint64_t deadline = 0;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *params = yyjson_mut_obj(doc);
    if (!add_options(doc, params, options) ||
        !client_add_timeout(doc, params, timeout_ms, &deadline)) {
        yyjson_mut_doc_free(doc);
        return CODE_NO_MEMORY;
    }
    bool ticks = options->told != NULL && options->tell_every_ms != 0;
    struct rpc_call call = {.method = "turn.acquire",
                            .doc = doc,
                            .params = params,
                            .abandon = RPC_DISCONNECT,
                            .tick_ms = ticks ? options->tell_every_ms : 0,
                            .tick = on_tick,
                            .arg = handle};
    handle->turn = (struct client_turn){options->told, options->arg};
    handle->rpc.turn_told = on_told;
    handle->rpc.turn_arg = handle;
    return client_make(handle, &call, deadline);
}

#define ALL_FLAGS                                                                                  \
    (MSIWATCH_TURN_BACKGROUND | MSIWATCH_TURN_REQUIRE_KNOWN | MSIWATCH_TURN_IGNORE_HOLD |          \
     MSIWATCH_TURN_EVEN_IF_NESTED)

uint32_t msiwatch_turn_acquire(struct msiwatch *handle, const struct msiwatch_turn_options *options,
                               uint64_t timeout_ms, struct msiwatch_turn *turn,
                               struct msiwatch_status *status)
{
    struct msiwatch_turn_options given = {.size = sizeof given};
    if ((options != NULL && !struct_is_valid(options, TURN_OPTIONS_V1_SIZE)) ||
        (status != NULL && !struct_is_valid(status, STATUS_V1_SIZE))) {
        return CODE_BAD_PARAMETER;
    }
    if (options != NULL) {
        struct_take(&given, sizeof given, options);
    }
    if ((given.flags & ~ALL_FLAGS) != 0) {
        return CODE_BAD_PARAMETER;
    }
    uint32_t code = client_begin_with(handle, turn, TURN_V1_SIZE);
    if (code != CODE_OK) {
        return code;
    }
    struct msiwatch_turn ours = {0};
    struct client_turn before = handle->turn;
    code = acquire(handle, &given, timeout_ms);
    if (code == CODE_OK && !read_turn(handle->rpc.value, &ours, status)) {
        code = rpc_garbled(&handle->rpc);
    }
    if (code == CODE_OK) {
        struct_give(turn, &ours, sizeof ours);
    } else {
        handle->turn = before; /* what this call's `arg` points to may end with the call */
    }
    return client_end(handle, code);
}

uint32_t msiwatch_turn_watch(struct msiwatch *handle, uint64_t timeout_ms)
{
    uint32_t code = client_begin(handle);
    if (code != CODE_OK) {
        return code;
    }
    code = rpc_watch_turn(&handle->rpc, client_deadline(timeout_ms));
    handle->shown = handle->rpc.value;
    return client_end(handle, code);
}

uint32_t msiwatch_turn_release(struct msiwatch *handle, const uint32_t *exit_code,
                               uint64_t timeout_ms)
{
    uint32_t code = client_begin(handle);
    if (code != CODE_OK) {
        return code;
    }
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *params = yyjson_mut_obj(doc);
    bool built = exit_code == NULL || yyjson_mut_obj_add_uint(doc, params, "exit_code", *exit_code);
    code = client_call(handle, "turn.release", doc, built ? params : NULL, RPC_DROP,
                       client_deadline(timeout_ms));
    return client_end(handle, code);
}
