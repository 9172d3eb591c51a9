/* watch.c: gives a decider one observation after another. */
#include "watch.h"

#include <string.h>

void watch_begin(struct watch *watch, enum signals signals, size_t flapping, uint64_t mono_ms)
{
    const struct flapping_limits limits = {flapping, 2000};
    memset(watch, 0, sizeof *watch);
    watch->seen.ui_clients = -1;
    watch->seen.mono_ms = mono_ms;
    watch->seen.registry_known = true;
    assert_int_equal(decider_init(&watch->decider, signals, &limits, false, mono_ms,
                                  WATCH_WALL_MS + (int64_t)mono_ms),
                     0);
}

void watch_end(struct watch *watch)
{
    decider_release(&watch->decider);
}

bool look(struct watch *watch, uint64_t mono_ms)
{
    watch->seen.mono_ms = mono_ms;
    watch->seen.wall_ms = WATCH_WALL_MS + (int64_t)mono_ms;
    return decider_look(&watch->decider, &watch->seen, &watch->event);
}

bool look_mutex(struct watch *watch, uint64_t mono_ms, enum mutex_state state)
{
    watch->seen.mutex.state = state;
    return look(watch, mono_ms);
}

bool look_owner(struct watch *watch, uint64_t mono_ms, uint32_t pid, uint32_t tid)
{
    watch->seen.mutex.owner_known = pid != 0;
    watch->seen.mutex.owner_pid = pid;
    watch->seen.mutex.owner_tid = tid;
    return look_mutex(watch, mono_ms, MUTEX_HELD);
}

void must_be_event(const struct watch *watch, enum verdict_state from, enum verdict_state to,
                   unsigned reasons)
{
    assert_int_equal(watch->event.kind, EVENT_TRANSITION);
    assert_int_equal(watch->event.from, from);
    assert_int_equal(watch->event.to, to);
    assert_int_equal(watch->event.reasons, reasons);
    assert_int_equal(watch->event.at_ms, watch->seen.wall_ms);
}
