/* server.h: a server in a process of its own, which says how much memory it holds: either the
 * service's listener, connections and journal, or the least that libuv needs to hold the same
 * clients. */
#ifndef MSIWATCH_TESTS_MEMORY_SERVER_H
#define MSIWATCH_TESTS_MEMORY_SERVER_H

#include <stdint.h>
#include <sys/types.h>

enum server_kind { SERVER_BARE, SERVER_SERVICE };

struct server {
    pid_t pid;
    int control;   /* a socket to it */
    char path[64]; /* of the one where clients connect */
};

struct memory {
    uint64_t clients;        /* connected, as it sees it */
    int64_t own_blocks, own; /* live bytes, libuv's not among them */
    uint64_t allocated;      /* bytes that the C library's allocator has given to all */
    uint64_t resident;       /* bytes, by the system's word */
};

/* What goes wrong ends the process, saying why. */
void server_start(struct server *server, enum server_kind kind);
void server_stop(struct server *server);

/* Gives back to the system what is free, and tells what is left. */
struct memory server_memory(const struct server *server);

#endif
