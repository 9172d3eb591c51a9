/* memory_test.c: what idle subscribers cost beyond a bare libuv server that holds as many pipes,
 * and what is left when they have gone. Prints the figures. */
#include "unit.h"

#include "raw_client.h"
#include "server.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define CLIENTS 1000
#define FIRST 10
#define MOST_ALLOCATED 800 /* bytes each */
#define MOST_RESIDENT 6144
#define SUBSCRIBE "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"subscribe\"}\n"

struct figures {
    struct memory before, with, after;
};

static struct memory wait_for(const struct server *server, uint64_t clients)
{
    uint64_t until = raw_now_ms() + 10000;
    struct memory memory;
    do {
        memory = server_memory(server);
    } while (memory.clients != clients && raw_now_ms() < until);
    assert_int_equal(memory.clients, clients);
    return memory;
}

/* Subscribes to the service; the bare server does not answer. */
static void subscribe(struct raw_client *client)
{
    assert_true(raw_say(client, SUBSCRIBE));
    assert_true(raw_hears(client, "\"subscription\":1", 5000));
    free(client->bytes);
    client->bytes = NULL;
    client->begin = client->end = 0;
}

static struct memory come(const struct server *server, struct raw_client *clients, size_t count,
                          enum server_kind kind)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(raw_connect(&clients[i], server->path));
        if (kind == SERVER_SERVICE) {
            subscribe(&clients[i]);
        }
    }
    return wait_for(server, count);
}

static struct memory leave(const struct server *server, struct raw_client *clients, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        raw_close(&clients[i]);
    }
    return wait_for(server, 0);
}

static struct figures measure(enum server_kind kind)
{
    static struct raw_client clients[CLIENTS];
    struct server server;
    struct figures figures;
    server_start(&server, kind);
    /* Some first, so that the program's own pages that they need are there before. */
    come(&server, clients, FIRST, kind);
    figures.before = leave(&server, clients, FIRST);
    figures.with = come(&server, clients, CLIENTS, kind);
    figures.after = leave(&server, clients, CLIENTS);
    server_stop(&server);
    return figures;
}

static int64_t each(uint64_t before, uint64_t with)
{
    return ((int64_t)with - (int64_t)before) / CLIENTS;
}

static void an_idle_subscriber_costs_little_and_leaves_nothing(void **state)
{
    (void)state;
    struct figures bare = measure(SERVER_BARE);
    struct figures service = measure(SERVER_SERVICE);
    int64_t bare_allocated = each(bare.before.allocated, bare.with.allocated);
    int64_t allocated = each(service.before.allocated, service.with.allocated);
    int64_t bare_resident = each(bare.before.resident, bare.with.resident);
    int64_t resident = each(service.before.resident, service.with.resident);
    print_message("bytes a client       bare libuv   subscriber       beyond\n");
    print_message("  allocated          %10lld   %10lld   %10lld\n", (long long)bare_allocated,
                  (long long)allocated, (long long)(allocated - bare_allocated));
    print_message("  resident           %10lld   %10lld   %10lld\n", (long long)bare_resident,
                  (long long)resident, (long long)(resident - bare_resident));
    print_message("the service          before       with %d    afterwards\n", CLIENTS);
    print_message("  own live bytes     %10lld   %10lld   %10lld\n", (long long)service.before.own,
                  (long long)service.with.own, (long long)service.after.own);
    print_message("  resident bytes     %10llu   %10llu   %10llu\n",
                  (unsigned long long)service.before.resident,
                  (unsigned long long)service.with.resident,
                  (unsigned long long)service.after.resident);
    assert_true(allocated - bare_allocated <= MOST_ALLOCATED);
    assert_true(resident - bare_resident <= MOST_RESIDENT);
    assert_int_equal(service.after.own, service.before.own);
    assert_int_equal(service.after.own_blocks, service.before.own_blocks);
    assert_true(service.after.resident <= service.before.resident * 5 / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_subscriber_costs_little_and_leaves_nothing),
    };
    struct rlimit files = {4096, 4096};
    setrlimit(RLIMIT_NOFILE, &files);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("bench.memory", tests, NULL, NULL);
}
