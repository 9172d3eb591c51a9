/* tail.h: the last events, in memory: a ring.
 *
 * An event's place counts events since the process began, over journals; its seq in a journal is
 * its place less that journal's offset. So an event that moves from one journal to another keeps
 * its place and changes its seq.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_TAIL_H
#define MSIWATCH_SERVICE_TAIL_H

#include "common/access_level.h"

/* An event as it is under a seq. NULL until somebody asks. */
struct tail_text {
    char *json;
    size_t size;
    uint64_t seq;
};

struct tail_slot {
    struct event event;      /* its `of` is a place */
    struct install *install; /* of EVENT_INSTALL, the slot's own; NULL when memory was out */
    struct tail_text texts[AUDIENCE_COUNT]; /* transitions are for all alike: the last one's */
};

struct tail {
    struct tail_slot *slots; /* the event at place p is in slots[p % held] */
    size_t held;
    uint64_t first, end; /* the places held are first..end-1 */
};

/* Holds up to `held` events, the first of which will be at `place`. 0 or UV_ENOMEM. */
int tail_init(struct tail *tail, size_t held, uint64_t place);
void tail_release(struct tail *tail);

/* Adds one behind the last, with a copy of its `install`; the oldest goes when there is no room. */
void tail_push(struct tail *tail, const struct event *event);

/* The event at a place that is held, as this audience may see it, under this seq: encoded once for
 * all of an audience. It stays until the event goes or is asked for under another seq. NULL when
 * memory is out. */
const struct tail_text *tail_get(struct tail *tail, uint64_t place, uint64_t seq,
                                 enum audience audience);

/* The event alone. */
const struct event *tail_event(const struct tail *tail, uint64_t place);

#endif
