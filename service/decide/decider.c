/* decider.c: ARCHITECTURE.md, "The rules of the verdict". */
#include "decide/decider.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Rules 2 and 3: whether msiserver's word counts now. */
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
    bool unreadable = seen->mutex.state == MUTEX_DENIED || seen->mutex.state == MUTEX_ERROR;
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

int decider_init(struct decider *decider, enum signals signals, size_t flapping_limit,
                 bool controls_meaningful, uint64_t mono_ms, int64_t wall_ms)
{
    memset(decider, 0, sizeof *decider);
    decider->recent = calloc(flapping_limit, sizeof *decider->recent);
    if (decider->recent == NULL) {
        return UV_ENOMEM;
    }
    decider->limit = flapping_limit;
    decider->signals = signals;
    decider->controls_meaningful = controls_meaningful;
    decider->verdict.state = VERDICT_UNKNOWN;
    decider->since_mono_ms = mono_ms;
    decider->since_wall_ms = wall_ms;
    return 0;
}

void decider_release(struct decider *decider)
{
    free(decider->recent);
    decider->recent = NULL;
}

int decider_set_flapping(struct decider *decider, size_t limit)
{
    if (limit == decider->limit) {
        return 0;
    }
    uint64_t *recent = calloc(limit, sizeof *recent);
    if (recent == NULL) {
        return UV_ENOMEM;
    }
    /* The last ones, oldest first. */
    size_t kept = decider->count < limit ? decider->count : limit;
    for (size_t i = 0; i < kept; i++) {
        size_t back = kept - i; /* behind `next` */
        recent[i] = decider->recent[(decider->next + decider->limit - back) % decider->limit];
    }
    free(decider->recent);
    decider->recent = recent;
    decider->limit = limit;
    decider->count = kept;
    decider->next = kept % limit;
    return 0;
}

/* Remembers a transition; true when the last `limit` of them fell within the window. */
static bool too_many(struct decider *decider, uint64_t mono_ms)
{
    decider->recent[decider->next] = mono_ms;
    decider->next = (decider->next + 1) % decider->limit;
    if (decider->count < decider->limit) {
        decider->count++;
    }
    uint64_t oldest = decider->recent[decider->next];
    return decider->count == decider->limit && mono_ms - oldest <= DECIDER_FLAPPING_WINDOW_MS;
}

/* Ends flapping once the bare verdict has been idle for long enough. */
static void calm_down(struct decider *decider, struct verdict bare, uint64_t mono_ms)
{
    if (bare.state != VERDICT_IDLE) {
        decider->calm = false;
        return;
    }
    if (!decider->calm) {
        decider->calm = true;
        decider->calm_since_ms = mono_ms;
    }
    if (decider->flapping && mono_ms - decider->calm_since_ms >= DECIDER_FLAPPING_QUIET_MS) {
        decider->flapping = false;
        decider->count = 0;
        decider->next = 0;
    }
}

/* Rule 1: an owner thread other than the one seen before, while held both times. */
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
    calm_down(decider, now, seen->mono_ms);
    bool handed_over = owner_changed(decider, seen) && !decider->flapping;
    if (decider->flapping) {
        now.state = VERDICT_BUSY;
        now.reasons |= REASON_FLAPPING;
    }
    struct verdict before = decider->verdict;
    decider->verdict = now;
    if (now.state == before.state && !(handed_over && now.state == VERDICT_BUSY)) {
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
    };
    decider->since_known = true;
    decider->since_mono_ms = seen->mono_ms;
    decider->since_wall_ms = seen->wall_ms;
    /* While it flaps there are no transitions but the one in and the one out. */
    if (too_many(decider, seen->mono_ms) && !decider->flapping) {
        decider->flapping = true;
        decider->calm = false;
    }
    return true;
}

bool decider_suspended(const struct decider *decider, const struct observation *seen,
                       uint64_t now_mono_ms)
{
    return seen->registry_known && seen->in_progress && decider->verdict.state == VERDICT_IDLE &&
           now_mono_ms - decider->since_mono_ms >= DECIDER_SUSPENDED_AFTER_MS;
}
