/* tail.c: the last events, in memory. */
#include "record/tail.h"

#include "record/event_json.h"

#include <stdlib.h>
#include <uv.h>

int tail_init(struct tail *tail, size_t held, uint64_t place)
{
    tail->slots = calloc(held, sizeof *tail->slots);
    tail->held = held;
    tail->first = tail->end = place;
    return tail->slots == NULL ? UV_ENOMEM : 0;
}

void tail_release(struct tail *tail)
{
    for (size_t i = 0; tail->slots != NULL && i < tail->held; i++) {
        free(tail->slots[i].json);
    }
    free(tail->slots);
    tail->slots = NULL;
}

void tail_push(struct tail *tail, const struct event *event)
{
    struct tail_slot *slot = &tail->slots[tail->end % tail->held];
    if (tail->end - tail->first == tail->held) {
        tail->first++;
    }
    tail->end++;
    free(slot->json);
    slot->json = NULL;
    slot->event = *event;
}

const struct tail_slot *tail_get(struct tail *tail, uint64_t place, uint64_t seq)
{
    struct tail_slot *slot = &tail->slots[place % tail->held];
    if (slot->json == NULL || slot->seq != seq) {
        struct event event = slot->event;
        size_t size;
        event.seq = seq;
        char *json = event_json(&event, &size);
        if (json == NULL) {
            return NULL;
        }
        free(slot->json);
        slot->json = json;
        slot->size = size;
        slot->seq = seq;
    }
    return slot;
}

const struct event *tail_event(const struct tail *tail, uint64_t place)
{
    return &tail->slots[place % tail->held].event;
}
