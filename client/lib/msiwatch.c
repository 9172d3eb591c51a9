/* msiwatch.c: the library's handle: open, connect, cancel, close, and the calls that ask once and
 * get one answer. events.c has the calls that follow the journal, history.c those that read its
 * history. */
#include "lib/client.h"
#include "version.h"

#include <stdlib.h>
#include <string.h>

#define CONNECT_MS 5000u

/* Pauses between tries to reconnect. */
#define FIRST_PAUSE_MS 100u
#define LAST_PAUSE_MS 2000u

/* The service watches the timeout of `wait`; the library waits this much longer for its answer. */
#define GRACE_MS 5000u

/* The service accepts no timeout over a year. A longer wait is ended here. */
#define LONGEST_MS (UINT64_C(365) * 86400 * 1000)

uint64_t client_deadline(uint64_t timeout_ms)
{
    uint64_t now = transport_now();
    return timeout_ms < TRANSPORT_FOREVER - now ? now + timeout_ms : TRANSPORT_FOREVER;
}

uint32_t client_begin(struct msiwatch *handle)
{
    if (handle == NULL) {
        return CODE_BAD_PARAMETER;
    }
    if (!transport_enter(handle->transport)) {
        return CODE_IN_USE;
    }
    free(handle->json);
    handle->json = NULL;
    handle->shown = NULL;
    return CODE_OK;
}

uint32_t client_begin_with(struct msiwatch *handle, const void *theirs, size_t least)
{
    return struct_is_valid(theirs, least) ? client_begin(handle) : CODE_BAD_PARAMETER;
}

uint32_t client_end(struct msiwatch *handle, uint32_t code)
{
    transport_leave(handle->transport);
    return code;
}

uint32_t client_make(struct msiwatch *handle, const struct rpc_call *call, uint64_t deadline)
{
    uint32_t code = rpc_call(&handle->rpc, call, deadline);
    handle->shown = handle->rpc.value;
    if (handle->rpc.value != NULL && code != CODE_OVER_LIMIT && handle->rpc.connected) {
        handle->failures = 0;
    }
    yyjson_mut_doc_free(call->doc);
    return code;
}

/* Sends a request without params; msiwatch_get_json then returns the answer. */
static uint32_t ask(struct msiwatch *handle, const char *method, enum rpc_abandon abandon,
                    uint64_t deadline)
{
    struct rpc_call call = {.method = method, .doc = yyjson_mut_doc_new(NULL), .abandon = abandon};
    return client_make(handle, &call, deadline);
}

uint32_t client_call(struct msiwatch *handle, const char *method, yyjson_mut_doc *doc,
                     yyjson_mut_val *params, enum rpc_abandon abandon, uint64_t deadline)
{
    if (params == NULL) {
        yyjson_mut_doc_free(doc);
        doc = NULL; /* rpc_call reports that memory ran out */
    }
    struct rpc_call call = {.method = method, .doc = doc, .params = params, .abandon = abandon};
    return client_make(handle, &call, deadline);
}

bool client_add_timeout(yyjson_mut_doc *doc, yyjson_mut_val *params, uint64_t timeout_ms,
                        uint64_t *deadline)
{
    bool bounded = timeout_ms <= LONGEST_MS;
    *deadline = client_deadline(bounded ? timeout_ms + GRACE_MS : timeout_ms);
    return !bounded || yyjson_mut_obj_add_uint(doc, params, "timeout_ms", timeout_ms);
}

/* ---- the handle ---- */

uint32_t msiwatch_version(void)
{
    unsigned part[3] = {0, 0, 0}, at = 0;
    for (const char *c = MSIWATCH_VERSION; *c != '\0' && at < 3; c++) {
        if (*c == '.') {
            at++;
        } else if (*c >= '0' && *c <= '9') {
            part[at] = part[at] * 10 + (unsigned)(*c - '0');
        }
    }
    return part[0] << 16 | part[1] << 8 | part[2];
}

uint32_t msiwatch_open(const struct msiwatch_options *options, struct msiwatch **handle)
{
    if (handle == NULL) {
        return CODE_BAD_PARAMETER;
    }
    *handle = NULL;
    struct msiwatch_options given = {.size = sizeof given};
    if (options != NULL) {
        if (!struct_is_valid(options, OPTIONS_V1_SIZE) ||
            (options->flags & ~MSIWATCH_OPEN_UNCONNECTED) != 0) {
            return CODE_BAD_PARAMETER;
        }
        struct_take(&given, sizeof given, options);
    }
    struct msiwatch *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return CODE_NO_MEMORY;
    }
    uint32_t code = transport_new(&made->transport, given.pipe);
    if (code != CODE_OK) {
        free(made);
        return code;
    }
    rpc_init(&made->rpc, made->transport);
    /* It only has to differ from other clients' seeds; an address and the time do. */
    made->chance = transport_now() * UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)(uintptr_t)made;
    if ((given.flags & MSIWATCH_OPEN_UNCONNECTED) == 0) {
        code = msiwatch_connect(made, given.timeout_ms == 0 ? CONNECT_MS : given.timeout_ms);
        if (code != CODE_OK) {
            msiwatch_close(made);
            return code;
        }
    }
    *handle = made;
    return CODE_OK;
}

