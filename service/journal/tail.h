/* tail.h: the latest events, in memory: a ring indexed by position (epoch.h). Loop thread only. */
#ifndef MSIWATCH_SERVICE_TAIL_H
#define MSIWATCH_SERVICE_TAIL_H

#include "common/access_level.h"

/* An event's JSON with a certain seq. `json` is NULL until it is first needed. */
struct tail_text {
    char *json;
    size_t size;
    uint64_t seq;
};

struct tail_slot {
    struct event event; /* its `of` is a position */
    /* Copies of what the event points to, owned by the slot; NULL if there was not enough
     * memory. */
    struct install *install;
    struct event_owner *owner;
    struct turn_record *turn;
    /* If all levels see the same, only the last one is used. */
    struct tail_text texts[ACCESS_LEVELS];
};

struct tail {
    struct tail_slot *slots; /* the event at position p is in slots[p % held] */
    size_t held;
    uint64_t first, end; /* the positions held are first..end-1 */
};

/* Makes a ring for up to `held` events, the first of which will be at `position`. Returns 0 or
 * UV_ENOMEM. */
int tail_init(struct tail *tail, size_t held, uint64_t position);
void tail_release(struct tail *tail);

/* The last position held, or, if none is held, the one before the first. */
static inline uint64_t tail_last(const struct tail *tail)
{
    return tail->end - 1;
}

/* Adds an event after the last one, with copies of what it points to. If the ring is full, the
 * oldest event is dropped. */
void tail_push(struct tail *tail, const struct event *event);

/* Returns the event at a position that is held, with this seq, as this access level may see it. It
 * is encoded only once for each access level. Valid until the event is dropped or requested with
 * another seq. NULL if there is not enough memory. */
const struct tail_text *tail_get(struct tail *tail, uint64_t position, uint64_t seq,
                                 enum access_level access_level);

/* Returns the event at a position that is held, without what it points to. */
const struct event *tail_event(const struct tail *tail, uint64_t position);

#endif
