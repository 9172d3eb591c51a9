/* watch.h: gives a decider one observation after another. */
#ifndef MSIWATCH_TESTS_WATCH_H
#define MSIWATCH_TESTS_WATCH_H

#include "unit.h"

#include "decide/decider.h"

/* A decider, what it saw last, and what it said last. */
struct watch {
    struct decider decider;
    struct observation seen;
    struct event event;
};

#define WATCH_WALL_MS 1000000 /* the wall clock at mono 0 */

void watch_begin(struct watch *watch, enum signals signals, size_t flapping, uint64_t mono_ms);
void watch_end(struct watch *watch);

/* Makes an observation at `mono_ms`; returns whether there was a transition. */
bool look(struct watch *watch, uint64_t mono_ms);
bool look_mutex(struct watch *watch, uint64_t mono_ms, enum mutex_state state);

/* The mutex is held by that thread; `pid` 0: the owner is not known. */
bool look_owner(struct watch *watch, uint64_t mono_ms, uint32_t pid, uint32_t tid);

void must_be_event(const struct watch *watch, enum verdict_state from, enum verdict_state to,
                   unsigned reasons);

#endif
