/* spans.h: makes stretches of time, each with one state, from the journal's transitions.
 *
 * Time that was not recorded is a stretch of its own and never counts as one of the states: the
 * time before the first event, and times for which the journal no longer has the events. Times are
 * the service's wall clock, in milliseconds since 1970 UTC; if that clock was set back, a stretch
 * has zero length, so that the stretches stay in order. Not thread safe.
 */
#ifndef MSIWATCH_CLI_SPANS_H
#define MSIWATCH_CLI_SPANS_H

#include "msiwatch.h"

#include <stdbool.h>
#include <stddef.h>

/* Besides MSIWATCH_UNKNOWN, _IDLE and _BUSY: not recorded. */
#define STRETCH_MISSING 3u

/* A stretch lasts until the next one begins. */
struct stretch {
    int64_t from_ms;
    uint32_t state; /* MSIWATCH_UNKNOWN, _IDLE, _BUSY or STRETCH_MISSING */
    uint64_t seq;   /* of the transition that began it; 0: none did */
};

/* All zeroes except for `end_ms`: no stretches. */
struct stretches {
    struct stretch *items;
    size_t count, room;
    uint64_t last_seq; /* of the last event added; 0: none yet */
    bool failed;       /* out of memory: stretches are missing */
};

void stretches_release(struct stretches *stretches);

/* Begins a stretch. If it would begin before the last one, it begins together with it. */
void stretches_add(struct stretches *stretches, int64_t from_ms, uint32_t state, uint64_t seq);

/* Adds the next event of the journal, of any kind. If its seq skips others, those events are
 * missing, and the time before this one is known only from this event itself. */
void stretches_take(struct stretches *stretches, const struct msiwatch_event *event);

/* The part of a stretch between from_ms and to_ms, where to_ms is the end of all. False: it has no
 * length there. */
bool stretches_within(const struct stretches *stretches, size_t i, int64_t from_ms, int64_t to_ms,
                      int64_t *begin, int64_t *end);

/* Forgets the stretches that ended before this time. */
void stretches_forget(struct stretches *stretches, int64_t before_ms);

/* Divides the time from from_ms to to_ms into `count` equal cells, and sets each to the most
 * important state in it: MSIWATCH_BUSY if it was busy in any part of it, then unknown, then not
 * recorded, then idle. */
void stretches_cells(const struct stretches *stretches, int64_t from_ms, int64_t to_ms,
                     unsigned char *cells, size_t count);

/* Sets for each of these cells how many eighths of it were busy, rounded up: 0 only if it was never
 * busy. */
void stretches_eighths(const struct stretches *stretches, int64_t from_ms, int64_t to_ms,
                       unsigned char *eighths, size_t count);

#endif
