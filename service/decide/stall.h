/* stall.h: whether an installation does anything, or has stalled.
 *
 * Work means STALL_CPU_MS of CPU time, or STALL_IO_BYTES read or written, within STALL_WINDOW_MS,
 * by the processes of the sample's `work`. A busy period without work for `after_ms` has stalled,
 * until there is work again or it ends. This is checked once the period has lasted for
 * STALL_EARLY_MS. Services that work for an installation are not among those processes, so an
 * installation that has stalled may only be waiting. Time in which nobody looked, because the
 * machine slept, does not count.
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

/* Ready to use when zeroed except for after_ms: not busy. */
struct stall {
    uint64_t after_ms; /* 0 means never */
    bool busy;
    uint64_t began_ms; /* monotonic, like all times here except those in `activity` */
    /* When work was last seen; before that, when the period began, or the first sample if that came
     * late. */
    uint64_t moved_ms;
    uint64_t looked_ms; /* the sample's; 0 if there was none yet */
    struct stall_mark {
        uint64_t at_ms, cpu_ms, io_bytes;
    } marks[STALL_MARKS]; /* of the last STALL_WINDOW_MS, sorted by time */
    size_t count;
    struct stall_mark used;   /* when work was last seen; work before it does not count again */
    struct activity activity; /* as of the last sample */
};

/* A busy period begins or ends. Returns STALL_ENDED if it had stalled until now; then *what says
 * for how long. */
enum stall_change stall_turn(struct stall *stall, bool busy, uint64_t mono_ms,
                             struct activity *what);

/* Takes the next sample, in or outside a period. If the result is not STALL_SAME, *what is the
 * content of the event; with STALL_ENDED, still_ms is how long there was no work. */
enum stall_change stall_look(struct stall *stall, const struct observation *seen,
                             struct activity *what);

#endif
