/* detect.c: "msiwatch-bench detect", natively: from a change of the machine to the event at a
 * subscriber. The whole service runs in a thread of this process, with a sensor whose mutex changes
 * hands at times that are drawn at random and not told to it; the subscriber is a client of its
 * socket in the main thread. One clock, to the microsecond.
 *
 * "sampled": nothing hints, so half the interval is the best that p50 can be. "hinted": at the
 * moment of the change the sensor thread is woken to look, as a notification does; what is left is
 * our own time: two thread switches, a decision, a write, a read. "hinted before": nothing runs, so
 * looks are a second apart; a change of the registry comes 0 to 30 ms before the mutex is taken.
 * "waited": as sampled, while a client waits.
 */
#include "bench.h"
#include "client.h"
#include "base/clock.h"
#include "observe/install_log.h"
#include "observe/sampler.h"
#include "service.h"
#include "common/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The machine: one change that is to come, or has. */
static struct {
    struct sensor sensor;
    uv_mutex_t lock; /* guards all below */
    uint64_t change_us;
    bool held; /* from then on */
    enum msiserver_state msiserver;
    bool registry_changed;
} machine;

static void read_machine(struct sensor *self, struct observation *into)
{
    uv_mutex_lock(&machine.lock);
    self->hinted = machine.registry_changed;
    machine.registry_changed = false;
    bool held = clock_mono_us() >= machine.change_us ? machine.held : !machine.held;
    into->mutex.state = held ? MUTEX_HELD : MUTEX_FREE;
    into->msiserver.state = machine.msiserver;
    into->msiserver.controls = 5;
    into->registry_known = true;
    uv_mutex_unlock(&machine.lock);
}

static void close_machine(struct sensor *self)
{
    (void)self;
}

static int add_sensors(struct sampler *sampler, struct install_log *records, void *context)
{
    (void)records;
    (void)context;
    machine.sensor = (struct sensor){.read = read_machine, .close = close_machine};
    return sampler_add(sampler, &machine.sensor);
}

enum mode { SAMPLED, HINTED, HINTED_BEFORE, WAITED, MODES };

static struct {
    uv_loop_t loop;
    struct client client;
    uv_timer_t edge, limit;
    struct service *service;
    enum mode mode;
    unsigned edges, left;
    uint64_t change_us, random;
    struct samples taken, released;
} bench;

/* xorshift64: the same times in every run. */
static uint64_t draw(uint64_t below)
{
    bench.random ^= bench.random << 13;
    bench.random ^= bench.random >> 7;
    bench.random ^= bench.random << 17;
    return bench.random % below;
}

static void on_edge(uv_timer_t *timer)
{
    uint64_t in_us = bench.mode == HINTED_BEFORE ? draw(30000) : 0;
    (void)timer;
    uv_mutex_lock(&machine.lock);
    machine.change_us = bench.change_us = clock_mono_us() + in_us;
    machine.registry_changed = bench.mode == HINTED_BEFORE;
    uv_mutex_unlock(&machine.lock);
    service_ask_look(bench.service);
}

/* The next change comes in 40 to 140 ms; the sensor sees it when it looks. One that is hinted at
 * before it comes is a second later, for there is a burst of looks a second. */
static void plan_edge(void)
{
    uint64_t in_us = 40000 + draw(100000);
    uv_mutex_lock(&machine.lock);
    machine.held = !machine.held;
    bool hinted = bench.mode == HINTED || (bench.mode == HINTED_BEFORE && machine.held);
    machine.change_us = hinted ? UINT64_MAX : clock_mono_us() + in_us;
    bench.change_us = machine.change_us;
    uv_mutex_unlock(&machine.lock);
    if (hinted) {
        in_us += bench.mode == HINTED_BEFORE ? 1000000 : 0;
        uv_update_time(&bench.loop);
        uv_timer_start(&bench.edge, on_edge, in_us / 1000, 0);
    }
}

static void finish(void)
{
    static const char *const names[MODES] = {"sampled", "hinted", "hinted 0-30 ms before",
                                             "sampled, waited"};
    char name[64];
    snprintf(name, sizeof name, "taken -> event, %s", names[bench.mode]);
    samples_print(&bench.taken, name, "ms");
    if (bench.mode != HINTED_BEFORE) {
        snprintf(name, sizeof name, "released -> event, %s", names[bench.mode]);
        samples_print(&bench.released, name, "ms");
    }
    fflush(stdout);
    samples_release(&bench.taken);
    samples_release(&bench.released);
}

static void say(const char *line)
{
    if (client_say(&bench.client, "%s", line) != 0) {
        bench_fail("detect: cannot write", line);
    }
}

