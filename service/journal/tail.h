/* tail.h: the last events, in memory: a ring, by their positions (epoch.h). Loop thread only. */
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
    struct event event; /* its `of` is a position */
    /* The event's, which are the slot's own; NULL when memory was out. */
    struct install *install;
    struct event_owner *owner;
    struct turn_record *turn;
    struct tail_text texts[ACCESS_LEVELS]; /* of an event without these only the last one's */
};

struct tail {
    struct tail_slot *slots; /* the event at position p is in slots[p % held] */
    size_t held;
    uint64_t first, end; /* the places held are first..end-1 */
};

/* Holds up to `held` events, the first of which will be at `position`. 0 or UV_ENOMEM. */
int tail_init(struct tail *tail, size_t held, uint64_t position);
void tail_release(struct tail *tail);

/* The last position held, or the one before the first. */
static inline uint64_t tail_last(const struct tail *tail)
{
    return tail->end - 1;
}

/* Adds one behind the last, with a copy of what it points to; the oldest goes when there is no
 * room. */
void tail_push(struct tail *tail, const struct event *event);

/* The event at a position that is held, as this access level may see it, under this seq: encoded
 * once for all of an access level. It stays until the event goes or is asked for under another seq.
 * NULL when memory is out. */
const struct tail_text *tail_get(struct tail *tail, uint64_t position, uint64_t seq,
                                 enum access_level access_level);

/* The event alone. */
const struct event *tail_event(const struct tail *tail, uint64_t position);

#endif