void msiwatch_close(struct msiwatch *handle)
{
    if (handle == NULL) {
        return;
    }
    rpc_release(&handle->rpc);
    transport_free(handle->transport);
    yyjson_doc_free(handle->history.page);
    free(handle->json);
    free(handle);
}

void msiwatch_cancel(struct msiwatch *handle)
{
    if (handle != NULL) {
        transport_cancel(handle->transport);
    }
}

void msiwatch_rearm(struct msiwatch *handle)
{
    if (client_begin(handle) == CODE_OK) {
        transport_rearm(handle->transport);
        rpc_tell_abandoned(&handle->rpc);
        client_end(handle, CODE_OK);
    }
}

const char *msiwatch_get_pipe(const struct msiwatch *handle)
{
    return handle == NULL ? "" : transport_name(handle->transport);
}

/* ---- connecting ---- */

uint32_t msiwatch_connect(struct msiwatch *handle, uint64_t timeout_ms)
{
    uint32_t code = client_begin(handle);
    if (code != CODE_OK) {
        return code;
    }
    return client_end(handle, rpc_connect(&handle->rpc, client_deadline(timeout_ms)));
}

/* Between half of the pause and all of it, because clients that lost the service at the same moment
 * must not all come back at the same moment. */
static uint64_t next_pause(struct msiwatch *handle)
{
    uint64_t pause = LAST_PAUSE_MS;
    if (handle->failures < 5) {
        pause = (uint64_t)FIRST_PAUSE_MS << handle->failures;
        handle->failures++;
    }
    handle->chance = handle->chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return pause / 2 + (handle->chance >> 33) % (pause / 2 + 1);
}

static bool may_get_better(uint32_t code)
{
    return code == CODE_NOT_ACTIVE || code == CODE_PIPE_BUSY || code == CODE_LOST;
}

uint32_t msiwatch_reconnect(struct msiwatch *handle, uint64_t timeout_ms)
{
    uint32_t code = client_begin(handle);
    if (code != CODE_OK) {
        return code;
    }
    uint64_t deadline = client_deadline(timeout_ms);
    rpc_disconnect(&handle->rpc);
    do {
        uint64_t until = client_deadline(next_pause(handle));
        code = transport_sleep(handle->transport, until < deadline ? until : deadline);
        if (code == CODE_OK) {
            uint64_t soon = client_deadline(CONNECT_MS);
            code = rpc_connect(&handle->rpc, soon < deadline ? soon : deadline);
        }
    } while (may_get_better(code) && transport_now() < deadline);
    return client_end(handle, code);
}

/* ---- one question, one answer ---- */

uint32_t msiwatch_get_status(struct msiwatch *handle, uint64_t timeout_ms,
                             struct msiwatch_status *status)
{
    uint32_t code = client_begin_with(handle, status, STATUS_V1_SIZE);
    if (code != CODE_OK) {
        return code;
    }
    code = ask(handle, "status", RPC_DROP, client_deadline(timeout_ms));
    if (code == CODE_OK && !struct_read_status(handle->rpc.value, status)) {
        code = rpc_garbled(&handle->rpc);
    }
    return client_end(handle, code);
}

/* Reads the answer to `wait`: the Status in the result, or in the error that reports the timeout.
 */
static uint32_t take_waited(struct msiwatch *handle, uint32_t code, struct msiwatch_status *status,
                            uint64_t *waited_ms)
{
    yyjson_val *value = handle->rpc.value;
    bool understood = true;
    if (code == CODE_OK) {
        yyjson_val *waited = yyjson_obj_get(value, "waited_ms");
        understood = yyjson_is_uint(waited) &&
                     struct_read_status(yyjson_obj_get(value, "status"), status);
        if (waited_ms != NULL) {
            *waited_ms = yyjson_get_uint(waited);
        }
    } else if (handle->rpc.error.code == WIRE_TIMED_OUT) {
        understood = struct_read_status(yyjson_obj_get(value, "data"), status);
    }
    return understood ? code : rpc_garbled(&handle->rpc);
}

