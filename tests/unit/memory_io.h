/* memory_io.h: whole connections in memory: no socket, no loop, no thread, no clock but the test's.
 *
 * A test_server is what connections share: a server with its journal, a decider before it, and a
 * machine whose readings a test sets. A test_client is a client in memory: what it sends goes into
 * its connection, and what the connection writes is collected. As in the real server, nothing
 * happens inside a callback: server_settle completes writes, releases closed connections and takes
 * requested samples.
 *
 * It does not include cmocka, so that fuzzers can use it. If a connection does something that a
 * real transport would not allow, that is counted in `faults` and printed on stderr. Stop the clock
 * (test_clock.h) before server_init. One thread.
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
    bool busy;               /* server_settle does not process what clients sent */
    bool slow;               /* server_settle does not take requested samples */
    bool look_wanted;        /* a sample was requested */
    unsigned looks;          /* how often */
    uint64_t turns_timer_ms; /* when the turns asked to be called; UINT64_MAX: never */
    bool waited;             /* what the API said last: somebody waits */
    bool stopped;            /* the server's last connection has gone */
    unsigned faults;
};

struct test_client {
    struct list node; /* in server->clients */
    struct test_server *server;
    struct connection connection;
    enum access_level access_level; /* what impersonating it shows: an administrator, unless a test
                                     * says otherwise */
    bool anonymous;                 /* it cannot be impersonated */
    unsigned impersonated;
    bool reading;   /* the connection reads */
    bool hold;      /* its writes stay in flight until client_take */
    int refuse;     /* a negative code: the next write is refused */
    size_t at_once; /* this many bytes of a write are accepted immediately; 0: none, as on
                     * Windows */
    const char *flying;
    char *copy; /* of what is in flight, to check that nobody changes it */
    size_t flying_size;
    char *received; /* everything that was written, in order */
    size_t received_size, received_room;
    size_t next;        /* where the next line for client_line begins */
    size_t most_unread; /* the most bytes that were ever waiting and in flight together */
    unsigned writes;
    uint64_t timer_ms; /* monotonic; UINT64_MAX: none */
    bool closed, released;
};

/* The limits of a server: the product's own. */
struct rpc_limits test_server_limits(void);

/* `held` is how many events the journal keeps. 0 or a negative libuv code. */
int server_init(struct test_server *server, size_t held, const struct rpc_limits *limits);

/* Ends all connections that are left. The test still frees what their clients received. */
void server_release(struct test_server *server);

/* Begins a connection. */
void client_init(struct test_server *server, struct test_client *client);

/* Frees what was received; the connection must have gone. */
void client_release(struct test_client *client);

/* Gives the connection bytes, in pieces of at most `piece`, and settles after each. If the
 * connection does not read, the rest is lost, as with a real client that ends before it is read.
 * Returns how many bytes were read. */
size_t client_send(struct test_client *client, const char *data, size_t size, size_t piece);

/* The client closes its end (0), or the connection breaks (a negative code). */
void client_end(struct test_client *client, int error);

/* Completes the write that is in flight, with 0 or a negative code, and settles. */
void client_take(struct test_client *client, int error);

/* Returns the next whole line received, without its end and with a NUL; NULL: there is none. */
char *client_line(struct test_client *client, size_t *size);

/* Does everything that is due now, until nothing is left: completes writes that are not held, takes
 * requested samples, releases closed connections. */
void server_settle(struct test_server *server);

/* Lets time pass: timers fire when they are due, in order, with the clock at their time. */
void server_pass(struct test_server *server, uint64_t ms);

/* Takes a sample (observe, decide, record, publish) and settles; server_sample_begun takes one that
 * was begun this long ago. */
void server_sample(struct test_server *server);
void server_sample_begun(struct test_server *server, uint64_t ms_ago);

/* Sets the state of the machine's mutex, and takes a sample. */
void server_set_mutex(struct test_server *server, enum mutex_state state);

/* Makes this many transitions, a millisecond apart. */
void server_toggle(struct test_server *server, unsigned transitions);

#endif
