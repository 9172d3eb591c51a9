/* timeline.c: the journal's transitions as stretches of time. */
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

/* Of a cell that no stretch was put into so far. */
#define NOTHING_YET 0xFFu

void timeline_release(struct timeline *timeline)
{
    free(timeline->stretches);
    memset(timeline, 0, sizeof *timeline);
}

void timeline_add(struct timeline *timeline, int64_t from_ms, uint32_t state, uint64_t seq)
{
    if (timeline->count == timeline->room) {
        size_t room = timeline->room == 0 ? 64 : timeline->room * 2;
        struct stretch *stretches = realloc(timeline->stretches, room * sizeof *stretches);
        if (stretches == NULL) {
            timeline->failed = true;
            return;
        }
        timeline->stretches = stretches;
        timeline->room = room;
    }
    if (timeline->count > 0 && from_ms < timeline->stretches[timeline->count - 1].from_ms) {
        from_ms = timeline->stretches[timeline->count - 1].from_ms;
    }
    timeline->stretches[timeline->count++] = (struct stretch){
        .from_ms = from_ms, .state = state, .seq = seq};
}

/* What is known of the time before a transition when the event before it is not. */
static void add_before(struct timeline *timeline, const struct msiwatch_event *event)
{
    int64_t lasted_ms = event->after_known != 0 && event->after_ms <= INT64_MAX / 2
                            ? (int64_t)event->after_ms
                            : 0;
    if (lasted_ms > 0 && event->at_ms > INT64_MIN + lasted_ms) {
        timeline_add(timeline, event->at_ms - lasted_ms, event->from, 0);
    }
}

void timeline_take(struct timeline *timeline, const struct msiwatch_event *event)
{
    bool follows = timeline->last_seq != 0 && event->seq == timeline->last_seq + 1;
    if (!follows && timeline->last_seq != 0 && timeline->count > 0) {
        const struct stretch *last = &timeline->stretches[timeline->count - 1];
        timeline_add(timeline, last->from_ms, TIMELINE_MISSING, 0);
    }
    timeline->last_seq = event->seq;
    if (event->kind != MSIWATCH_EVENT_TRANSITION) {
        return;
    }
    bool known = timeline->count > 0 &&
                 timeline->stretches[timeline->count - 1].state != TIMELINE_MISSING;
    if (!known) {
        add_before(timeline, event);
    }
    timeline_add(timeline, event->at_ms, event->to, event->seq);
}

void timeline_forget(struct timeline *timeline, int64_t before_ms)
{
    size_t over = 0;
    while (over + 1 < timeline->count && timeline->stretches[over + 1].from_ms <= before_ms) {
        over++;
    }
    if (over > 0) {
        timeline->count -= over;
        memmove(timeline->stretches, timeline->stretches + over,
                timeline->count * sizeof *timeline->stretches);
    }
}

static unsigned worth(uint32_t state)
{
    static const unsigned char worths[] = {
        [MSIWATCH_UNKNOWN] = 2, [MSIWATCH_IDLE] = 0, [MSIWATCH_BUSY] = 3, [TIMELINE_MISSING] = 1};
    return state < sizeof worths ? worths[state] : 2;
}

void timeline_cells(const struct timeline *timeline, int64_t from_ms, int64_t to_ms,
                    unsigned char *cells, size_t count)
{
    int64_t length = to_ms - from_ms, many = (int64_t)count;
    memset(cells, NOTHING_YET, count);
    for (size_t i = 0; i < timeline->count && length > 0; i++) {
        const struct stretch *stretch = &timeline->stretches[i];
        int64_t begin = stretch->from_ms - from_ms;
        int64_t end = (i + 1 < timeline->count ? stretch[1].from_ms : to_ms) - from_ms;
        begin = begin < 0 ? 0 : begin;
        end = end > length ? length : end;
        /* A busy period that was over at once was there all the same. */
        bool moment = begin == end && begin < length && stretch->state == MSIWATCH_BUSY;
        if (begin >= end && !moment) {
            continue;
        }
        int64_t last = (moment ? end : end - 1) * many / length;
        for (int64_t cell = begin * many / length; cell <= last; cell++) {
            if (cells[cell] == NOTHING_YET || worth(stretch->state) > worth(cells[cell])) {
                cells[cell] = (unsigned char)stretch->state;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        cells[i] = cells[i] == NOTHING_YET ? (unsigned char)TIMELINE_MISSING : cells[i];
    }
}
