/* memory_io.h: whole sessions in memory: no socket, no loop, no thread, no clock but the test's.
 *
 * A house is what sessions share: a server with its journal, a decider before it, and a machine
 * whose readings a test sets. A caller is a client in memory: what it sends goes into its session,
 * what the session writes is collected. As in the real house nothing happens within a callback:
 * writes complete, closed sessions are released and wanted samples are made in house_settle.
 *
 * It includes nothing of cmocka, so that fuzzers can use it. Whatever a session does that a real
 * transport would not stand is remembered in `faults`, and said on stderr. The clock must be
 * stopped (test_clock.h) before house_init. One thread.
 */
#ifndef MSIWATCH_TESTS_MEMORY_IO_H
#define MSIWATCH_TESTS_MEMORY_IO_H

#include "decide/decider.h"
#include "test_server.h"

struct house {
    struct metrics metrics;
    struct rpc_server server;
    struct api api;
    struct journal *journal;
    struct decider decider;
    struct observation machine; /* what the next sample reads */
    struct list callers;
    bool slow;        /* wanted samples are not made in house_settle */
    bool look_wanted; /* a sample was asked for */
    unsigned looks;   /* how many times */
    bool waited;      /* what the API last said: somebody waits */
    bool stopped;     /* the server's last connection has gone */
    unsigned faults;
};

struct caller {
    struct list node; /* in house->callers */
    struct house *house;
    struct connection connection;
    enum access_level
        access_level; /* what it may see: everything, unless a test says so before it asks */
    bool reading;     /* the session takes bytes */
    bool hold;        /* its writes stay in flight until caller_take */
    int refuse;       /* a negative code: the next write is not taken at all */
    const char *flying;
    char *copy; /* of what is in flight, to see that it is left alone */
    size_t flying_size;
    char *received; /* everything that was written, in order */
    size_t received_size, received_room;
    size_t next;        /* where the line begins that caller_line gives next */
    size_t most_unread; /* the most bytes that were ever waiting and in flight together */
    unsigned writes;
    uint64_t timer_ms; /* monotonic; UINT64_MAX: none */
    bool closed, released;
};

/* What limits a house has: the product's own. */
struct rpc_limits house_limits(void);

/* `held`: events that the journal keeps. 0 or a negative libuv code. */
int house_init(struct house *house, size_t held, const struct rpc_limits *limits);

/* Ends all sessions that are left. Their callers' `received` stays the test's to free. */
void house_release(struct house *house);

/* Begins a session. */
void caller_init(struct house *house, struct caller *caller);

/* Frees what was received; the session must have gone. */
void caller_release(struct caller *caller);

/* Gives the session bytes, in pieces of at most `piece`, and settles after each. What a session
 * that does not read is sent is lost, as it is when a real one does not read before it closes:
 * how many bytes went in. */
size_t caller_send(struct caller *caller, const char *data, size_t size, size_t piece);

/* The client ends its side (0), or the connection breaks (a negative code). */
void caller_end(struct caller *caller, int error);

/* Completes the write that is in flight, with 0 or a negative code, and settles. */
void caller_take(struct caller *caller, int error);

/* The next whole line received, without its end, NUL-terminated; NULL if there is none. */
char *caller_line(struct caller *caller, size_t *size);

/* Everything that is due now: writes that are not held, wanted samples, sessions that were closed;
 * until nothing is left. */
void house_settle(struct house *house);

/* Lets time pass: timers fire when they are due, in order, with the clock at their time. */
void house_pass(struct house *house, uint64_t ms);

/* Makes a sample: observe, decide, record, publish; and settles. Or one that was begun so long
 * ago. */
void house_sample(struct house *house);
void house_sample_begun(struct house *house, uint64_t ms_ago);

/* The machine's mutex is in that state from now on, and a sample is made. */
void house_set_mutex(struct house *house, enum mutex_state state);

/* So many transitions, each a millisecond after the other. */
void house_toggle(struct house *house, unsigned transitions);

#endif
