/* epoch.h: positions of events, and the journals that number them.
 *
 * A position counts events since the process began, over all journals. An epoch is a journal as a
 * way to number positions: the seq of an event is its position less the epoch's offset. So an event
 * that moves from memory to the database keeps its position and changes its seq.
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
    char id[37]; /* the journal's; "" is none */
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
    struct epoch present;   /* in which events are published */
    struct epoch before;    /* the one on disk that `present`, in memory, stands in for; */
    uint64_t epoch_start;   /* the first position that is not of `before` */
    bool before_unreadable; /* its file is gone, or must not be used */
    bool durable;           /* `present` is on disk, with all that is published */
    uint64_t published;     /* the last position that can be read */
    uint64_t first_seq;     /* of `present`, that is held; last + 1 when nothing is */
};

/* The epoch that numbers the event at a position, or the next one if none is there yet. */
const struct epoch *epochs_of(const struct epochs *epochs, uint64_t position);

/* Whether what is at a position that memory, which begins at `held`, has or had can and must be
 * read from the database. */
bool epochs_in_database(const struct epochs *epochs, uint64_t position, uint64_t held);

/* The positions first..end-1 of the events of `present` that are held and whose seq is between
 * `after` and `before`, both exclusive. */
void epochs_range(const struct epochs *epochs, uint64_t after, uint64_t before, uint64_t *first,
                  uint64_t *end);

/* A new journal in memory begins behind all that is published. What is on disk stays readable. */
void epochs_leave_disk(struct epochs *epochs, const char id[37]);

/* The journal on disk holds all that memory held: it is the present one. */
void epochs_return_to_disk(struct epochs *epochs, const struct epoch *on_disk);

/* ---- followers ---- */

/* A follower's place, over changes of journal. */
struct journal_cursor {
    char id[37];       /* the journal that the follower believes to be in */
    uint64_t position; /* of the last event passed */
    uint64_t offset;   /* its seq in that journal is position - offset */
};

static inline uint64_t journal_cursor_seq(const struct journal_cursor *cursor)
{
    return cursor->position - cursor->offset;
}

/* The event of that seq was delivered. */
static inline void journal_cursor_pass(struct journal_cursor *cursor, uint64_t seq)
{
    cursor->position = seq + cursor->offset;
}

struct journal_cursor epoch_cursor(const struct epoch *epoch, uint64_t seq);

/* Is there anything that the follower was not given? */
bool epochs_is_behind(const struct epochs *epochs, const struct journal_cursor *cursor);

/* The events up to end - 1 are not held: the cursor passes them, and what of them it had not seen
 * is added to the gap, in seqs of the journal that the follower is in. *gap_to 0: no gap yet. */
void epoch_pass_over(struct journal_cursor *cursor, uint64_t end, uint64_t *gap_from,
                     uint64_t *gap_to);

/* From here on the cursor counts in this journal; false if it did. */
bool epoch_move(struct journal_cursor *cursor, const struct epoch *epoch);

#endif
