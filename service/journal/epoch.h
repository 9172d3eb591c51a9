/* epoch.h: positions of events, and the journals that number them.
 *
 * A position counts events since the process began, over all journals. An epoch is one journal's
 * numbering of positions: the seq of an event is its position minus the epoch's offset. So an event
 * that moves from memory to the database keeps its position and gets another seq.
 *
 *   positions      ... 101 102 103 | 104 105 106
 *   before, on disk     97  98  99                   offset 4
 *   present, in memory             |   1   2   3     offset 103, epoch_start 104
 *
 * Pure; any thread.
 */
#ifndef MSIWATCH_SERVICE_EPOCH_H
#define MSIWATCH_SERVICE_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

struct epoch {
    char id[37]; /* the journal's uuid; "" for none */
    uint64_t offset;
};

static inline uint64_t epoch_seq(const struct epoch *epoch, uint64_t position)
{
    return position - epoch->offset;
}

static inline uint64_t epoch_position(const struct epoch *epoch, uint64_t seq)
{
    return seq + epoch->offset;
}

/* Which events are published, and where they can be read. */
struct epochs {
    struct epoch present;   /* the epoch in which events are published */
    struct epoch before;    /* the epoch on disk that `present`, in memory, replaces for now */
    uint64_t epoch_start;   /* the first position that does not belong to `before` */
    bool before_unreadable; /* its file is gone, or must not be used */
    bool durable;           /* `present` is on disk, with everything that is published */
    uint64_t published;     /* the last position that can be read */
    uint64_t first_seq; /* the first seq of `present` that is held; last + 1 if nothing is held */
};

/* Returns the epoch that numbers the event at this position, or will number it. */
const struct epoch *epochs_of(const struct epochs *epochs, uint64_t position);

/* Returns whether the event at a position must, and can, be read from the database. Memory holds
 * the events from `held` on. */
bool epochs_in_database(const struct epochs *epochs, uint64_t position, uint64_t held);

/* Finds the positions first..end-1 of the events of `present` that are held and whose seq is
 * between `after` and `before`, both exclusive. */
void epochs_range(const struct epochs *epochs, uint64_t after, uint64_t before, uint64_t *first,
                  uint64_t *end);

/* Begins a new journal in memory after everything that is published. What is on disk stays
 * readable. */
void epochs_leave_disk(struct epochs *epochs, const char id[37]);

/* Makes the journal on disk the present one. It must hold everything that memory held. */
void epochs_return_to_disk(struct epochs *epochs, const struct epoch *on_disk);

/* ---- followers ---- */

/* A follower's place in the journal. It stays valid when one journal replaces another. */
struct journal_cursor {
    char id[37];       /* the journal that the follower knows to be in */
    uint64_t position; /* of the last event that was delivered or skipped */
    uint64_t offset;   /* that event's seq in the follower's journal is position - offset */
};

static inline uint64_t journal_cursor_seq(const struct journal_cursor *cursor)
{
    return cursor->position - cursor->offset;
}

/* Records that the event with this seq was delivered. */
static inline void journal_cursor_pass(struct journal_cursor *cursor, uint64_t seq)
{
    cursor->position = seq + cursor->offset;
}

struct journal_cursor epoch_cursor(const struct epoch *epoch, uint64_t seq);

/* Returns whether there is anything that the follower has not received yet. */
bool epochs_is_behind(const struct epochs *epochs, const struct journal_cursor *cursor);

/* Moves the cursor over the events up to end - 1, which are not held. Those that the follower has
 * not received are added to the gap, in seqs of the journal that the follower is in. *gap_to is 0
 * if there is no gap yet. */
void epoch_pass_over(struct journal_cursor *cursor, uint64_t end, uint64_t *gap_from,
                     uint64_t *gap_to);

/* Moves the cursor to this journal. Returns false if it was there already. */
bool epoch_move(struct journal_cursor *cursor, const struct epoch *epoch);

#endif
