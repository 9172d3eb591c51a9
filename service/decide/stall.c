/* stall.c: whether an installation does anything, or has stalled. */
#include "decide/stall.h"

#include <string.h>

/* Fills in what an event says about an installation that did nothing until now. */
static void say_ended(const struct stall *stall, uint64_t mono_ms, struct activity *what)
{
    *what = stall->activity;
    what->stalled = false;
    what->still_ms = mono_ms - stall->moved_ms;
}

enum stall_change stall_turn(struct stall *stall, bool busy, uint64_t mono_ms,
                             struct activity *what)
{
    bool stalled = stall->activity.stalled;
    say_ended(stall, mono_ms, what);
    stall->busy = busy;
    stall->began_ms = stall->moved_ms = mono_ms;
    stall->looked_ms = 0;
    stall->count = 0;
    stall->used = (struct stall_mark){.at_ms = 0};
    stall->activity = (struct activity){.known = false};
    return stalled ? STALL_ENDED : STALL_SAME;
}

static void forget_old(struct stall *stall, uint64_t now_ms)
{
    size_t old = 0;
    while (old < stall->count && now_ms - stall->marks[old].at_ms > STALL_WINDOW_MS) {
        old++;
    }
    stall->count -= old;
    memmove(stall->marks, stall->marks + old, stall->count * sizeof stall->marks[0]);
}

static void note(struct stall *stall, const struct stall_mark *now)
{
    if (stall->count == 0 || (now->at_ms - stall->marks[stall->count - 1].at_ms >= STALL_MARK_MS &&
                              stall->count < STALL_MARKS)) {
        stall->marks[stall->count++] = *now;
    }
}

/* Work that was seen does not count again: later work must reach the limit by itself. So the time
 * of the last work is that of a sample that found some, not the end of a window. */
static bool has_worked(struct stall *stall, const struct stall_mark *now)
{
    struct activity *activity = &stall->activity;
    forget_old(stall, now->at_ms);
    const struct stall_mark *first = stall->count == 0 ? now : &stall->marks[0];
    activity->cpu_ms = now->cpu_ms - first->cpu_ms;
    activity->io_bytes = now->io_bytes - first->io_bytes;
    first = first->at_ms > stall->used.at_ms ? first : &stall->used;
    bool worked = now->cpu_ms - first->cpu_ms >= STALL_CPU_MS ||
                  now->io_bytes - first->io_bytes >= STALL_IO_BYTES;
    if (worked) {
        stall->used = *now;
    }
    return worked;
}

static enum stall_change decide(struct stall *stall, const struct observation *seen, bool worked,
                                struct activity *what)
{
    struct activity *activity = &stall->activity;
    bool stalled = activity->stalled;
    say_ended(stall, seen->mono_ms, what);
    if (worked) {
        stall->moved_ms = seen->mono_ms;
        activity->last_known = what->last_known = true;
        activity->last_ms = what->last_ms = seen->wall_ms;
    }
    activity->still_ms = seen->mono_ms - stall->moved_ms;
    what->stalled = !worked && stall->after_ms != 0 &&
                    (stalled || activity->still_ms >= stall->after_ms);
    activity->stalled = what->stalled;
    return activity->stalled == stalled ? STALL_SAME : stalled ? STALL_ENDED : STALL_BEGAN;
}

enum stall_change stall_look(struct stall *stall, const struct observation *seen,
                             struct activity *what)
{
    const struct stall_mark now = {seen->mono_ms, seen->work.cpu_ms, seen->work.io_bytes};
    if (!stall->busy || !seen->work.known) {
        stall->activity.known = false;
        return STALL_SAME;
    }
    if (stall->looked_ms == seen->work.looked_ms) {
        return STALL_SAME;
    }
    if (stall->looked_ms == 0 && now.at_ms - stall->began_ms >= STALL_EARLY_MS) {
        stall->moved_ms = now.at_ms; /* nobody looked until now */
    }
    uint64_t gap_ms = stall->looked_ms == 0 ? 0 : seen->work.looked_ms - stall->looked_ms;
    stall->moved_ms += gap_ms > STALL_WINDOW_MS ? gap_ms : 0;
    if (stall->moved_ms > now.at_ms) { /* the list is read at another moment than the clock */
        stall->moved_ms = now.at_ms;
    }
    stall->looked_ms = seen->work.looked_ms;
    bool worked = has_worked(stall, &now);
    note(stall, &now);
    stall->activity.processes = seen->work.processes;
    stall->activity.known = now.at_ms - stall->began_ms >= STALL_EARLY_MS;
    return decide(stall, seen, worked, what);
}