uint32_t msiwatch_wait(struct msiwatch *handle, uint32_t wanted, uint64_t settle_ms,
                       uint64_t timeout_ms, struct msiwatch_status *status, uint64_t *waited_ms)
{
    uint32_t state = wanted & ~MSIWATCH_EVEN_IF_NESTED;
    if ((state != MSIWATCH_IDLE && state != MSIWATCH_BUSY) ||
        (status != NULL && !struct_is_valid(status, STATUS_V1_SIZE))) {
        return CODE_BAD_PARAMETER;
    }
    uint32_t code = client_begin(handle);
    if (code != CODE_OK) {
        return code;
    }
    if (status != NULL) { /* this tells the caller whether it was filled in */
        struct msiwatch_status none = {0};
        struct_give(status, &none, sizeof none);
    }
    uint64_t deadline = 0;
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *params = yyjson_mut_obj(doc);
    bool built = yyjson_mut_obj_add_str(doc, params, "for",
                                        verdict_state_name((enum verdict_state)state)) &&
                 yyjson_mut_obj_add_uint(doc, params, "settle_ms", settle_ms) &&
                 (state == wanted || yyjson_mut_obj_add_true(doc, params, "even_if_nested")) &&
                 client_add_timeout(doc, params, timeout_ms, &deadline);
    code = client_call(handle, "wait", doc, built ? params : NULL, RPC_CANCEL, deadline);
    return client_end(handle, take_waited(handle, code, status, waited_ms));
}

static bool read_about(yyjson_val *value, struct msiwatch_about *out)
{
    yyjson_val *journal = yyjson_obj_get(value, "journal");
    yyjson_val *protocol = yyjson_obj_get(value, "protocol");
    yyjson_val *pid = yyjson_obj_get(value, "pid");
    const char *started = yyjson_get_str(yyjson_obj_get(value, "started_at"));
    if (!yyjson_equals_str(yyjson_obj_get(value, "name"), "msiwatch") ||
        !yyjson_is_uint(protocol) || !yyjson_is_uint(pid) || started == NULL ||
        !time_parse(started, &out->started_at_ms) ||
        !struct_read_text(yyjson_obj_get(value, "version"), out->version, sizeof out->version) ||
        !struct_read_text(yyjson_obj_get(journal, "id"), out->journal, sizeof out->journal)) {
        return false;
    }
    out->protocol = (uint32_t)yyjson_get_uint(protocol);
    out->pid = (uint32_t)yyjson_get_uint(pid);
    out->durable = yyjson_get_bool(yyjson_obj_get(journal, "durable"));
    out->first_seq = yyjson_get_uint(yyjson_obj_get(journal, "first_seq"));
    out->last_seq = yyjson_get_uint(yyjson_obj_get(journal, "last_seq"));
    return true;
}

uint32_t msiwatch_get_about(struct msiwatch *handle, uint64_t timeout_ms,
                            struct msiwatch_about *about)
{
    uint32_t code = client_begin_with(handle, about, ABOUT_V1_SIZE);
    if (code != CODE_OK) {
        return code;
    }
    struct msiwatch_about ours = {0};
    code = ask(handle, "about", RPC_DROP, client_deadline(timeout_ms));
    if (code == CODE_OK && !read_about(handle->rpc.value, &ours)) {
        code = rpc_garbled(&handle->rpc);
    }
    if (code == CODE_OK) {
        struct_give(about, &ours, sizeof ours);
    }
    return client_end(handle, code);
}

/* ---- anything else ---- */

uint32_t msiwatch_call(struct msiwatch *handle, const char *method, const char *params,
                       uint64_t timeout_ms, const char **result)
{
    if (result != NULL) {
        *result = "";
    }
    if (method == NULL) {
        return CODE_BAD_PARAMETER;
    }
    uint32_t code = client_begin(handle);
    if (code != CODE_OK) {
        return code;
    }
    uint64_t deadline = client_deadline(timeout_ms);
    if (params == NULL) {
        code = ask(handle, method, RPC_CANCEL, deadline);
    } else {
        yyjson_doc *given = yyjson_read(params, strlen(params), YYJSON_READ_NOFLAG);
        yyjson_val *root = yyjson_doc_get_root(given);
        yyjson_mut_doc *doc = yyjson_is_ctn(root) ? yyjson_mut_doc_new(NULL) : NULL;
        code = yyjson_is_ctn(root)
                   ? client_call(handle, method, doc, yyjson_val_mut_copy(doc, root), RPC_CANCEL,
                                 deadline)
                   : CODE_BAD_PARAMETER;
        yyjson_doc_free(given);
    }
    if (code == CODE_OK && result != NULL) {
        *result = msiwatch_get_json(handle);
    }
    return client_end(handle, code);
}

const char *msiwatch_get_json(struct msiwatch *handle)
{
    if (handle == NULL || handle->shown == NULL) {
        return "";
    }
    if (handle->json == NULL) {
        handle->json = yyjson_val_write(handle->shown, YYJSON_WRITE_NOFLAG, NULL);
    }
    return handle->json == NULL ? "" : handle->json;
}

uint32_t msiwatch_get_error(const struct msiwatch *handle, struct msiwatch_error *error)
{
    if (handle == NULL || !struct_is_valid(error, ERROR_V1_SIZE)) {
        return CODE_BAD_PARAMETER;
    }
    struct_give(error, &handle->rpc.error, sizeof handle->rpc.error);
    return CODE_OK;
}
