/* decider.c: ARCHITECTURE.md, "The rules of the verdict". */
#include "decide/decider.h"

#include <string.h>

/* Rules 2 and 3: returns whether msiserver's reading counts now. */
static bool msiserver_counts(bool mutex_unreadable, enum signals signals, bool controls_meaningful)
{
    switch (signals) {
    case SIGNALS_MUTEX:
        return false;
    case SIGNALS_MUTEX_MSISERVER:
        return true;
    case SIGNALS_AUTO:
    default:
        return controls_meaningful || mutex_unreadable;
    }
}

struct verdict verdict_of(const struct observation *seen, enum signals signals,
                          bool controls_meaningful)
{
    bool unreadable = mutex_unreadable(seen->mutex.state);
    struct verdict verdict = {VERDICT_IDLE, 0};
    if (seen->mutex.state == MUTEX_HELD) {
        verdict.reasons |= REASON_MUTEX;
    }
    if (msiserver_says_busy(seen) && msiserver_counts(unreadable, signals, controls_meaningful)) {
        verdict.reasons |= REASON_MSISERVER;
    }
    if (verdict.reasons != 0) {
        verdict.state = VERDICT_BUSY;
    } else if (unreadable) {
        verdict.state = VERDICT_UNKNOWN;
    }
    return verdict;
}

int decider_init(struct decider *decider, enum signals signals,
                 const struct flapping_limits *limits, bool controls_meaningful, uint64_t mono_ms,
                 int64_t wall_ms)
{
    memset(decider, 0, sizeof *decider);
    decider->signals = signals;
    decider->controls_meaningful = controls_meaningful;
    decider->verdict.state = VERDICT_UNKNOWN;
    decider->bare = VERDICT_UNKNOWN;
    decider->since_mono_ms = mono_ms;
    decider->since_wall_ms = wall_ms;
    return flapping_init(&decider->flapping, limits);
}

void decider_release(struct decider *decider)
{
    flapping_release(&decider->flapping);
}

/* Rule 1: returns whether the owner thread differs from the previous sample, with the mutex held in
 * both. */
static bool owner_changed(struct decider *decider, const struct observation *seen)
{
    if (seen->mutex.state != MUTEX_HELD) {
        decider->owner_known = false;
        return false;
    }
    if (!seen->mutex.owner_known) {
        return false;
    }
    bool changed = decider->owner_known && (decider->owner_pid != seen->mutex.owner_pid ||
                                            decider->owner_tid != seen->mutex.owner_tid);
    decider->owner_known = true;
    decider->owner_pid = seen->mutex.owner_pid;
    decider->owner_tid = seen->mutex.owner_tid;
    return changed;
}

bool decider_look(struct decider *decider, const struct observation *seen, struct event *transition)
{
    if (seen->msiserver.state == MSISERVER_RUNNING && !msiserver_says_busy(seen)) {
        decider->controls_meaningful = true;
    }
    struct verdict now = verdict_of(seen, decider->signals, decider->controls_meaningful);
    bool handed_over = owner_changed(decider, seen) && now.state == VERDICT_BUSY;
    bool changed = now.state != decider->bare || handed_over;
    flapping_look(&decider->flapping, now.state == VERDICT_IDLE, seen->mono_ms);
    /* If flapping begins with this change, only the changes after it are folded. */
    bool flaps = decider->flapping.on;
    if (changed) {
        flapping_count(&decider->flapping, seen->mono_ms);
    }
    decider->bare = now.state;
    if (flaps) {
        now.state = VERDICT_BUSY;
        now.reasons |= REASON_FLAPPING;
    }
    struct verdict before = decider->verdict;
    decider->verdict = now;
    if (now.state == before.state && (flaps || !handed_over)) {
        return false;
    }
    *transition = (struct event){
        .kind = EVENT_TRANSITION,
        .at_ms = seen->wall_ms,
        .from = before.state,
        .to = now.state,
        .reasons = now.reasons,
        .after_known = decider->since_known,
        .after_ms = decider->since_known ? seen->mono_ms - decider->since_mono_ms : 0,
        .folded = flaps ? 0 : decider->flapping.folded,
    };
    decider->flapping.folded = flaps ? decider->flapping.folded : 0;
    decider->since_known = true;
    decider->since_mono_ms = seen->mono_ms;
    decider->since_wall_ms = seen->wall_ms;
    return true;
}

bool decider_suspended(const struct decider *decider, const struct observation *seen,
                       uint64_t now_mono_ms)
{
    return seen->registry_known && seen->in_progress && decider->verdict.state == VERDICT_IDLE &&
           now_mono_ms - decider->since_mono_ms >= DECIDER_SUSPENDED_AFTER_MS;
}

uint64_t decider_due(const struct decider *decider, const struct observation *seen)
{
    const struct flapping *flapping = &decider->flapping;
    uint64_t suspended = decider->since_mono_ms + DECIDER_SUSPENDED_AFTER_MS;
    if (flapping->on && flapping->quiet) {
        return flapping->quiet_since_ms + flapping->quiet_ms;
    }
    return seen->registry_known && seen->in_progress && decider->verdict.state == VERDICT_IDLE &&
                   seen->mono_ms < suspended
               ? suspended
               : UINT64_MAX;
}
