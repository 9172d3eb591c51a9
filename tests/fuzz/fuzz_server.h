/* fuzz_server.h: whole connections in memory: a server, a journal and up to four clients, without
 * sockets.
 *
 * The journal is the real one, in memory, unless fake_journal.c is linked in. This code does
 * libuv's part as connection.h and connection.c describe it: reads that stop and start, one write
 * in flight that ends later with success or an error, a timer, a close that ends later. Time stands
 * still except in fuzz_advance. A checker sees what each client sends and gets; after every step,
 * the connections and the server are checked for consistency. Allocates only through the code that
 * it tests. One server at a time.
 */
#ifndef MSIWATCH_TESTS_WORLD_H
#define MSIWATCH_TESTS_WORLD_H

#include "reply_checker.h"
#include "test_server.h"

#define FUZZ_CLIENTS 4
#define FUZZ_INBOX 131072u /* bytes */

struct fuzz_client {
    struct connection connection;
    bool live;    /* the connection is initialised */
    bool closing; /* it called io->close */
    bool reading;
    bool sending;                   /* a write is in flight */
    bool ended;                     /* the client has closed its end; that counts once the inbox is
                                     * read */
    int end_error;                  /* how: 0, or a negative libuv code */
    bool hold;                      /* its writes stay in flight */
    bool linger;                    /* its close has not ended yet */
    bool refuse_write, break_write; /* the next write fails immediately, or later */
    bool timer_set;
    uint64_t timer_ms; /* when it fires */
    uint64_t timers;   /* how often it was set */
    const char *flying;
    size_t flying_size;
    size_t early; /* bytes before `flying` that were accepted immediately */
    size_t chunk; /* the most bytes that a read returns */
    size_t inbox_begin, inbox_end;
    char inbox[FUZZ_INBOX]; /* what the client sent and the server has not read */
    struct reply_checker checker;
};

struct fuzz_server {
    struct metrics metrics;
    struct rpc_server rpc;
    struct api api;
    struct journal *journal;
    struct fuzz_client clients[FUZZ_CLIENTS];
    bool waited; /* what the API said last */
    bool stopping, stopped;
    uint64_t looks; /* how many were requested */
    uint64_t since_ms;
    /* Called with whole lines that a client got, after the checker has seen them. May be NULL. */
    void (*heard)(size_t client, const char *data, size_t size);
};

/* The default limits of the settings. */
struct rpc_limits fuzz_limits(void);

/* `held` is how many events the journal keeps. 0, or a negative libuv code; then nothing was set
 * up. */
int fuzz_begin(struct fuzz_server *server, const struct rpc_limits *limits, size_t held);

/* Ends all connections, checks that they end correctly, and frees everything. */
void fuzz_end(struct fuzz_server *server);

/* Does everything that is due, then checks everything. Every step below ends with this. */
void fuzz_settle(struct fuzz_server *server);

/* A client connects; nothing happens if that number is in use. */
void fuzz_connect(struct fuzz_server *server, size_t number);

/* The client sends bytes; what does not fit into its inbox is dropped, also for the checker. */
void fuzz_send(struct fuzz_server *server, size_t number, const char *data, size_t size);
void fuzz_send_text(struct fuzz_server *server, size_t number, const char *text);

/* The client closes its end (0), or the connection breaks (a negative libuv code). */
void fuzz_hang_up(struct fuzz_server *server, size_t number, int error);

/* Completes one held write. */
void fuzz_release(struct fuzz_server *server, size_t number);

/* Time passes, and timers fire. */
void fuzz_advance(struct fuzz_server *server, uint64_t ms);

/* The sensors saw this state; if it is new, that is a transition. */
void fuzz_observe(struct fuzz_server *server, enum verdict_state state);

/* This many events are added to the journal. */
void fuzz_append(struct fuzz_server *server, size_t count);

/* The service is asked to stop. */
void fuzz_stop(struct fuzz_server *server);

#endif
