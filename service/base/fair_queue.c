/* fair_queue.c: a queue that serves its owners in rotation. */
#include "base/fair_queue.h"

void fair_queue_init(struct fair_queue *queue)
{
    list_init(&queue->turns);
}

void fair_queue_add(struct fair_queue *queue, struct fair_entry *entry, uint64_t owner)
{
    entry->owner = owner;
    list_init(&entry->turn);
    list_init(&entry->same);
    for (struct list *node = queue->turns.next; node != &queue->turns; node = node->next) {
        struct fair_entry *first = LIST_ENTRY(node, struct fair_entry, turn);
        if (first->owner == owner) {
            /* Before the first of the ring is the same as behind the last. */
            list_add(&first->same, &entry->same);
            return;
        }
    }
    list_add(&queue->turns, &entry->turn);
}

bool fair_queue_is_empty(const struct fair_queue *queue)
{
    return list_empty(&queue->turns);
}

/* The owner's next entry, if there is one, takes the turn before `place`. */
static void pass_turn(struct fair_entry *entry, struct list *place)
{
    if (!list_empty(&entry->same)) {
        list_add(place, &LIST_ENTRY(entry->same.next, struct fair_entry, same)->turn);
    }
    list_remove(&entry->turn);
    list_remove(&entry->same);
}

struct fair_entry *fair_queue_take(struct fair_queue *queue)
{
    if (list_empty(&queue->turns)) {
        return NULL;
    }
    struct fair_entry *entry = LIST_ENTRY(queue->turns.next, struct fair_entry, turn);
    pass_turn(entry, &queue->turns);
    return entry;
}

void fair_queue_remove(struct fair_entry *entry)
{
    if (list_empty(&entry->turn)) {
        list_remove(&entry->same); /* not its owner's first, so it has no turn to pass on */
    } else {
        pass_turn(entry, &entry->turn);
    }
}
