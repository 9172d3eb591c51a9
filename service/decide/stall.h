/* stall.h: whether an installation does anything, or stands still.
 *
 * Work is STALL_CPU_MS of processor time, or STALL_IO_BYTES read or written, within
 * STALL_WINDOW_MS, by the processes of struct observation's `work`. A period in which there is none
 * for `after_ms` stalls, until there is some again or it ends. It is looked at once it has lasted
 * for STALL_EARLY_MS. Services that work for an installation are not among those processes: who
 * stalls may only wait. Time in which nobody looked, because the machine slept, does not count.
 *
 * It reads no clock. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_STALL_H
#define MSIWATCH_SERVICE_STALL_H

#include "common/model.h"

#define STALL_EARLY_MS 10000u
#define STALL_MARK_MS 5000u
#define STALL_WINDOW_MS 30000u
#define STALL_CPU_MS 250u
#define STALL_IO_BYTES 65536u
#define STALL_MARKS (STALL_WINDOW_MS / STALL_MARK_MS + 1)

enum stall_change { STALL_SAME, STALL_BEGAN, STALL_ENDED };

/* Zeroed except for after_ms is a valid start: nothing is busy. */
struct stall {
    uint64_t after_ms; /* 0: never */
    bool busy;
    uint64_t began_ms;  /* monotonic, as all here but `activity`'s */
    uint64_t moved_ms;  /* when work was seen last; or when the period began, or, if it
                         * was looked at late, at the first look */
    uint64_t looked_ms; /* the observation's; 0: not yet */
    struct stall_mark {
        uint64_t at_ms, cpu_ms, io_bytes;
    } marks[STALL_MARKS]; /* of the last STALL_WINDOW_MS, by time */
    size_t count;
    struct stall_mark used;   /* when work was seen last: what came before is used up */
    struct activity activity; /* as of the last look */
};

/* A period of busy begins, or ends. Ended: it stalled until now; *what says how long. */
enum stall_change stall_turn(struct stall *stall, bool busy, uint64_t mono_ms,
                             struct activity *what);

/* The next observation, of a period as of none. Began, ended: *what is what an event of it says;
 * if it ended, still_ms is how long there was no work. */
enum stall_change stall_look(struct stall *stall, const struct observation *seen,
                             struct activity *what);

#endif