static void begin_mode(enum mode mode)
{
    bench.mode = mode;
    /* Takings and releasings in turn. */
    bench.left = mode == HINTED_BEFORE ? (bench.edges / 16 + 1) * 2 : bench.edges;
    uv_mutex_lock(&machine.lock);
    machine.msiserver = mode == HINTED_BEFORE ? MSISERVER_STOPPED : MSISERVER_RUNNING;
    uv_mutex_unlock(&machine.lock);
    if (mode == WAITED) { /* for longer than this runs */
        say("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"wait\",\"params\":"
            "{\"for\":\"idle\",\"settle_ms\":86400000}}");
    }
}

static void next_edge(void)
{
    if (bench.left == 0) {
        finish();
        if (bench.mode + 1 == MODES) {
            client_close(&bench.client);
            uv_close((uv_handle_t *)&bench.edge, NULL);
            uv_close((uv_handle_t *)&bench.limit, NULL);
            service_ask_stop(bench.service);
            return;
        }
        begin_mode(bench.mode + 1);
    }
    bench.left--;
    plan_edge();
}

static void on_line(struct client *client, char *line, size_t size)
{
    uint64_t now = clock_mono_us();
    struct event event;
    yyjson_doc *doc = yyjson_read(line, size, 0);
    yyjson_val *root = yyjson_doc_get_root(doc);
    yyjson_val *params = yyjson_obj_get(root, "params");
    (void)client;
    if (yyjson_obj_get(root, "result") != NULL) {
        next_edge();
    } else if (!wire_event_read(yyjson_obj_get(params, "event"), &event)) {
        bench_fail("detect: not an event", line);
    } else if (event.from != VERDICT_UNKNOWN) {
        struct samples *samples = event.to == VERDICT_BUSY ? &bench.taken : &bench.released;
        if ((event.to == VERDICT_BUSY) != machine.held || now < bench.change_us) {
            bench_fail("detect: an event before its time", line);
        }
        samples_add(samples, (double)(now - bench.change_us));
        next_edge();
    }
    yyjson_doc_free(doc);
}

/* A status first, so that the service's first look is over before it is followed. */
static void on_open(struct client *client, int status)
{
    (void)client;
    if (status != 0) {
        bench_fail("detect: cannot connect", uv_strerror(status));
    }
    say("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\"}");
}

static void on_end(struct client *client, int error)
{
    (void)client;
    bench_fail("detect: the service went away", uv_strerror(error));
}

static void on_limit(uv_timer_t *timer)
{
    (void)timer;
    bench_fail("detect: an event did not come", "");
}

static void run_service(void *service)
{
    service_run(service);
}

int bench_detect(int argc, char **argv)
{
    struct settings settings;
    struct log *log = NULL;
    const char *name = option(argc, argv, "--pipe", NULL);
    const char *data = option(argc, argv, "--data", ""); /* none: the journal is in memory */
    uv_thread_t thread;
    bench.edges = bench.left = option_number(argc, argv, "--edges", 400);
    bench.random = UINT64_C(88172645463325252);
    settings_init(&settings);
    settings.flapping = 10000;
    if (name == NULL || strlen(name) >= sizeof settings.pipe ||
        strlen(data) >= sizeof settings.data || bench.edges == 0) {
        bench_fail("detect: which --pipe?", "");
    }
    memcpy(settings.pipe, name, strlen(name) + 1);
    memcpy(settings.data, data, strlen(data) + 1);
    machine.msiserver = MSISERVER_RUNNING;
    machine.held = false;
    uv_mutex_init(&machine.lock);
    bench.client.on_open = on_open;
    bench.client.on_line = on_line;
    bench.client.on_end = on_end;
    log_new(&log, NULL, 1, LOG_WARN);
    struct service_config config = {.settings = &settings, .log = log, .add_sensors = add_sensors};
    if (service_new(&bench.service, &config) != 0 ||
        uv_thread_create(&thread, run_service, bench.service) != 0) {
        bench_fail("detect: cannot start the service", "");
    }
    uv_loop_init(&bench.loop);
    uv_timer_init(&bench.loop, &bench.edge);
    uv_timer_init(&bench.loop, &bench.limit);
    uv_timer_start(&bench.limit, on_limit, 20000 + bench.edges * 800, 0);
    if (client_open(&bench.client, &bench.loop, name) != 0) {
        bench_fail("detect: cannot make a pipe", name);
    }
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench.loop);
    uv_thread_join(&thread);
    service_free(bench.service);
    log_free(log);
    uv_mutex_destroy(&machine.lock);
    return 0;
}
