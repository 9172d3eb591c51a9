/* memory_io.h: whole connections in memory: no socket, no loop, no thread, no clock but the test's.
 *
 * A server is what connections share: a server with its journal, a decider before it, and a machine
 * whose readings a test sets. A client is a client in memory: what it sends goes into its
 * connection, what the connection writes is collected. As in the real server nothing happens within
 * a callback: writes complete, closed connections are released and wanted samples are made in
 * server_settle.
 *
 * It includes nothing of cmocka, so that fuzzers can use it. Whatever a connection does that a real
 * transport would not stand is remembered in `faults`, and said on stderr. The clock must be
 * stopped (test_clock.h) before server_init. One thread.
 */
#ifndef MSIWATCH_TESTS_MEMORY_IO_H
#define MSIWATCH_TESTS_MEMORY_IO_H

#include "decide/decider.h"
#include "test_server.h"

struct test_server {
    struct metrics metrics;
    struct rpc_server rpc;
    struct api api;
    struct journal *journal;
    struct decider decider;
    struct observation machine; /* what the next sample reads */
    struct list clients;
    bool busy;               /* what clients sent is not taken in server_settle */
    bool slow;               /* wanted samples are not made in server_settle */
    bool look_wanted;        /* a sample was asked for */
    unsigned looks;          /* how many times */
    uint64_t turns_timer_ms; /* when the turns want to be called; UINT64_MAX: never */
    bool waited;             /* what the API last said: somebody waits */
    bool stopped;            /* the server's last connection has gone */
    unsigned faults;
};

struct test_client {
    struct list node; /* in server->clients */
    struct test_server *server;
    struct connection connection;
    enum access_level access_level; /* what impersonating it says: an administrator, unless a test
                                       says otherwise */
    bool anonymous;                 /* it cannot be impersonated */
    unsigned impersonated;
    bool reading;   /* the connection takes bytes */
    bool hold;      /* its writes stay in flight until client_take */
    int refuse;     /* a negative code: the next write is not taken at all */
    size_t at_once; /* so many bytes of a write are taken at once; 0: none, as on Windows */
    const char *flying;
    char *copy; /* of what is in flight, to see that it is left alone */
    size_t flying_size;
    char *received; /* everything that was written, in order */
    size_t received_size, received_room;
    size_t next;        /* where the line begins that client_line gives next */
    size_t most_unread; /* the most bytes that were ever waiting and in flight together */
    unsigned writes;
    uint64_t timer_ms; /* monotonic; UINT64_MAX: none */
    bool closed, released;
};

/* What limits a server has: the product's own. */
struct rpc_limits test_server_limits(void);

/* `held`: events that the journal keeps. 0 or a negative libuv code. */
int server_init(struct test_server *server, size_t held, const struct rpc_limits *limits);

/* Ends all connections that are left. Their clients' `received` stays the test's to free. */
void server_release(struct test_server *server);

/* Begins a connection. */
void client_init(struct test_server *server, struct test_client *client);

/* Frees what was received; the connection must have gone. */
void client_release(struct test_client *client);

/* Gives the connection bytes, in pieces of at most `piece`, and settles after each. What a
 * connection that does not read is sent is lost, as it is when a real one does not read before it
 * closes: how many bytes went in. */
size_t client_send(struct test_client *client, const char *data, size_t size, size_t piece);

/* The client ends its side (0), or the connection breaks (a negative code). */
void client_end(struct test_client *client, int error);

/* Completes the write that is in flight, with 0 or a negative code, and settles. */
void client_take(struct test_client *client, int error);

/* The next whole line received, without its end, NUL-terminated; NULL if there is none. */
char *client_line(struct test_client *client, size_t *size);

/* Everything that is due now: writes that are not held, wanted samples, connections that were
 * closed; until nothing is left. */
void server_settle(struct test_server *server);

/* Lets time pass: timers fire when they are due, in order, with the clock at their time. */
void server_pass(struct test_server *server, uint64_t ms);

/* Makes a sample: observe, decide, record, publish; and settles. Or one that was begun so long
 * ago. */
void server_sample(struct test_server *server);
void server_sample_begun(struct test_server *server, uint64_t ms_ago);

/* The machine's mutex is in that state from now on, and a sample is made. */
void server_set_mutex(struct test_server *server, enum mutex_state state);

/* So many transitions, each a millisecond after the other. */
void server_toggle(struct test_server *server, unsigned transitions);

#endif
