/* self_wait.c: finds out whether a client would wait for itself. */
#include "api/self_wait.h"

#include "api/api.h"
#include "base/clock.h"

/* Whether the client descends from that process. If the client is that process, it does not count:
 * one of its threads may wait for another one. The walk is remembered, because one sample can make
 * many requests of a client due. */
static bool is_below(const struct request *request, uint32_t pid, size_t place)
{
    struct api *api = api_of(request);
    struct api_walk *walk = &api->walks[place];
    uint32_t client = request->connection->client.pid;
    uint64_t sample_ms = api->status.seen.mono_ms;
    if (walk->client != client || walk->above != pid || walk->sample_ms != sample_ms) {
        struct process found;
        bool below = client != pid && process_find_above(api_processes(api), client, pid, &found);
        *walk = (struct api_walk){sample_ms, client, pid, below};
    }
    return walk->below;
}

/* What waits for the client ("mutex", "install" or "turn"), and its process; NULL: nothing. */
static const char *find(const struct request *request, bool turns, uint32_t *pid)
{
    const struct api *api = api_of(request);
    const struct status *status = &api->status;
    const struct seat *holder = api->turns.holder;
    *pid = status->seen.mutex.owner_pid;
    if (status->seen.mutex.owner_known && is_below(request, *pid, 0)) {
        return "mutex";
    }
    *pid = status->install.client_pid;
    if (status->state == VERDICT_BUSY && status->install_known &&
        status->install.trusted != TRUST_NO && is_below(request, *pid, 1)) {
        return "install";
    }
    if (turns && holder != NULL && holder->process.pid != 0 &&
        holder->process.pid != request->connection->client.pid &&
        process_descends(api_processes(api), request->connection->client.pid, &holder->process)) {
        *pid = holder->process.pid;
        return "turn";
    }
    return NULL;
}

bool self_wait_found(struct self_wait *wait, const struct request *request)
{
    wait->of = find(request, wait->turns, &wait->pid);
    return wait->of != NULL;
}

bool self_wait_found_by_now(struct self_wait *wait, const struct request *request)
{
    bool due = wait->again ? clock_mono_ms() >= wait->due_ms
                           : api_is_fresh(api_of(request), wait->due_ms);
    if (wait->due_ms == UINT64_MAX || !due) {
        return false;
    }
    wait->due_ms = wait->again ? UINT64_MAX : wait->due_ms + SELF_WAIT_AGAIN_MS;
    wait->again = true;
    return self_wait_found(wait, request);
}

void self_wait_refuse(struct request *request, const struct self_wait *wait)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *data = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, data, "of", wait->of) &&
              yyjson_mut_obj_add_uint(doc, data, "pid", wait->pid);
    request_error_data(request, WIRE_WAITS_FOR_ITSELF, "would wait for itself", doc,
                       ok ? data : NULL);
}

static void refuse_seat(struct request *request, const struct self_wait *wait)
{
    struct connection *connection = request->connection;
    request->on_cancel(request); /* this leaves the queue */
    request->on_cancel = NULL;
    request->on_deadline = NULL;
    self_wait_refuse(request, wait);
    connection_flush(connection);
    connection_rearm(connection);
}

uint64_t self_wait_watch_turns(struct api *api)
{
    struct list *waiting = &api->turns.waiting, *node = waiting->next;
    uint64_t due_ms = UINT64_MAX;
    while (node != waiting) {
        struct seat *seat = LIST_ENTRY(node, struct seat, node);
        struct self_wait wait = seat->self_wait;
        node = node->next;
        if (self_wait_found_by_now(&wait, seat->request)) {
            refuse_seat(seat->request, &wait); /* this frees the seat */
            continue;
        }
        seat->self_wait = wait;
        due_ms = wait.due_ms < due_ms ? wait.due_ms : due_ms;
    }
    return due_ms;
}
