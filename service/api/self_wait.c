/* self_wait.c: whether a client would wait for itself. */
#include "api/self_wait.h"

#include "api/api.h"
#include "api/turns.h"

/* Whether the client descends from that process. It may be the same: one thread of it may well wait
 * for what another one does. */
static bool is_below(const struct request *request, uint32_t pid)
{
    struct process found;
    uint32_t client = request->connection->client.pid;
    return client != pid &&
           process_find_above(turns_processes(api_of(request)), client, pid, &found);
}

/* What it is that waits for the client, and its process; NULL: nothing. */
static const char *find(const struct request *request, bool turns, uint32_t *pid)
{
    const struct api *api = api_of(request);
    const struct status *status = &api->status;
    const struct seat *holder = api->turns.holder;
    *pid = status->seen.mutex.owner_pid;
    if (status->seen.mutex.owner_known && is_below(request, *pid)) {
        return "mutex";
    }
    *pid = status->install.client_pid;
    if (status->state == VERDICT_BUSY && status->install_known &&
        status->install.trusted != TRUST_NO && is_below(request, *pid)) {
        return "install";
    }
    if (turns && holder != NULL && holder->process.pid != 0 &&
        holder->process.pid != request->connection->client.pid &&
        process_descends(turns_processes(api), request->connection->client.pid, &holder->process)) {
        *pid = holder->process.pid;
        return "turn";
    }
    return NULL;
}

bool self_wait_refuse(struct request *request, bool turns)
{
    uint32_t pid;
    const char *what = find(request, turns, &pid);
    if (what == NULL) {
        return false;
    }
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *data = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, data, "of", what) &&
              yyjson_mut_obj_add_uint(doc, data, "pid", pid);
    request_error_data(request, WIRE_WAITS_FOR_ITSELF, "would wait for itself", doc,
                       ok ? data : NULL);
    yyjson_mut_doc_free(doc);
    return true;
}
