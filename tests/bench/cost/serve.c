/* serve.c: the servers: bare ones, and the service's connections, methods and journal. */
#include "bare.h"
#include "cost.h"
#include "config/settings.h"
#include "rpc/shares.h"
#include "rpc/stream.h"
#include "test_clock.h"
#include "test_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ASK(method) "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\"}\n"

static struct {
    const struct scenario *scenario;
    uv_loop_t loop;
    uv_poll_t control;
    int control_fd;
    unsigned rounds;
    struct bare bare;
    struct metrics metrics; /* and all below: of the service */
    struct rpc_server rpc;
    struct api api;
    struct journal *journal;
    struct listener *listener;
    struct status status;
} serving;

static void must_do(int error, const char *what)
{
    if (error != 0) {
        fprintf(stderr, "%s\n", uv_strerror(error));
        cost_fail(what);
    }
}

/* ---- the bare ones ---- */

static void open_bare(const char *path)
{
    must_do(bare_open(&serving.bare, &serving.loop, path), path);
}

/* As long as the event's line. */
static void bare_round(unsigned n)
{
    static const char event[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"subscription\":1,\"event\":{"
        "\"seq\":10,\"kind\":\"transition\",\"at\":\"2026-11-22T00:00:01.000Z\",\"from\":\"idle\","
        "\"to\":\"busy\",\"reasons\":[\"mutex\"],\"after_ms\":1000}}}\n";
    (void)n;
    bare_broadcast(&serving.bare, event, sizeof event - 1);
}

/* ---- the service ---- */

static void ignore(void *arg)
{
    (void)arg;
}

static void ignore_waited(void *arg, bool waited)
{
    (void)arg;
    (void)waited;
}

static void no_gauges(void *arg, struct sampler_gauges *out)
{
    (void)arg;
    memset(out, 0, sizeof *out);
}

static void on_changed(void *arg)
{
    (void)arg;
    rpc_server_flush(&serving.rpc);
}

static void look(void)
{
    serving.status.seen.mono_ms = clock_mono_ms();
    serving.status.seen.wall_ms = clock_wall_ms();
    test_server_look(&serving.api, &serving.status, 0);
}

static void open_service(const char *path)
{
    static struct settings settings;
    static struct shares shares;
    struct journal_config journal = {.held = 4096, .changed = on_changed};
    settings_init(&settings);
    settings.limits.connections.total = 1800;
    settings.limits.connections.process = 1800;
    settings.limits.connections.user = 1800;
    must_do(journal_new(&serving.journal, &journal), "journal");
    struct api_config api = {
        .journal = serving.journal,
        .started_ms = clock_wall_ms(),
        .look = ignore,
        .waited = ignore_waited,
        .gauges = no_gauges,
    };
    must_do(test_server_init(&serving.rpc, &serving.api, &serving.metrics, &settings.limits, api),
            "server");
    shares_init(&shares, &serving.loop);
    shares_serve(&shares, &serving.rpc.connections);
    serving.status.state = VERDICT_IDLE;
    serving.status.seen.ui_clients = -1;
    serving.status.seen.mutex.state = MUTEX_FREE;
    serving.status.seen.msiserver.state = MSISERVER_STOPPED;
    look();
    struct listener_config listener = {
        .loop = &serving.loop,
        .name = path,
        .accepting = stream_accepting,
        .accepted = stream_accepted,
        .arg = &serving.rpc,
    };
    must_do(listener_new(&serving.listener, &listener), path);
}

/* A transition, which all subscribers are sent. */
static void service_round(unsigned n)
{
    bool busy = n % 2 == 0;
    struct event event = {
        .kind = EVENT_TRANSITION,
        .at_ms = clock_wall_ms(),
        .from = busy ? VERDICT_IDLE : VERDICT_BUSY,
        .to = busy ? VERDICT_BUSY : VERDICT_IDLE,
        .reasons = busy ? REASON_MUTEX : 0,
        .after_known = true,
        .after_ms = 1000,
    };
    serving.status.state = event.to;
    serving.status.reasons = event.reasons;
    journal_append(serving.journal, &event);
    look();
}

/* A page of it is 64 events. */
static void open_history(const char *path)
{
    open_service(path);
    for (unsigned n = 0; n < 1000; n++) {
        service_round(n);
    }
}

/* ---- both ---- */

#define SERVED(name, open, round, ask, connections)                                                \
    {                                                                                              \
        name, NULL, open, round, ask, connections                                                  \
    }

const struct scenario cost_scenarios[] = {
    SERVED("echo", open_bare, NULL, ASK("status"), 1),
    SERVED("status", open_service, NULL, ASK("status"), 1),
    SERVED("status-1000", open_service, NULL, ASK("status"), 1000),
    SERVED("broadcast", open_bare, bare_round, ASK("subscribe"), 1000),
    SERVED("event", open_service, service_round, ASK("subscribe"), 1000),
    SERVED("history", open_history, NULL, ASK("history"), 1),
    {"records", cost_records, NULL, NULL, NULL, 0},
    {NULL, NULL, NULL, NULL, NULL, 0},
};

static void on_control(uv_poll_t *poll, int status, int events)
{
    char byte;
    (void)status;
    (void)events;
    if (read(serving.control_fd, &byte, 1) == 1 && byte == COST_ROUND) {
        serving.scenario->round(serving.rounds++);
    } else {
        uv_stop(poll->loop); /* the client has no more for it, or is gone */
    }
}

void cost_serve(const struct scenario *scenario, const char *path, int control)
{
    test_clock_stop(1000);
    serving.scenario = scenario;
    serving.control_fd = control;
    must_do(uv_loop_init(&serving.loop), "loop");
    scenario->open(path);
    must_do(uv_poll_init(&serving.loop, &serving.control, control), "control");
    must_do(uv_poll_start(&serving.control, UV_READABLE, on_control), "control");
    if (write(control, "!", 1) != 1) {
        cost_fail("control");
    }
    uv_run(&serving.loop, UV_RUN_DEFAULT);
}
