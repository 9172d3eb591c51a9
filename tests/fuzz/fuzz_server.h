/* fuzz_server.h: whole connections in memory: a server, a journal and up to four clients, no
 * sockets.
 *
 * The journal is the real one, in memory, unless fake_journal.c is linked in.
 * Plays libuv's part as connection.h and connection.c describe it: reads that stop and start, one
 * write in flight that ends later, well or not, a timer, a close that is over later. Time stands
 * still except fuzz_advance. A checker sees what each client sends and gets, and after every step
 * the connections and the server are checked against themselves. Allocates nothing but through what
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
    bool ended;                     /* the client has closed its end, once the inbox is read */
    int end_error;                  /* how: 0, or a negative libuv code */
    bool hold;                      /* its writes stay in flight */
    bool linger;                    /* its close is not over yet */
    bool refuse_write, break_write; /* the next write fails at once, or later */
    bool timer_set;
    uint64_t timer_ms; /* when it fires */
    uint64_t timers;   /* how often it was set */
    const char *flying;
    size_t flying_size;
    size_t early; /* bytes before `flying` that were taken at once */
    size_t chunk; /* most bytes a read gives */
    size_t inbox_begin, inbox_end;
    char inbox[FUZZ_INBOX]; /* what the client sent and nobody read */
    struct reply_checker checker;
};

struct fuzz_server {
    struct metrics metrics;
    struct rpc_server rpc;
    struct api api;
    struct journal *journal;
    struct fuzz_client clients[FUZZ_CLIENTS];
    bool waited; /* what the API last said */
    bool stopping, stopped;
    uint64_t looks; /* asked for */
    uint64_t since_ms;
    /* Called with whole lines that a client got, once the checker has seen them. May be NULL. */
    void (*heard)(size_t client, const char *data, size_t size);
};

/* The limits of the settings' defaults. */
struct rpc_limits fuzz_limits(void);

/* `held`: events that the journal holds. 0, or a negative libuv code; then there is nothing. */
int fuzz_begin(struct fuzz_server *server, const struct rpc_limits *limits, size_t held);

/* Ends what still lives, checking that it ends well, and frees. */
void fuzz_end(struct fuzz_server *server);

/* Everything that is due now happens; then all is checked. Every step below does it. */
void fuzz_settle(struct fuzz_server *server);

/* A client comes; nothing if its place is taken. */
void fuzz_connect(struct fuzz_server *server, size_t number);

/* It sends bytes; those that do not fit into its inbox are lost to everybody. */
void fuzz_send(struct fuzz_server *server, size_t number, const char *data, size_t size);
void fuzz_send_text(struct fuzz_server *server, size_t number, const char *text);

/* It closes its end (0) or breaks (a negative libuv code). */
void fuzz_hang_up(struct fuzz_server *server, size_t number, int error);

/* Lets one held write of it go. */
void fuzz_release(struct fuzz_server *server, size_t number);

/* Time passes, and timers fire. */
void fuzz_advance(struct fuzz_server *server, uint64_t ms);

/* The sensors saw this state; a change is a transition. */
void fuzz_observe(struct fuzz_server *server, enum verdict_state state);

/* So many events come to the journal. */
void fuzz_append(struct fuzz_server *server, size_t count);

/* The service is asked to stop. */
void fuzz_stop(struct fuzz_server *server);

#endif
