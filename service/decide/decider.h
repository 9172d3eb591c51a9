/* decider.h: turns samples into a verdict and its transitions (ARCHITECTURE.md, "The rules of the
 * verdict").
 *
 * verdict_of is a pure function of one sample. The decider adds what needs memory: since when,
 * whether msiserver's controls have been seen to mean anything, a change of owner, and flapping. It
 * reads no clock: all times are those of the samples. Loop thread only.
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
 * SHUTDOWN, so exactly SHUTDOWN means something. */
struct verdict verdict_of(const struct observation *seen, enum signals signals,
                          bool controls_meaningful);

#define DECIDER_SUSPENDED_AFTER_MS 5000u

struct decider {
    enum signals signals;
    bool controls_meaningful;
    struct verdict verdict;
    uint64_t since_mono_ms;
    int64_t since_wall_ms;
    bool since_known; /* the current verdict began in this process */
    bool owner_known; /* the owner in the current busy period */
    uint32_t owner_pid, owner_tid;
    enum verdict_state bare; /* what the verdict would be without flapping */
    struct flapping flapping;
};

/* `controls_meaningful` is what earlier runs have found. The verdict starts as unknown, since the
 * given times. Returns 0 or UV_ENOMEM. */
int decider_init(struct decider *decider, enum signals signals,
                 const struct flapping_limits *limits, bool controls_meaningful, uint64_t mono_ms,
                 int64_t wall_ms);
void decider_release(struct decider *decider);

/* Takes the next sample. Returns true if the verdict has changed; then *transition is filled in,
 * except for its seq. */
bool decider_look(struct decider *decider, const struct observation *seen,
                  struct event *transition);

/* Returns whether there are remnants of an incomplete installation: the InProgress key exists
 * although the verdict has been idle for 5 s. */
bool decider_suspended(const struct decider *decider, const struct observation *seen,
                       uint64_t now_mono_ms);

/* `seen` is the last sample. Returns when an identical sample would lead to something else
 * (monotonic ms); UINT64_MAX for never. */
uint64_t decider_due(const struct decider *decider, const struct observation *seen);

#endif
