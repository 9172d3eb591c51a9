/* api.c: what the methods share. */
#include "api/api.h"

#include "base/clock.h"
#include "config/layers.h"
#include "metrics/prometheus.h"
#include "metrics/textfile.h"

#include <stdlib.h>
#include <string.h>

void api_init(struct api *api, const struct api_config *config)
{
    memset(api, 0, sizeof *api);
    api->config = *config;
    api->started_mono_ms = clock_mono_ms();
    api->status.state = VERDICT_UNKNOWN;
    api->status.since_ms = config->started_ms;
    api->status.seen.ui_clients = -1;
    api->status.seen.mutex.state = MUTEX_ERROR;
    api->status.seen.msiserver.state = MSISERVER_ERROR;
    api->status.seen.wall_ms = config->started_ms;
    list_init(&api->sampling);
    list_init(&api->waiting);
    list_init(&api->reading);
}

struct api *api_of(const struct request *request)
{
    return api_at(request->connection);
}

struct api *api_at(const struct connection *connection)
{
    return rpc_server_of(connection)->context;
}

const struct processes *api_processes(const struct api *api)
{
    const struct processes *processes = api->turns.config.processes;
    return processes != NULL ? processes : processes_of_system();
}

/* ---- the present ---- */

/* If later samples are identical, the sampler does not give them to the loop, only their time. */
static void take_time(struct api *api)
{
    struct observation *seen = &api->status.seen;
    uint64_t mono_ms;
    int64_t wall_ms;
    if (api->config.sampled != NULL && api->config.sampled(api->config.arg, &mono_ms, &wall_ms) &&
        mono_ms > seen->mono_ms) {
        seen->mono_ms = mono_ms;
        seen->wall_ms = wall_ms;
    }
}

struct status api_status(struct api *api, enum access_level access_level)
{
    take_time(api);
    struct status status = api->status;
    access_level_cut_status(access_level, &status);
    status.seq = journal_info(api->config.journal)->last_seq;
    return status;
}

struct status api_status_for(const struct request *request)
{
    return api_status(api_of(request), request->connection->access_level);
}

static bool render(struct api_rendered *rendered, const struct status *status)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *value = doc == NULL ? NULL : wire_status(doc, status);
    size_t size = 0;
    char *json = value == NULL
                     ? NULL
                     : yyjson_mut_val_write_opts(value, YYJSON_WRITE_NOFLAG, NULL, &size, NULL);
    text_clear(&rendered->json);
    if (json != NULL) {
        text_add_bytes(&rendered->json, json, size);
    }
    free(json);
    yyjson_mut_doc_free(doc);
    return json != NULL && !rendered->json.failed;
}

static bool same_bytes(const struct status *a, const struct status *b, size_t begin, size_t end)
{
    return memcmp((const char *)a + begin, (const char *)b + begin, end - begin) == 0;
}

/* Parts that are not known, and are often the largest, need not be compared. If padding differs,
 * that costs one more rendering and nothing else. */
static bool is_same(const struct status *a, const struct status *b)
{
    const size_t chain = offsetof(struct status, seen.mutex.owner_chain.processes);
    const size_t behind = chain + sizeof a->seen.mutex.owner_chain.processes;
    const size_t install = offsetof(struct status, install);
    return same_bytes(a, b, 0, chain) &&
           (a->seen.mutex.owner_chain.count == 0 || same_bytes(a, b, chain, behind)) &&
           same_bytes(a, b, behind, install) &&
           (!a->install_known || same_bytes(a, b, install, install + sizeof a->install)) &&
           same_bytes(a, b, install + sizeof a->install, sizeof *a);
}

const struct text *api_status_json(struct api *api, enum access_level access_level)
{
    struct api_rendered *rendered = &api->rendered[access_level];
    struct text *json = &rendered->json;
    struct status *of = &rendered->of;
    int64_t sampled_ms = of->seen.wall_ms;
    api->status.seq = journal_info(api->config.journal)->last_seq;
    of->seen.mono_ms = api->status.seen.mono_ms;
    of->seen.wall_ms = api->status.seen.wall_ms;
    if (json->size == 0 || !is_same(of, &api->status)) {
        struct status status = api_status(api, access_level);
        *of = api->status;
        if (!render(rendered, &status)) {
            text_clear(json);
            return NULL;
        }
    } else if (sampled_ms != of->seen.wall_ms) {
        wire_status_set_sampled(json->data, json->size, of->seen.wall_ms);
    }
    return json;
}

void api_release(struct api *api)
{
    for (size_t i = 0; i < ACCESS_LEVELS; i++) {
        text_release(&api->rendered[i].json);
    }
    free(api->spare_delivery);
    api->spare_delivery = NULL;
}

