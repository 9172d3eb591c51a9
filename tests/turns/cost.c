/* cost.c: what turns cost the service's loop, for callgrind to count (cost_test.sh).
 *
 *   turns-cost grant WAITING ROUNDS     a turn is released and the next one granted, ROUNDS times,
 *                                       while WAITING others wait, of 513 clients
 *   turns-cost turns|waits COUNT ROUNDS  ROUNDS samples find the state busy, while COUNT turns, or
 *                                       waits, wait
 *
 * Only what counted_release and counted_look do is meant. Connections are in memory and the clock
 * stands still, so that two runs count the same.
 */
#include "memory_io.h"
#include "test_clock.h"

#include "rpc/shares.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START_MS 1000000
#define USERS 8
#define CLIENTS 513 /* an event is offered to each, whether it waits or not */

static struct test_server server;
static struct test_client *clients;

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "turns-cost: %s\n", what);
        exit(2);
    }
}

static void request(struct test_client *client, const char *method)
{
    char line[128];
    int size = snprintf(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}\n",
                        method);
    must(client_send(client, line, (size_t)size, (size_t)size) == (size_t)size, "not read");
}

__attribute__((noinline)) void counted_release(struct test_client *client);
__attribute__((noinline)) void counted_look(const struct monitor_look *look);

void counted_release(struct test_client *client)
{
    static const char line[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"turn.release\"}\n";
    size_t room;
    char *to = connection_room(&client->connection, &room);
    must(room >= sizeof line - 1, "no room");
    memcpy(to, line, sizeof line - 1);
    connection_received(&client->connection, sizeof line - 1);
    while (connections_take(&server.rpc.connections)) { /* in this turn of the loop */
    }
}

void counted_look(const struct monitor_look *look)
{
    struct monitor_listener api = api_listener(&server.api), turns = turns_listener(&server.api);
    api.looked(api.arg, look);
    turns.looked(turns.arg, look);
}

static void look(enum verdict_state state)
{
    struct status status = server.api.status;
    struct monitor_look found = {&status, START_MS, NULL, NULL};
    status.state = state;
    status.seen.mono_ms = clock_mono_ms();
    counted_look(&found);
    server_settle(&server);
}

static void begin(size_t count)
{
    struct rpc_limits limits = test_server_limits();
    test_clock_stop(START_MS);
    must(server_init(&server, 4096, &limits) == 0, "no server");
    server_sample(&server);
    server.slow = true; /* samples are made by look alone */
    struct turns_limits *turns = &server.api.turns.queue.limits;
    turns->total = turns->user = turns->process = turns->acquires = UINT32_MAX / 2;
    clients = calloc(count, sizeof *clients);
    must(clients != NULL, "no memory");
    for (size_t i = 0; i < count; i++) {
        client_init(&server, &clients[i]);
        clients[i].connection.client.known = true;
        clients[i].connection.client.user_size = 1;
        clients[i].connection.client.user[0] = (unsigned char)(i % USERS);
        clients[i].access_level = clients[i].connection.access_level = ACCESS_STANDARD;
    }
}

static void end(size_t count)
{
    server_release(&server);
    for (size_t i = 0; i < count; i++) {
        client_release(&clients[i]);
    }
    free(clients);
    must(server.faults == 0, "faults");
}

static struct test_client *holder(void)
{
    struct seat *seat = server.api.turns.holder;
    must(seat != NULL, "none is out");
    for (struct test_client *client = clients;; client++) {
        if (seat->connection == &client->connection) {
            return client;
        }
    }
}

static void grant(size_t waiting, unsigned rounds)
{
    must(waiting < CLIENTS, "too many");
    begin(CLIENTS);
    for (size_t i = 0; i <= waiting; i++) {
        request(&clients[i], "turn.acquire");
    }
    look(VERDICT_IDLE);
    for (unsigned i = 0; i < rounds; i++) {
        struct test_client *client = holder();
        must(server.api.turns.queue.count == waiting, "not all wait");
        counted_release(client);
        must(server.api.turns.holder == NULL || holder() != client, "no release was counted");
        server_settle(&server);
        look(VERDICT_IDLE);
        request(client, "turn.acquire"); /* so that as many wait as before */
    }
    must(server.metrics.turns_total == rounds + 1, "not all were granted");
    end(CLIENTS);
}

static void wait_for_idle(const char *method, size_t count, unsigned rounds)
{
    begin(count);
    look(VERDICT_BUSY);
    for (size_t i = 0; i < count; i++) {
        request(&clients[i], method);
    }
    must(server.api.turns.queue.count + server.api.waits == count, "not all wait");
    server_pass(&server, 3000); /* all have been sent their place */
    for (unsigned i = 0; i < rounds; i++) {
        look(VERDICT_BUSY);
    }
    end(count);
}

int main(int argc, char **argv)
{
    must(argc == 4, "usage: turns-cost grant|turns|waits COUNT ROUNDS");
    size_t count = strtoul(argv[2], NULL, 10);
    unsigned rounds = (unsigned)strtoul(argv[3], NULL, 10);
    if (strcmp(argv[1], "grant") == 0) {
        grant(count, rounds);
    } else {
        wait_for_idle(strcmp(argv[1], "turns") == 0 ? "turn.acquire" : "wait", count, rounds);
    }
    return 0;
}
