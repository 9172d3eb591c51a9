/* decider.h: from observations to a verdict and its transitions (ARCHITECTURE.md, "The rules of the
 * verdict").
 *
 * verdict_of is a pure function of one observation. The decider adds what needs memory: since
 * when, whether msiserver's controls have been seen to tell anything, a change of owner, and
 * flapping. It reads no clock: all times are those of the observations.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_DECIDER_H
#define MSIWATCH_SERVICE_DECIDER_H

#include "common/model.h"
#include "decide/flapping.h"

struct verdict {
    enum verdict_state state;
    unsigned reasons; /* a set of REASON_*, empty unless busy */
};

/* `controls_meaningful`: this machine has shown msiserver RUNNING with controls other than exactly
 * SHUTDOWN, so that SHUTDOWN alone means something. */
struct verdict verdict_of(const struct observation *seen, enum signals signals,
                          bool controls_meaningful);

#define DECIDER_SUSPENDED_AFTER_MS 5000u

struct decider {
    enum signals signals;
    bool controls_meaningful;
    struct verdict verdict;
    uint64_t since_mono_ms;
    int64_t since_wall_ms;
    bool since_known; /* the present verdict began in this process */
    bool owner_known; /* of the present busy period */
    uint32_t owner_pid, owner_tid;
    enum verdict_state bare; /* what the verdict would be if it did not flap */
    struct flapping flapping;
};

/* `controls_meaningful` as remembered from earlier runs. The verdict starts as unknown, begun at
 * the given times. 0 or UV_ENOMEM. */
int decider_init(struct decider *decider, enum signals signals,
                 const struct flapping_limits *limits, bool controls_meaningful, uint64_t mono_ms,
                 int64_t wall_ms);
void decider_release(struct decider *decider);

/* Takes the next observation. True if the verdict changed: *transition is then filled in, except
 * its seq. */
bool decider_look(struct decider *decider, const struct observation *seen,
                  struct event *transition);

/* Remnants of an incomplete installation: the InProgress key although idle for 5 s. */
bool decider_suspended(const struct decider *decider, const struct observation *seen,
                       uint64_t now_mono_ms);

/* When an observation that reads the same as this one, the last, would lead to something else
 * (monotonic ms); UINT64_MAX: never. */
uint64_t decider_due(const struct decider *decider, const struct observation *seen);

#endif
