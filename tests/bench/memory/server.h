/* server.h: a server in a process of its own that reports how much memory it uses: either the
 * service's listener, connections and journal, or the least that libuv needs for the same
 * clients. */
#ifndef MSIWATCH_TESTS_MEMORY_SERVER_H
#define MSIWATCH_TESTS_MEMORY_SERVER_H

#include <stdint.h>
#include <sys/types.h>

enum server_kind { SERVER_BARE, SERVER_SERVICE };

struct server {
    pid_t pid;
    int control;   /* a socket to the process */
    char path[64]; /* of the socket to which clients connect */
};

struct memory {
    uint64_t clients;        /* connected clients, as the server counts them */
    int64_t own_blocks, own; /* live bytes, without those of libuv */
    uint64_t allocated;      /* bytes that the C library's allocator has given out in all */
    uint64_t resident;       /* bytes, as the system reports them */
};

/* If something fails, the process ends with a message that says why. */
void server_start(struct server *server, enum server_kind kind);
void server_stop(struct server *server);

/* Returns free memory to the system, and reports what is left. */
struct memory server_memory(const struct server *server);

#endif
