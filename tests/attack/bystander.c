/* bystander.c: well-behaved clients that go on asking for `status`. */
#include "bystander.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SAMPLES 100000
#define ANSWER_MS 2000
#define NEW_CLIENT_EVERY 16

static const char status[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}\n";

void bystanders_come(struct bystanders *all, const char *path)
{
    all->path = path;
    for (size_t i = 0; i < BYSTANDERS; i++) {
        if (!raw_connect(&all->clients[i], path)) {
            fprintf(stderr, "a bystander cannot connect to %s\n", path);
            exit(1);
        }
    }
}

void bystanders_go(struct bystanders *all)
{
    for (size_t i = 0; i < BYSTANDERS; i++) {
        raw_close(&all->clients[i]);
    }
}

static bool ask(struct raw_client *client)
{
    const char *line = raw_say(client, status) ? raw_hear(client, ANSWER_MS, NULL) : NULL;
    return line != NULL && strstr(line, "\"result\":{\"state\":") != NULL;
}

static bool ask_over_a_new_connection(const char *path)
{
    struct raw_client client;
    bool answered = raw_connect(&client, path) && ask(&client);
    raw_close(&client);
    return answered;
}

static int compare(const void *a, const void *b)
{
    uint64_t left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

struct latency bystanders_watch(struct bystanders *all, unsigned ms)
{
    static uint64_t samples[MOST_SAMPLES];
    struct latency latency = {0};
    uint64_t until = raw_now_ms() + ms;
    size_t count = 0;
    while (count < MOST_SAMPLES && (count == 0 || raw_now_ms() < until)) {
        if (count % NEW_CLIENT_EVERY == NEW_CLIENT_EVERY - 1) {
            latency.asked++;
            latency.failed += !ask_over_a_new_connection(all->path);
        }
        uint64_t begun = raw_now_us();
        latency.failed += !ask(&all->clients[count % BYSTANDERS]);
        samples[count++] = raw_now_us() - begun;
        poll(NULL, 0, 1);
    }
    qsort(samples, count, sizeof samples[0], compare);
    latency.asked += count;
    latency.p50_us = samples[count / 2];
    latency.p99_us = samples[count * 99 / 100];
    latency.most_us = samples[count - 1];
    return latency;
}
