/* flapping.h: whether the verdict changes too often to be recorded (ARCHITECTURE.md, rule 6).
 *
 * It counts what changes, whether or not that is recorded, and forgets none of it when flapping
 * ends: so there are at most `hour` recorded changes in any hour, and two for each flapping. It
 * reads no clock. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_FLAPPING_H
#define MSIWATCH_SERVICE_FLAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many changes within a minute, or an hour, are too many; each at least 2. */
struct flapping_limits {
    size_t minute, hour;
};

/* How long it must be quiet until flapping ends: the first time, and at most. It doubles whenever
 * it begins again less than an hour after its end. */
#define FLAPPING_QUIET_MS 5000u
#define FLAPPING_QUIET_MOST_MS 300000u

struct flapping {
    struct flapping_limits limits;
    uint64_t *recent; /* the times of the last changes, a ring */
    size_t room, count, next;
    bool on;
    bool quiet; /* has been since quiet_since_ms */
    uint64_t quiet_since_ms;
    uint64_t quiet_ms; /* that end it; 0: it never flapped */
    uint64_t ended_ms;
    uint64_t folded; /* changes since it began; stays when it ends, until it is reported */
};

/* 0 or UV_ENOMEM. */
int flapping_init(struct flapping *flapping, const struct flapping_limits *limits);
void flapping_release(struct flapping *flapping);

/* Other limits; what was counted stays counted. 0, or UV_ENOMEM and the old ones stay. */
int flapping_set(struct flapping *flapping, const struct flapping_limits *limits);

/* A change. When it is one too many, what comes after it is folded. */
void flapping_count(struct flapping *flapping, uint64_t mono_ms);

/* Whether it is quiet now, which may end the flapping. */
void flapping_look(struct flapping *flapping, bool quiet, uint64_t mono_ms);

/* Ends it: nobody can look any more. */
void flapping_end(struct flapping *flapping, uint64_t mono_ms);

#endif
