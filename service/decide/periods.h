/* periods.h: the last busy periods, and in which of them something happened.
 *
 * An edge of a period is seen a little after it happened: its end by the samples' pace, its begin
 * by up to a second when nothing was expected. A record that came live is placed by the moment it
 * arrived, on the monotonic clock; one that was read later by the time it names, which may be cut
 * off to a whole second, on the wall clock. What may have been in two periods, or in none, is in
 * none.
 *
 * It reads no clock. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_PERIODS_H
#define MSIWATCH_SERVICE_PERIODS_H

#include "observe/install_record.h"

#define PERIODS_HELD 32

/* In ms. A period may have begun so long before it was seen; a record may be written, or fetched,
 * so long after the end of its period, and longer if nothing else can be meant. */
#define PERIODS_UNSEEN_MS 1100
#define PERIODS_NEAR_MS 100
#define PERIODS_LATE_MS 1000

/* When a record was written, as well as that is known. */
struct moment {
    int64_t at_ms; /* wall */
    bool whole_second;
    bool live;
    uint64_t arrived_ms; /* monotonic; of a live one */
};

struct period {
    uint64_t position; /* the journal's, of the transition to busy */
    int64_t begin_wall_ms, end_wall_ms;
    uint64_t begin_mono_ms, end_mono_ms;
    bool open;
    bool from_unknown; /* when it began is not known: it was there at the first look */
    bool lost_sight;   /* when it ended is not known: the state became unknown */
};

/* Zeroed is a valid start: none. */
struct periods {
    struct period held[PERIODS_HELD]; /* by time; the last may be open */
    size_t count;
};

void periods_turn(struct periods *periods, const struct event *transition, uint64_t position,
                  uint64_t mono_ms);

/* The period in which what began and ended then, ended. `begin` may be NULL: not known. NULL: in
 * none, or it is not known in which. */
const struct period *periods_of_end(const struct periods *periods, const struct moment *begin,
                                    const struct moment *end);

/* The period in which what began then, and has not ended, began: of two the later one, or none if
 * that was read later. */
const struct period *periods_of_begin(const struct periods *periods, const struct moment *begin);

/* Whether the period was seen before that, or a moment later. */
bool period_seen_by(const struct period *period, const struct moment *moment);

struct moment moment_of(const struct install_record *record);

/* At most so far apart, as well as that is known. */
bool moments_near(const struct moment *a, const struct moment *b, uint64_t ms);

#endif
