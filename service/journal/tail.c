/* tail.c: the latest events, in memory. */
#include "journal/tail.h"

#include "journal/event_json.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

int tail_init(struct tail *tail, size_t held, uint64_t position)
{
    tail->slots = calloc(held, sizeof *tail->slots);
    tail->held = held;
    tail->first = tail->end = position;
    return tail->slots == NULL ? UV_ENOMEM : 0;
}

static void empty(struct tail_slot *slot)
{
    for (size_t i = 0; i < ACCESS_LEVELS; i++) {
        free(slot->texts[i].json);
    }
    free(slot->install);
    free(slot->turn);
    free(slot->owner);
    memset(slot, 0, sizeof *slot);
}

void tail_release(struct tail *tail)
{
    for (size_t i = 0; tail->slots != NULL && i < tail->held; i++) {
        empty(&tail->slots[i]);
    }
    free(tail->slots);
    tail->slots = NULL;
}

static void *copy_of(const void *from, size_t size)
{
    void *copy = from == NULL ? NULL : malloc(size);
    return copy == NULL ? NULL : memcpy(copy, from, size);
}

void tail_push(struct tail *tail, const struct event *event)
{
    struct tail_slot *slot = &tail->slots[tail->end % tail->held];
    if (tail->end - tail->first == tail->held) {
        tail->first++;
    }
    tail->end++;
    empty(slot);
    slot->event = *event;
    slot->install = copy_of(event->install, sizeof *slot->install);
    slot->owner = copy_of(event->owner, sizeof *slot->owner);
    slot->event.install = NULL;
    slot->turn = copy_of(event->turn, sizeof *slot->turn);
    slot->event.owner = NULL;
    slot->event.turn = NULL;
}

/* Returns the seq of the transition at position `of`, in the journal that numbers the event at
 * `position` as `seq`; 0 if that journal began after the transition. */
static uint64_t seq_of(uint64_t of, uint64_t position, uint64_t seq)
{
    uint64_t back = position - of;
    return of != 0 && back < seq ? seq - back : 0;
}

static char *encode(const struct tail_slot *slot, uint64_t position, uint64_t seq,
                    enum access_level access_level, size_t *size)
{
    struct event event = slot->event;
    struct install install;
    struct turn_record turn;
    struct event_owner owner;
    event.seq = seq;
    event.of = seq_of(event.of, position, seq);
    if (slot->install != NULL) {
        install = *slot->install;
        access_level_cut_install(access_level, &install);
        event.install = &install;
    }
    if (slot->turn != NULL) {
        turn = *slot->turn;
        access_level_cut_turn(access_level, &turn.turn);
        event.turn = &turn;
    }
    if (slot->owner != NULL) {
        owner = *slot->owner;
        access_level_cut_owner(access_level, &owner);
        event.owner = &owner;
    }
    return event_json(&event, size);
}

const struct tail_text *tail_get(struct tail *tail, uint64_t position, uint64_t seq,
                                 enum access_level access_level)
{
    struct tail_slot *slot = &tail->slots[position % tail->held];
    bool alike = (slot->event.kind == EVENT_TRANSITION && slot->owner == NULL) ||
                 slot->event.kind == EVENT_ACTIVITY;
    struct tail_text *text = &slot->texts[alike ? ACCESS_ADMINISTRATOR : access_level];
    if (text->json == NULL || text->seq != seq) {
        size_t size;
        char *json = encode(slot, position, seq, access_level, &size);
        if (json == NULL) {
            return NULL;
        }
        free(text->json);
        *text = (struct tail_text){json, size, seq};
    }
    return text;
}

const struct event *tail_event(const struct tail *tail, uint64_t position)
{
    return &tail->slots[position % tail->held].event;
}
