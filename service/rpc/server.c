/* server.c: what all connections share. */
#include "rpc/server.h"

#include "base/clock.h"
#include "config/layers.h"
#include "metrics/prometheus.h"
#include "rpc/request.h"
#include "metrics/textfile.h"

#include <string.h>

int hub_init(struct hub *hub, const struct hub_config *config, struct journal *journal)
{
    memset(hub, 0, sizeof *hub);
    hub->config = *config;
    hub->journal = journal;
    hub->started_mono_ms = clock_mono_ms();
    hub->status.state = VERDICT_UNKNOWN;
    hub->status.since_ms = config->started_ms;
    hub->status.seen.ui_clients = -1;
    hub->status.seen.mutex.state = MUTEX_ERROR;
    hub->status.seen.msiserver.state = MSISERVER_ERROR;
    hub->status.seen.wall_ms = config->started_ms;
    list_init(&hub->sessions);
    list_init(&hub->sampling);
    list_init(&hub->waiting);
    return admission_init(&hub->admission, &config->limits.connections);
}

void hub_release(struct hub *hub)
{
    admission_release(&hub->admission);
}

int hub_set_limits(struct hub *hub, const struct hub_limits *limits)
{
    struct admission_limits before = hub->config.limits.connections;
    int error = admission_set_limits(&hub->admission, &limits->connections);
    hub->config.limits = *limits;
    if (error != 0) {
        hub->config.limits.connections = before;
    }
    return error;
}

struct status hub_status(const struct hub *hub, enum audience audience)
{
    struct status status = hub->status;
    audience_cut_status(audience, &status);
    status.seq = journal_info(hub->journal)->last_seq;
    return status;
}

struct metrics_now hub_metrics_now(const struct hub *hub)
{
    struct metrics_now now = {
        .uptime_ms = clock_mono_ms() - hub->started_mono_ms,
        .connections = hub->session_count,
        .waits = hub->waits,
    };
    now.install_log = hub_install_log(hub);
    hub->config.gauges(hub->config.arg, &now.sampler);
    return now;
}

char *hub_metrics_text(const struct hub *hub, size_t *size)
{
    static const struct textfile_facts none;
    const struct textfile_facts *facts = hub->config.textfile;
    struct metrics_now now = hub_metrics_now(hub);
    facts = facts == NULL ? &none : facts;
    return prometheus_text(
        &(struct exposition){
            .metrics = &hub->metrics,
            .now = &now,
            .status = &hub->status,
            .since_mono_ms = hub->since_mono_ms,
            .started_ms = hub->config.started_ms,
            .journal_up = journal_info(hub->journal)->durable,
            .settings_rejected = hub->config.rejected == NULL ? 0 : hub->config.rejected->count,
            .textfile_retries = facts->retries,
            .textfile_failures = facts->failures,
        },
        size);
}

bool hub_is_fresh(const struct hub *hub, uint64_t asked_mono_ms)
{
    return hub->status.seen.mono_ms + HUB_FRESH_MS >= asked_mono_ms;
}

static void tell_sampled(struct list *requests)
{
    while (!list_empty(requests)) {
        struct request *request = LIST_ENTRY(requests->next, struct request, waiting);
        struct session *session = request->session;
        list_remove(&request->waiting);
        request->sampled(request);
        session_flush(session);
        session_rearm(session);
    }
}

/* A sample answers those who had asked when it was begun. For the others there is one to come: they
 * hinted when this one was under way. */
static void tell_those_who_asked(struct hub *hub)
{
    struct list aside, answered;
    list_take_all(&aside, &hub->sampling);
    list_init(&answered);
    while (!list_empty(&aside)) {
        struct request *request = LIST_ENTRY(aside.next, struct request, waiting);
        bool shown = hub_is_fresh(hub, request->asked_ms);
        list_remove(&request->waiting);
        list_add(shown ? &answered : &hub->sampling, &request->waiting);
    }
    tell_sampled(&answered);
}

void hub_observed(struct hub *hub, const struct status *status, uint64_t since_mono_ms)
{
    bool same = status->state == hub->status.state && since_mono_ms == hub->since_mono_ms;
    struct status before = hub->status;
    hub->status = *status;
    hub->status.install_known = before.install_known;
    hub->status.install = before.install;
    hub->status.reboot = before.reboot;
    hub->since_mono_ms = since_mono_ms;
    tell_those_who_asked(hub);
    /* Most samples end no wait: then nobody is asked, however many there are. */
    if (same && status->seen.mono_ms < hub->wait_over_ms) {
        return;
    }
    hub->wait_over_ms = UINT64_MAX;
    struct list aside;
    list_take_all(&aside, &hub->waiting);
    tell_sampled(&aside);
}

void hub_learnt(struct hub *hub, const struct install *install, enum install_reboot reboot)
{
    static const struct install nothing;
    hub->status.install_known = install != NULL;
    hub->status.install = install != NULL ? *install : nothing;
    hub->status.reboot = reboot;
}

static void on_looked(void *arg, const struct monitor_look *look)
{
    hub_observed(arg, look->status, look->since_mono_ms);
}

static void on_learnt(void *arg, const struct install *install, enum install_reboot reboot)
{
    hub_learnt(arg, install, reboot);
}

struct monitor_listener hub_listener(struct hub *hub)
{
    return (struct monitor_listener){.looked = on_looked, .learnt = on_learnt, .arg = hub};
}

struct install_log_state hub_install_log(const struct hub *hub)
{
    struct install_log_state state = {.health = HEALTH_UNAVAILABLE};
    if (hub->config.install_log != NULL) {
        hub->config.install_log(hub->config.arg, &state);
    }
    return state;
}

void hub_journal_changed(struct hub *hub)
{
    struct list aside;
    list_take_all(&aside, &hub->sessions);
    while (!list_empty(&aside)) {
        struct session *session = LIST_ENTRY(aside.next, struct session, node);
        list_remove(&session->node);
        list_add(&hub->sessions, &session->node);
        if (session->subscriptions.count > 0) {
            session_flush(session);
        }
    }
}

static void stop_if_empty(struct hub *hub)
{
    if (hub->stopping && hub->session_count == 0 && hub->stopped != NULL) {
        void (*stopped)(void *arg) = hub->stopped;
        hub->stopped = NULL;
        stopped(hub->config.arg);
    }
}

void hub_stop(struct hub *hub, void (*stopped)(void *arg))
{
    hub->stopping = true;
    hub->stopped = stopped;
    struct list aside;
    list_take_all(&aside, &hub->sessions);
    while (!list_empty(&aside)) {
        struct session *session = LIST_ENTRY(aside.next, struct session, node);
        list_remove(&session->node);
        list_add(&hub->sessions, &session->node);
        session_end(session, "shutdown", NULL);
    }
    stop_if_empty(hub);
}

void hub_joined(struct hub *hub, struct session *session)
{
    list_add(&hub->sessions, &session->node);
    hub->session_count++;
    hub->metrics.connections_total++;
}

void hub_left(struct hub *hub, struct session *session)
{
    list_remove(&session->node);
    hub->session_count--;
    stop_if_empty(hub);
}
