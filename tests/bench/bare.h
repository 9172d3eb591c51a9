/* bare.h: a minimal libuv server, which echoes what it gets and sends bytes to all clients.
 * Benchmarks compare the service with it. */
#ifndef MSIWATCH_TESTS_BARE_H
#define MSIWATCH_TESTS_BARE_H

#include <stddef.h>
#include <uv.h>

struct bare_client;

struct bare {
    uv_pipe_t server;
    struct bare_client *clients;
    size_t count;
};

/* Listens. `name` has the form of the setting "pipe"; `bare` stays in use until the process ends. 0
 * or a negative libuv code. */
int bare_open(struct bare *bare, uv_loop_t *loop, const char *name);

/* Sends the same bytes, which must not change, to every client, one write each. A client must not
 * have another write in flight. */
void bare_broadcast(struct bare *bare, const char *bytes, size_t size);

#endif
