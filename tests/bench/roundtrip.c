/* roundtrip.c: "msiwatch-bench roundtrip", how long a `status` takes, against a bare libuv echo on
 * the same transport, in the same run, in turn.
 *
 * One request at a time, one connection to each, the same bytes to each. `status` looks afresh
 * when the last look is older than 5 ms, so some of the answers wait for the sensor thread: that
 * is in them, and is why p99 is given beside the median.
 */
#include "bench.h"
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct end {
    struct client client; /* the first, so that one is the other */
    const char *name;
    struct samples all, medians; /* of all answers; of each round */
    struct samples round;
    unsigned left; /* of this round */
    uint64_t asked_ns;
};

static struct {
    uv_loop_t loop;
    struct end ends[2]; /* the echo and the service */
    unsigned open, rounds, each, warm;
    size_t turn;
} race;

static void ask(struct end *end)
{
    end->asked_ns = uv_hrtime();
    int error = client_say(&end->client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}");
    if (error != 0) {
        bench_fail(end->name, uv_strerror(error));
    }
}

static void begin_round(void)
{
    struct end *end = &race.ends[race.turn % 2];
    end->left = race.each;
    ask(end);
}

static void finish_round(struct end *end)
{
    bool warm = race.turn / 2 >= race.warm;
    for (size_t i = 0; warm && i < end->round.count; i++) {
        samples_add(&end->all, end->round.us[i]);
    }
    if (warm) {
        samples_add(&end->medians, samples_percentile(&end->round, 50));
    }
    samples_release(&end->round);
    race.turn++;
    if (race.turn / 2 == race.rounds + race.warm) {
        client_close(&race.ends[0].client);
        client_close(&race.ends[1].client);
    } else {
        begin_round();
    }
}

static void on_line(struct client *client, char *line, size_t size)
{
    struct end *end = (struct end *)client;
    samples_add(&end->round, (double)(uv_hrtime() - end->asked_ns) / 1000.0);
    (void)size;
    if (end == &race.ends[1] && strstr(line, "\"result\":{\"state\":") == NULL) {
        bench_fail("not a status", line);
    }
    if (--end->left > 0) {
        ask(end);
    } else {
        finish_round(end);
    }
}

static void on_open(struct client *client, int status)
{
    if (status != 0) {
        bench_fail(((struct end *)client)->name, uv_strerror(status));
    }
    if (++race.open == 2) {
        begin_round();
    }
}

static void on_end(struct client *client, int error)
{
    bench_fail(((struct end *)client)->name, uv_strerror(error));
}

int bench_roundtrip(int argc, char **argv)
{
    const char *const names[] = {option(argc, argv, "--echo", NULL),
                                 option(argc, argv, "--pipe", NULL)};
    race.rounds = option_number(argc, argv, "--rounds", 10);
    race.each = option_number(argc, argv, "--each", 1000);
    race.warm = 1;
    if (names[0] == NULL || names[1] == NULL || race.rounds == 0 || race.each == 0) {
        bench_fail("roundtrip: which --pipe and which --echo?", "");
    }
    uv_loop_init(&race.loop);
    for (size_t i = 0; i < 2; i++) {
        struct end *end = &race.ends[i];
        end->name = names[i];
        end->client.on_open = on_open;
        end->client.on_line = on_line;
        end->client.on_end = on_end;
        if (client_open(&end->client, &race.loop, names[i]) != 0) {
            bench_fail("cannot make a pipe", names[i]);
        }
    }
    uv_run(&race.loop, UV_RUN_DEFAULT);
    uv_loop_close(&race.loop);
    struct samples ratios = {0};
    for (size_t i = 0; i < race.ends[0].medians.count; i++) {
        samples_add(&ratios, race.ends[1].medians.us[i] / race.ends[0].medians.us[i]);
    }
    samples_print(&race.ends[0].all, "echo round trip", "us");
    samples_print(&race.ends[1].all, "status round trip", "us");
    samples_print_values(&ratios, "status to echo, of medians by round", "x");
    printf("%-44s         %.2f\n", "status to echo, of p99",
           samples_percentile(&race.ends[1].all, 99) / samples_percentile(&race.ends[0].all, 99));
    samples_release(&ratios);
    for (size_t i = 0; i < 2; i++) {
        samples_release(&race.ends[i].all);
        samples_release(&race.ends[i].medians);
    }
    return 0;
}
