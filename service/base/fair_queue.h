/* fair_queue.h: what waits for a turn, by owner: each owner's first comes in turn, so that one who
 * asks much delays the others by one each. Intrusive; a thread at a time.
 */
#ifndef MSIWATCH_SERVICE_FAIR_QUEUE_H
#define MSIWATCH_SERVICE_FAIR_QUEUE_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct fair_queue {
    struct list turns; /* the first of each owner; the next to go is the first */
};

struct fair_entry {
    uint64_t owner;
    struct list turn; /* in `turns`; in no list unless it is its owner's first */
    struct list same; /* a ring: the entries of its owner, in order */
};

void fair_queue_init(struct fair_queue *queue);

bool fair_queue_is_empty(const struct fair_queue *queue);

/* Takes as long as there are owners that wait. */
void fair_queue_add(struct fair_queue *queue, struct fair_entry *entry, uint64_t owner);

/* The next, which is then in the queue no more; NULL when it is empty. */
struct fair_entry *fair_queue_take(struct fair_queue *queue);

/* Takes out one that is in the queue. The next of its owner has its turn. */
void fair_queue_remove(struct fair_entry *entry);

#endif
