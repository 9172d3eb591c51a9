/* fanout.c: "msiwatch-bench fanout", natively: how long an event takes to the last of many
 * subscribers, against a bare libuv broadcast of the same bytes to as many clients, in turn.
 *
 * The service's listener, connections, methods and journal run in one thread, the bare server in
 * another, and all clients in the main thread. Each round begins with a byte to the server's
 * thread, and ends when the last client has its line.
 */
#include "bare.h"
#include "bench.h"
#include "base/clock.h"
#include "client.h"
#include "config/settings.h"
#include "rpc/stream.h"
#include "test_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A server and its thread. */
struct side {
    char path[256];
    uv_loop_t loop;
    uv_thread_t thread;
    uv_async_t go, end;
    struct client *clients;
    struct samples times;
};

static struct {
    struct side sides[2]; /* bare, service */
    uv_loop_t loop;
    unsigned clients, rounds, waiting;
    unsigned opened; /* of both sides together */
    size_t turn;
    uint64_t begun_ns;
    struct bare bare;
    char line[1024]; /* what the bare server sends: the event that the service sent last */
    size_t line_size;
    struct metrics metrics; /* and all below: of the service */
    struct rpc_server rpc;
    struct api api;
    struct journal *journal;
    struct listener *listener;
    bool busy;
} fan;

static void must_do(int error, const char *what)
{
    if (error != 0) {
        bench_fail(what, uv_strerror(error));
    }
}

/* ---- the servers ---- */

static void ignore(void *arg)
{
    (void)arg;
}

static void ignore_waited(void *arg, bool waited)
{
    (void)arg;
    (void)waited;
}

static void on_changed(void *arg)
{
    (void)arg;
    rpc_server_flush(&fan.rpc);
}

static void go_bare(uv_async_t *async)
{
    (void)async;
    bare_broadcast(&fan.bare, fan.line, fan.line_size);
}

static void go_service(uv_async_t *async)
{
    struct event event = {
        .kind = EVENT_TRANSITION,
        .at_ms = clock_wall_ms(),
        .from = fan.busy ? VERDICT_BUSY : VERDICT_IDLE,
        .to = fan.busy ? VERDICT_IDLE : VERDICT_BUSY,
        .after_known = true,
        .after_ms = 1000,
    };
    (void)async;
    fan.busy = !fan.busy;
    journal_append(fan.journal, &event);
}

static void on_end_asked(uv_async_t *async)
{
    uv_stop(async->loop);
}

static void run(void *loop)
{
    uv_run(loop, UV_RUN_DEFAULT);
}

static void open_service(struct side *side, const char *path)
{
    static struct settings settings;
    struct journal_config journal = {.held = 4096, .changed = on_changed};
    struct api_config api = {.look = ignore, .waited = ignore_waited};
    settings_init(&settings);
    settings.limits.connections.total = settings.limits.connections.process =
        settings.limits.connections.user = fan.clients + 64;
    must_do(journal_new(&fan.journal, &journal), "journal");
    api.journal = fan.journal;
    must_do(test_server_init(&fan.rpc, &fan.api, &fan.metrics, &settings.limits, api), "server");
    struct listener_config listener = {
        .loop = &side->loop,
        .name = path,
        .accepting = stream_accepting,
        .accepted = stream_accepted,
        .arg = &fan.rpc,
    };
    must_do(listener_new(&fan.listener, &listener), path);
}

/* ---- the clients ---- */

static void begin_round(void)
{
    fan.waiting = fan.clients;
    fan.begun_ns = uv_hrtime();
    uv_async_send(&fan.sides[fan.turn % 2].go);
}

static void on_round(void)
{
    struct side *side = &fan.sides[fan.turn % 2];
    if (fan.turn >= 6) { /* the first three rounds warm up */
        samples_add(&side->times, (double)(uv_hrtime() - fan.begun_ns) / 1000.0);
    }
    if (++fan.turn < (size_t)(fan.rounds + 3) * 2) {
        begin_round();
        return;
    }
    for (size_t s = 0; s < 2; s++) {
        for (unsigned i = 0; i < fan.clients; i++) {
            client_close(&fan.sides[s].clients[i]);
        }
    }
}