struct install_log_state api_install_log(const struct api *api)
{
    struct install_log_state state = {.health = HEALTH_UNAVAILABLE};
    if (api->config.install_log != NULL) {
        api->config.install_log(api->config.arg, &state);
    }
    return state;
}

struct metrics_now api_metrics_now(const struct api *api)
{
    struct metrics_now now = {
        .uptime_ms = clock_mono_ms() - api->started_mono_ms,
        .connections = api->config.server->connections.count,
        .waits = api->waits,
        .turns_waiting = api->turns.queue.count,
        .turn_out = api->turns.queue.out,
    };
    now.install_log = api_install_log(api);
    api->config.gauges(api->config.arg, &now.sampler);
    return now;
}

char *api_metrics_text(struct api *api, size_t *size)
{
    static const struct textfile_facts none;
    const struct textfile_facts *facts = api->config.textfile;
    struct metrics_now now = api_metrics_now(api);
    take_time(api);
    facts = facts == NULL ? &none : facts;
    return prometheus_text(
        &(struct exposition){
            .metrics = api->config.metrics,
            .now = &now,
            .status = &api->status,
            .since_mono_ms = api->since_mono_ms,
            .started_ms = api->config.started_ms,
            .journal_up = journal_info(api->config.journal)->durable,
            .settings_rejected = api->config.rejected == NULL ? 0 : api->config.rejected->count,
            .textfile_retries = facts->retries,
            .textfile_failures = facts->failures,
        },
        size);
}

/* ---- requests that wait for the next sample ---- */

void api_say_waited(const struct api *api)
{
    api->config.waited(api->config.arg, api->waits + api->turns.queue.count > 0);
}

bool api_is_fresh(struct api *api, uint64_t oldest_mono_ms)
{
    if (api->status.seen.mono_ms < oldest_mono_ms) {
        take_time(api);
    }
    return api->status.seen.mono_ms >= oldest_mono_ms;
}

void api_await_sample(struct api *api, struct sample_wait *wait)
{
    list_add(&api->sampling, &wait->node);
    api->config.look(api->config.arg);
}

void api_await_change(struct api *api, struct sample_wait *wait, uint64_t over_ms)
{
    list_add(&api->waiting, &wait->node);
    if (over_ms < api->over_ms) {
        api->over_ms = over_ms;
    }
}

static void wake_all(struct list *waits)
{
    while (!list_empty(waits)) {
        struct sample_wait *wait = LIST_ENTRY(waits->next, struct sample_wait, node);
        struct connection *connection = wait->request->connection;
        list_remove(&wait->node);
        wait->on_sample(wait);
        connection_flush(connection);
        connection_rearm(connection);
    }
}

/* A sample answers the requests that came before it was begun. For the others, another sample will
 * come: they requested it while this one was being taken. */
static void wake_those_who_asked(struct api *api)
{
    struct list aside, answered;
    list_take_all(&aside, &api->sampling);
    list_init(&answered);
    while (!list_empty(&aside)) {
        struct sample_wait *wait = LIST_ENTRY(aside.next, struct sample_wait, node);
        bool shown = api_is_fresh(api, wait->oldest_ms);
        list_remove(&wait->node);
        list_add(shown ? &answered : &api->sampling, &wait->node);
    }
    wake_all(&answered);
}

static void on_looked(void *arg, const struct monitor_look *look)
{
    struct api *api = arg;
    const struct status *status = look->status;
    bool same = status->state == api->status.state && look->since_mono_ms == api->since_mono_ms;
    /* The rest comes from on_learnt and the turns. */
    api->status.state = status->state;
    api->status.since_ms = status->since_ms;
    api->status.reasons = status->reasons;
    api->status.seen = status->seen;
    api->status.says_busy = status->says_busy;
    api->status.suspended = status->suspended;
    api->status.activity = status->activity;
    api->since_mono_ms = look->since_mono_ms;
    wake_those_who_asked(api);
    /* Most samples end no wait; then no waiting request is checked, however many there are. */
    if (same && status->seen.mono_ms < api->over_ms) {
        return;
    }
    api->over_ms = UINT64_MAX;
    struct list aside;
    list_take_all(&aside, &api->waiting);
    wake_all(&aside);
}

static void on_learnt(void *arg, const struct install *install, enum owner_role owner,
                      const struct restart *restart)
{
    static const struct install nothing;
    struct api *api = arg;
    api->status.install_known = install != NULL;
    api->status.install = install != NULL ? *install : nothing;
    api->status.owner_role = owner;
    api->status.restart = *restart;
}

struct monitor_listener api_listener(struct api *api)
{
    return (struct monitor_listener){.looked = on_looked, .learnt = on_learnt, .arg = api};
}
