/* flapping.h: whether the verdict changes too often to be recorded (ARCHITECTURE.md, rule 6).
 *
 * It counts all changes, recorded or not, and keeps the counts when flapping ends. So in any hour
 * there are at most `hour` recorded changes, and two for each time it flaps. It reads no clock.
 * Loop thread only.
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

/* How long it must be quiet until flapping ends: the first time, and the longest time. It doubles
 * each time flapping begins less than an hour after the previous flapping ended. */
#define FLAPPING_QUIET_MS 5000u
#define FLAPPING_QUIET_MOST_MS 300000u

struct flapping {
    struct flapping_limits limits;
    uint64_t *recent; /* times of the latest changes, a ring */
    size_t room, count, next;
    bool on;
    bool quiet; /* it has been quiet since quiet_since_ms */
    uint64_t quiet_since_ms;
    uint64_t quiet_ms; /* how long it must be quiet; 0 if it has never flapped */
    uint64_t ended_ms;
    uint64_t folded; /* changes since flapping began; kept after its end until it is reported */
};

/* Returns 0 or UV_ENOMEM. */
int flapping_init(struct flapping *flapping, const struct flapping_limits *limits);
void flapping_release(struct flapping *flapping);

/* Sets other limits; the counts stay. Returns 0, or UV_ENOMEM, and then the old limits stay. */
int flapping_set(struct flapping *flapping, const struct flapping_limits *limits);

/* Counts a change. If it is one too many, the changes after it are folded. */
void flapping_count(struct flapping *flapping, uint64_t mono_ms);

/* Says whether it is quiet now, which may end the flapping. */
void flapping_look(struct flapping *flapping, bool quiet, uint64_t mono_ms);

/* Ends the flapping, because there are no more samples. */
void flapping_end(struct flapping *flapping, uint64_t mono_ms);

#endif
