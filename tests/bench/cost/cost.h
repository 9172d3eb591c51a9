/* cost.h: msiwatch-cost, servers whose work is counted, and the client that gives them work.
 *
 * The server runs in the process that a profiler watches. The client is this program again, in a
 * process that no profiler follows: it does so many rounds, each awaited before the next, and ends,
 * and with it the server. The server has one thread and its clock stands still, so that the same
 * instructions run every time.
 */
#ifndef MSIWATCH_TESTS_COST_H
#define MSIWATCH_TESTS_COST_H

/* What the client says by `control`. */
enum { COST_ROUND = '!', COST_END = '.' };

struct scenario {
    const char *name;
    /* Does so many rounds by itself: no server, no client, and nothing of what follows. */
    void (*alone)(unsigned rounds);
    void (*open)(const char *path); /* the server begins to listen */
    void (*round)(unsigned n);      /* the client asked for another event. NULL: it never does */
    /* What each of the client's connections says first, and in each round if `round` is NULL. */
    const char *ask;
    unsigned connections; /* of the client */
};

/* Ends with one without a name. */
extern const struct scenario cost_scenarios[];

/* A round is a record. */
void cost_records(unsigned records);

/* Runs the server until the client, which holds the other end of `control`, is gone. */
void cost_serve(const struct scenario *scenario, const char *path, int control);

/* Does so many rounds with it. */
void cost_drive(const struct scenario *scenario, const char *path, int control, unsigned rounds);

/* Says what failed, and exits with 1. */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void cost_fail(const char *what);

#endif
