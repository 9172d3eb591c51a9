/* epoch.c: positions of events, and the journals that number them. */
#include "journal/epoch.h"

#include <string.h>

const struct epoch *epochs_of(const struct epochs *epochs, uint64_t position)
{
    bool before = epochs->before.id[0] != '\0' && position < epochs->epoch_start;
    return before ? &epochs->before : &epochs->present;
}

bool epochs_in_database(const struct epochs *epochs, uint64_t position, uint64_t held)
{
    bool before = epochs_of(epochs, position) == &epochs->before;
    return position < held && (epochs->durable || (before && !epochs->before_unreadable));
}

void epochs_range(const struct epochs *epochs, uint64_t after, uint64_t before, uint64_t *first,
                  uint64_t *end)
{
    uint64_t first_seq = epochs->first_seq;
    uint64_t end_seq = epoch_seq(&epochs->present, epochs->published) + 1;
    if (after >= first_seq) {
        first_seq = after >= end_seq ? end_seq : after + 1;
    }
    if (before < end_seq) {
        end_seq = before < first_seq ? first_seq : before;
    }
    *first = epoch_position(&epochs->present, first_seq);
    *end = epoch_position(&epochs->present, end_seq);
}

void epochs_leave_disk(struct epochs *epochs, const char id[37])
{
    epochs->before = epochs->present;
    epochs->before_unreadable = false;
    epochs->epoch_start = epochs->published + 1;
    epochs->durable = false;
    memcpy(epochs->present.id, id, sizeof epochs->present.id);
    epochs->present.offset = epochs->published;
}

void epochs_return_to_disk(struct epochs *epochs, const struct epoch *on_disk)
{
    epochs->present = *on_disk;
    epochs->before.id[0] = '\0';
    epochs->durable = true;
}

/* ---- followers ---- */

static bool is_in(const struct journal_cursor *cursor, const struct epoch *epoch)
{
    return cursor->offset == epoch->offset && strcmp(cursor->id, epoch->id) == 0;
}

struct journal_cursor epoch_cursor(const struct epoch *epoch, uint64_t seq)
{
    struct journal_cursor cursor = {.position = epoch_position(epoch, seq),
                                    .offset = epoch->offset};
    memcpy(cursor.id, epoch->id, sizeof cursor.id);
    return cursor;
}

bool epochs_is_behind(const struct epochs *epochs, const struct journal_cursor *cursor)
{
    return cursor->position < epochs->published || !is_in(cursor, &epochs->present);
}

void epoch_pass_over(struct journal_cursor *cursor, uint64_t end, uint64_t *gap_from,
                     uint64_t *gap_to)
{
    if (cursor->position + 1 >= end) {
        return;
    }
    if (*gap_to == 0) {
        *gap_from = journal_cursor_seq(cursor) + 1;
    }
    *gap_to = end - 1 - cursor->offset;
    cursor->position = end - 1;
}

bool epoch_move(struct journal_cursor *cursor, const struct epoch *epoch)
{
    if (is_in(cursor, epoch)) {
        return false;
    }
    memcpy(cursor->id, epoch->id, sizeof cursor->id);
    cursor->offset = epoch->offset;
    return true;
}
