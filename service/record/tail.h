/* tail.h: the last events, in memory: a ring.
 *
 * An event's place counts events since the process began, over journals; its seq in a journal is
 * its place less that journal's offset. So an event that moves from one journal to another keeps
 * its place and changes its seq.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_TAIL_H
#define MSIWATCH_SERVICE_TAIL_H

#include "model.h"

struct tail_slot {
    struct event event;
    char *json; /* the Event as it is under the seq below; NULL until somebody asks */
    size_t size;
    uint64_t seq;
};

struct tail {
    struct tail_slot *slots; /* the event at place p is in slots[p % held] */
    size_t held;
    uint64_t first, end; /* the places held are first..end-1 */
};

/* Holds up to `held` events, the first of which will be at `place`. 0 or UV_ENOMEM. */
int tail_init(struct tail *tail, size_t held, uint64_t place);
void tail_release(struct tail *tail);

/* Adds one behind the last; the oldest goes when there is no room. */
void tail_push(struct tail *tail, const struct event *event);

/* The event at a place that is held, with its JSON under this seq, which stays until the event goes
 * or is asked for under another. NULL when memory is out. */
const struct tail_slot *tail_get(struct tail *tail, uint64_t place, uint64_t seq);

/* The event alone. */
const struct event *tail_event(const struct tail *tail, uint64_t place);

#endif
