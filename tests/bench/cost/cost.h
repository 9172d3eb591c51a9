/* cost.h: msiwatch-cost: servers whose work is counted, and the client that gives them work.
 *
 * The server runs in the process that a profiler watches. The client is this program again, in a
 * process that no profiler follows. It does a number of rounds, each of which it waits for, and
 * then ends, which ends the server, too. The server has one thread and its clock stands still, so
 * that it runs the same instructions every time.
 */
#ifndef MSIWATCH_TESTS_COST_H
#define MSIWATCH_TESTS_COST_H

/* What the client says through `control`. */
enum { COST_ROUND = '!', COST_END = '.' };

struct scenario {
    const char *name;
    /* Does this many rounds alone: there is no server and no client, and the other members are
     * unused. */
    void (*alone)(unsigned rounds);
    void (*open)(const char *path); /* the server begins to listen */
    void (*round)(unsigned n);      /* the client asked for another event. NULL: it never does */
    /* What each of the client's connections says first, and, if `round` is NULL, in each round. */
    const char *ask;
    unsigned connections; /* how many the client has */
};

/* The last one has no name. */
extern const struct scenario cost_scenarios[];

/* Reads this many records; each is a round. */
void cost_records(unsigned records);

/* Runs the server until the client, which has the other end of `control`, is gone. */
void cost_serve(const struct scenario *scenario, const char *path, int control);

/* Does this many rounds with the server. */
void cost_drive(const struct scenario *scenario, const char *path, int control, unsigned rounds);

/* Says what failed, and exits with 1. */
#if defined(__GNUC__)
__attribute__((noreturn))
#endif
void cost_fail(const char *what);

#endif
