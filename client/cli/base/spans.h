/* spans.h: the journal's transitions as stretches of time, each in one state.
 *
 * What was not recorded is a stretch of its own and never taken for one of the states: before the
 * first event, and where events are missing that the journal no longer holds. Times are the wall
 * clock's of the service, in milliseconds since 1970 UTC; where that clock was set back, a stretch
 * has no length, so that they follow one another. Not thread safe.
 */
#ifndef MSIWATCH_CLI_SPANS_H
#define MSIWATCH_CLI_SPANS_H

#include "msiwatch.h"

#include <stdbool.h>
#include <stddef.h>

/* Beside MSIWATCH_UNKNOWN, _IDLE and _BUSY: not recorded. */
#define STRETCH_MISSING 3u

/* Lasts until the next one begins. */
struct stretch {
    int64_t from_ms;
    uint32_t state; /* MSIWATCH_UNKNOWN, _IDLE, _BUSY or STRETCH_MISSING */
    uint64_t seq;   /* of the transition that began it; 0: of none */
};

/* All zeroes except for `end_ms` is an empty one. */
struct stretches {
    struct stretch *items;
    size_t count, room;
    uint64_t last_seq; /* of the last event taken in; 0: none yet */
    bool failed;       /* no memory: stretches are missing */
};

void stretches_release(struct stretches *stretches);

/* Begins a stretch; one that would begin before the last one begins with it. */
void stretches_add(struct stretches *stretches, int64_t from_ms, uint32_t state, uint64_t seq);

/* Takes in the next event of the journal, of any kind. Seqs that were passed over are events that
 * are not held: what was before this one is then known only from the event itself. */
void stretches_take(struct stretches *stretches, const struct msiwatch_event *event);

/* When a stretch is within from_ms up to to_ms, the end of all. False: it has no length there. */
bool stretches_within(const struct stretches *stretches, size_t i, int64_t from_ms, int64_t to_ms,
                      int64_t *begin, int64_t *end);

/* Forgets what was over by then. */
void stretches_forget(struct stretches *stretches, int64_t before_ms);

/* Divides from_ms up to to_ms into `count` equal cells and says of each what is worth knowing of
 * it: MSIWATCH_BUSY if it was busy in any of it, else unknown, not recorded, idle. */
void stretches_cells(const struct stretches *stretches, int64_t from_ms, int64_t to_ms,
                     unsigned char *cells, size_t count);

/* How many eighths of each of these cells were busy, rounded up: 0 only if it was never busy. */
void stretches_eighths(const struct stretches *stretches, int64_t from_ms, int64_t to_ms,
                       unsigned char *eighths, size_t count);

#endif