static void open_more(void);

static void on_line(struct client *client, char *line, size_t size)
{
    if (client == fan.sides[1].clients && size + 1 < sizeof fan.line) {
        memcpy(fan.line, line, size);
        fan.line[size] = '\n';
        fan.line_size = size + 1;
    }
    if (--fan.waiting > 0) {
        return;
    }
    if (fan.opened < 2 * fan.clients) {
        open_more();
    } else if (fan.begun_ns == 0) {
        begin_round();
    } else {
        on_round();
    }
}

static void on_open(struct client *client, int status)
{
    must_do(status, "a client");
    must_do(client_say(client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\"}"),
            "a client");
}

static void on_end(struct client *client, int error)
{
    (void)client;
    bench_fail("fanout: a server went away", uv_strerror(error));
}

static void open_side(struct side *side, const char *name, void (*go)(uv_async_t *async),
                      const char *pipe)
{
    snprintf(side->path, sizeof side->path, "%s.%s", pipe, name);
    uv_loop_init(&side->loop);
    uv_async_init(&side->loop, &side->go, go);
    uv_async_init(&side->loop, &side->end, on_end_asked);
    if (go == go_bare) {
        must_do(bare_open(&fan.bare, &side->loop, side->path), side->path);
    } else {
        open_service(side, side->path);
    }
    must_do(uv_thread_create(&side->thread, run, &side->loop), "a thread");
    side->clients = calloc(fan.clients, sizeof *side->clients);
    if (side->clients == NULL) {
        bench_fail("out of memory", "");
    }
}

/* A backlog full of them at most. */
static void open_more(void)
{
    for (unsigned i = 0; i < 100 && fan.opened < 2 * fan.clients; i++) {
        struct side *side = &fan.sides[fan.opened % 2];
        struct client *client = &side->clients[fan.opened / 2];
        client->on_open = on_open;
        client->on_line = on_line;
        client->on_end = on_end;
        must_do(client_open(client, &fan.loop, side->path), side->path);
        fan.opened++;
        fan.waiting++;
    }
}

static void print(void)
{
    struct samples ratios = {0};
    char name[64];
    for (size_t i = 0; i < fan.sides[0].times.count; i++) {
        samples_add(&ratios, fan.sides[1].times.us[i] / fan.sides[0].times.us[i]);
    }
    for (size_t s = 0; s < 2; s++) {
        snprintf(name, sizeof name, "%s, last of %u", s == 0 ? "bare broadcast" : "event",
                 fan.clients);
        samples_print(&fan.sides[s].times, name, "us");
        samples_release(&fan.sides[s].times);
    }
    snprintf(name, sizeof name, "event to bare broadcast, last of %u", fan.clients);
    samples_print_values(&ratios, name, "x");
    samples_release(&ratios);
}

int bench_fanout(int argc, char **argv)
{
    const char *pipe = option(argc, argv, "--pipe", NULL);
    fan.clients = option_number(argc, argv, "--clients", 1000);
    fan.rounds = option_number(argc, argv, "--rounds", 100);
    if (pipe == NULL || fan.clients == 0) {
        bench_fail("fanout: which --pipe?", "");
    }
    uv_loop_init(&fan.loop);
    open_side(&fan.sides[0], "bare", go_bare, pipe);
    open_side(&fan.sides[1], "service", go_service, pipe);
    open_more();
    fan.turn = 1; /* the service first, for the bytes */
    uv_run(&fan.loop, UV_RUN_DEFAULT);
    for (size_t s = 0; s < 2; s++) {
        uv_async_send(&fan.sides[s].end);
        uv_thread_join(&fan.sides[s].thread);
    }
    print();
    return 0;
}
