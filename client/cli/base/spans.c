/* spans.c: makes stretches of time from the journal's transitions. */
#include "cli/base/spans.h"

#include <stdlib.h>
#include <string.h>

/* The value of a cell that no stretch has filled yet. */
#define NOTHING_YET 0xFFu

void stretches_release(struct stretches *stretches)
{
    free(stretches->items);
    memset(stretches, 0, sizeof *stretches);
}

void stretches_add(struct stretches *stretches, int64_t from_ms, uint32_t state, uint64_t seq)
{
    if (stretches->count == stretches->room) {
        size_t room = stretches->room == 0 ? 64 : stretches->room * 2;
        struct stretch *items = realloc(stretches->items, room * sizeof *items);
        if (items == NULL) {
            stretches->failed = true;
            return;
        }
        stretches->items = items;
        stretches->room = room;
    }
    if (stretches->count > 0 && from_ms < stretches->items[stretches->count - 1].from_ms) {
        from_ms = stretches->items[stretches->count - 1].from_ms;
    }
    stretches->items[stretches->count++] = (struct stretch){
        .from_ms = from_ms, .state = state, .seq = seq};
}

/* If the event before a transition is missing, adds what the transition itself says about the time
 * before it. */
static void add_before(struct stretches *stretches, const struct msiwatch_event *event)
{
    int64_t lasted_ms = event->after_known != 0 && event->after_ms <= INT64_MAX / 2
                            ? (int64_t)event->after_ms
                            : 0;
    if (lasted_ms > 0 && event->at_ms > INT64_MIN + lasted_ms) {
        stretches_add(stretches, event->at_ms - lasted_ms, event->from, 0);
    }
}

void stretches_take(struct stretches *stretches, const struct msiwatch_event *event)
{
    bool follows = stretches->last_seq != 0 && event->seq == stretches->last_seq + 1;
    if (!follows && stretches->last_seq != 0 && stretches->count > 0) {
        const struct stretch *last = &stretches->items[stretches->count - 1];
        stretches_add(stretches, last->from_ms, STRETCH_MISSING, 0);
    }
    stretches->last_seq = event->seq;
    if (event->kind != MSIWATCH_EVENT_TRANSITION) {
        return;
    }
    bool known = stretches->count > 0 &&
                 stretches->items[stretches->count - 1].state != STRETCH_MISSING;
    if (!known) {
        add_before(stretches, event);
    }
    stretches_add(stretches, event->at_ms, event->to, event->seq);
}

bool stretches_within(const struct stretches *stretches, size_t i, int64_t from_ms, int64_t to_ms,
                      int64_t *begin, int64_t *end)
{
    const struct stretch *stretch = &stretches->items[i];
    *begin = stretch->from_ms < from_ms ? from_ms : stretch->from_ms;
    *end = i + 1 < stretches->count ? stretch[1].from_ms : to_ms;
    *end = *end > to_ms ? to_ms : *end;
    return *begin < *end;
}

void stretches_forget(struct stretches *stretches, int64_t before_ms)
{
    size_t over = 0;
    while (over + 1 < stretches->count && stretches->items[over + 1].from_ms <= before_ms) {
        over++;
    }
    if (over > 0) {
        stretches->count -= over;
        memmove(stretches->items, stretches->items + over,
                stretches->count * sizeof *stretches->items);
    }
}

static unsigned worth(uint32_t state)
{
    static const unsigned char worths[] = {
        [MSIWATCH_UNKNOWN] = 2, [MSIWATCH_IDLE] = 0, [MSIWATCH_BUSY] = 3, [STRETCH_MISSING] = 1};
    return state < sizeof worths ? worths[state] : 2;
}

void stretches_cells(const struct stretches *stretches, int64_t from_ms, int64_t to_ms,
                     unsigned char *cells, size_t count)
{
    int64_t length = to_ms - from_ms, many = (int64_t)count;
    memset(cells, NOTHING_YET, count);
    for (size_t i = 0; i < stretches->count && length > 0; i++) {
        const struct stretch *stretch = &stretches->items[i];
        int64_t begin, end;
        bool within = stretches_within(stretches, i, from_ms, to_ms, &begin, &end);
        begin -= from_ms;
        end -= from_ms;
        /* A busy period of zero length happened all the same. */
        bool moment = begin == end && begin < length && stretch->state == MSIWATCH_BUSY;
        if (!within && !moment) {
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
        cells[i] = cells[i] == NOTHING_YET ? (unsigned char)STRETCH_MISSING : cells[i];
    }
}

void stretches_eighths(const struct stretches *stretches, int64_t from_ms, int64_t to_ms,
                       unsigned char *eighths, size_t count)
{
    int64_t length = to_ms - from_ms, many = (int64_t)count;
    size_t first = 0;
    for (int64_t cell = 0; cell < many; cell++) {
        int64_t cell_from = from_ms + length * cell / many;
        int64_t cell_to = from_ms + length * (cell + 1) / many, busy_ms = 0;
        bool moment = false;
        for (size_t i = first; i < stretches->count; i++) {
            const struct stretch *stretch = &stretches->items[i];
            int64_t begin, end;
            if (stretch->from_ms >= cell_to) {
                break;
            }
            bool within = stretches_within(stretches, i, cell_from, cell_to, &begin, &end);
            first = end <= cell_from ? i : first; /* it ends before this cell, so it is not looked
                                                   * at again */
            if (stretch->state == MSIWATCH_BUSY) {
                busy_ms += within ? end - begin : 0;
                moment = moment || within || stretch->from_ms >= cell_from;
            }
        }
        int64_t size = cell_to - cell_from;
        int64_t parts = size <= 0 ? 0 : (busy_ms * 8 + size - 1) / size;
        eighths[cell] = (unsigned char)(parts == 0 && moment ? 1 : parts);
    }
}
