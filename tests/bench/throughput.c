/* throughput.c: "msiwatch-bench throughput", how many `status` a second many clients get, against a
 * bare libuv echo on the same transport, in the same run, in turn.
 *
 * Each client asks again when it has its answer; the clients of the one server rest while those of
 * the other work. All are of this one process, whose own work is a part of the time of both.
 */
#include "bench.h"
#include "client.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const end_names[] = {"echo", "status"};

struct asker {
    struct client client; /* the first, so that one is the other */
    size_t end;
    uint64_t asked_ns;
};

static struct {
    uv_loop_t loop;
    uv_timer_t timer;
    struct asker *askers[2];
    unsigned clients, rounds, ms, open;
    size_t turn; /* half rounds that are over; the first round is not counted */
    bool working;
    unsigned under_way, answers;
    uint64_t begun_ns;
    struct samples times[2], rates[2];
} load;

static void ask(struct asker *asker)
{
    asker->asked_ns = uv_hrtime();
    load.under_way++;
    int error = client_say(&asker->client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}");
    if (error != 0) {
        bench_fail(end_names[asker->end], uv_strerror(error));
    }
}

static void on_over(uv_timer_t *timer)
{
    (void)timer;
    load.working = false;
}

static void begin_half(void)
{
    load.working = true;
    load.answers = 0;
    load.begun_ns = uv_hrtime();
    uv_update_time(&load.loop);
    uv_timer_start(&load.timer, on_over, load.ms, 0);
    for (unsigned i = 0; i < load.clients; i++) {
        ask(&load.askers[load.turn % 2][i]);
    }
}

static void end_half(void)
{
    double seconds = (double)(uv_hrtime() - load.begun_ns) / 1e9;
    if (load.turn >= 2) {
        samples_add(&load.rates[load.turn % 2], load.answers / seconds);
    }
    if (++load.turn < (size_t)(load.rounds + 1) * 2) {
        begin_half();
        return;
    }
    for (size_t end = 0; end < 2; end++) {
        for (unsigned i = 0; i < load.clients; i++) {
            client_close(&load.askers[end][i].client);
        }
    }
    uv_close((uv_handle_t *)&load.timer, NULL);
}

static void on_line(struct client *client, char *line, size_t size)
{
    struct asker *asker = (struct asker *)client;
    (void)line;
    (void)size;
    if (load.turn >= 2) {
        samples_add(&load.times[asker->end], (double)(uv_hrtime() - asker->asked_ns) / 1000.0);
    }
    load.answers++;
    load.under_way--;
    if (load.working) {
        ask(asker);
    } else if (load.under_way == 0) {
        end_half();
    }
}

static void on_open(struct client *client, int status)
{
    if (status != 0) {
        bench_fail(end_names[((struct asker *)client)->end], uv_strerror(status));
    }
    if (++load.open == 2 * load.clients) {
        begin_half();
    }
}

static void on_end(struct client *client, int error)
{
    bench_fail(end_names[((struct asker *)client)->end], uv_strerror(error));
}

static void open_all(size_t end, const char *name)
{
    load.askers[end] = calloc(load.clients, sizeof *load.askers[end]);
    for (unsigned i = 0; load.askers[end] != NULL && i < load.clients; i++) {
        struct asker *asker = &load.askers[end][i];
        asker->end = end;
        asker->client.on_open = on_open;
        asker->client.on_line = on_line;
        asker->client.on_end = on_end;
        if (client_open(&asker->client, &load.loop, name) != 0) {
            bench_fail("cannot make a pipe", name);
        }
    }
}

static void print(void)
{
    struct samples ratios = {0};
    char name[64];
    for (size_t i = 0; i < load.rates[0].count; i++) {
        samples_add(&ratios, load.rates[1].us[i] / load.rates[0].us[i]);
    }
    for (size_t end = 0; end < 2; end++) {
        snprintf(name, sizeof name, "%s, %u clients", end_names[end], load.clients);
        samples_print(&load.times[end], name, "us");
        samples_print_values(&load.rates[end], name, "answers/s");
        samples_release(&load.times[end]);
        samples_release(&load.rates[end]);
        free(load.askers[end]);
    }
    snprintf(name, sizeof name, "throughput of status to echo, %u clients", load.clients);
    samples_print_values(&ratios, name, "x");
    samples_release(&ratios);
}

int bench_throughput(int argc, char **argv)
{
    const char *echo = option(argc, argv, "--echo", NULL),
               *service = option(argc, argv, "--pipe", NULL);
    load.clients = option_number(argc, argv, "--clients", 50);
    load.rounds = option_number(argc, argv, "--rounds", 10);
    load.ms = option_number(argc, argv, "--ms", 300);
    if (echo == NULL || service == NULL || load.clients == 0 || load.rounds == 0) {
        bench_fail("throughput: which --pipe and which --echo?", "");
    }
    uv_loop_init(&load.loop);
    uv_timer_init(&load.loop, &load.timer);
    open_all(0, echo);
    open_all(1, service);
    uv_run(&load.loop, UV_RUN_DEFAULT);
    uv_loop_close(&load.loop);
    print();
    return 0;
}
