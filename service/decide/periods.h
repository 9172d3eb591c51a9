/* periods.h: the latest busy periods, and in which of them something happened.
 *
 * An edge of a period is seen a little after it happened: its end by up to one interval of the
 * samples, its begin by up to a second if nothing was expected. The time of a live record is when
 * it arrived, on the monotonic clock. The time of a record that was read later is the time in it,
 * on the wall clock, which may be cut off to a whole second. If something may have happened in two
 * periods, or in none, it counts as in none.
 *
 * It reads no clock. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_PERIODS_H
#define MSIWATCH_SERVICE_PERIODS_H

#include "observe/install_record.h"

#define PERIODS_HELD 32

/* In ms. A period may have begun UNSEEN before it was seen. A record may be written, or fetched,
 * NEAR after the end of its period, or LATE if no other period is possible. */
#define PERIODS_UNSEEN_MS 1100
#define PERIODS_NEAR_MS 100
#define PERIODS_LATE_MS 1000

/* What is known of when a record was written. */
struct moment {
    int64_t at_ms; /* by the wall clock */
    bool whole_second;
    bool live;
    uint64_t arrived_ms; /* monotonic; only for a live record */
};

struct period {
    uint64_t position; /* the journal's position of the transition to busy */
    int64_t begin_wall_ms, end_wall_ms;
    uint64_t begin_mono_ms, end_mono_ms;
    bool open;
    bool from_unknown; /* its begin is not known: the first sample already found it */
    bool lost_sight;   /* its end is not known: the state became unknown */
};

/* Ready to use when zeroed: no periods. */
struct periods {
    struct period held[PERIODS_HELD]; /* sorted by time; the last one may be open */
    size_t count;
};

/* The verdict has changed: ends the open period, and begins one if it is busy now. `position` is
 * the position of that event in the journal. */
void periods_turn(struct periods *periods, const struct event *transition, uint64_t position,
                  uint64_t mono_ms);

/* Returns the period in which something ended that began at `begin` (NULL if not known) and ended
 * at `end`. NULL if it was in no period, or it is not known in which. */
const struct period *periods_of_end(const struct periods *periods, const struct moment *begin,
                                    const struct moment *end);

/* Returns the period in which something began that has not ended. If two periods are possible,
 * returns the later one, or NULL if the record was read later than it was written. */
const struct period *periods_of_begin(const struct periods *periods, const struct moment *begin);

/* Returns whether the period was seen before this moment, or shortly after it. */
bool period_seen_by(const struct period *period, const struct moment *moment);

/* Returns when the record was written. */
struct moment moment_of(const struct install_record *record);

/* Returns whether two moments are at most `ms` apart, by what is known of their times. */
bool moments_near(const struct moment *a, const struct moment *b, uint64_t ms);

#endif
