/* bare.h: the least that libuv does: a server that sends back what comes, and sends bytes to all.
 * What benchmarks measure the service against.
 */
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

/* Listens. `name` as the setting "pipe" takes it; `bare` stays for good. 0 or a negative libuv
 * code. */
int bare_open(struct bare *bare, uv_loop_t *loop, const char *name);

/* Sends the same bytes, which stay as they are, to every client, one write each. A client must not
 * have another write in flight. */
void bare_broadcast(struct bare *bare, const char *bytes, size_t size);

#endif
