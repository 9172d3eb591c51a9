/* fair_queue.h: a queue that serves its owners in rotation: one entry of each owner, in the order
 * in which that owner added them. So an owner with many entries delays each other owner by one
 * entry per round. Intrusive: entries are the caller's memory. One thread at a time.
 */
#ifndef MSIWATCH_SERVICE_FAIR_QUEUE_H
#define MSIWATCH_SERVICE_FAIR_QUEUE_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct fair_queue {
    struct list turns; /* the first entry of each owner, in the order in which they are served */
};

struct fair_entry {
    uint64_t owner;
    struct list turn; /* in `turns` if this entry is its owner's first, otherwise in no list */
    struct list same; /* a ring of the owner's entries, in order */
};

void fair_queue_init(struct fair_queue *queue);

bool fair_queue_is_empty(const struct fair_queue *queue);

/* Adds the entry behind the others of its owner. Its cost grows with the number of owners in the
 * queue. */
void fair_queue_add(struct fair_queue *queue, struct fair_entry *entry, uint64_t owner);

/* Removes the next entry and returns it; NULL if the queue is empty. */
struct fair_entry *fair_queue_take(struct fair_queue *queue);

/* Removes an entry that is in the queue. The owner's next entry takes over its turn. */
void fair_queue_remove(struct fair_entry *entry);

#endif
