/* watcher.h: a subscriber: a thread that collects the events of one subscription, with the times at
 * which they arrived. */
#ifndef MSIWATCH_TESTS_WATCHER_H
#define MSIWATCH_TESTS_WATCHER_H

#include "talk.h"

#define WATCHER_EVENTS 8192u

/* A transition as it was sent. */
struct seen {
    int64_t seq, at_ms, arrived_ms;
    int64_t after_ms; /* INT64_MIN for null */
    char from[8], to[8];
    char reasons[48]; /* joined by commas */
};

struct watcher {
    struct talk talk;
    HANDLE thread;
    CRITICAL_SECTION lock; /* guards all below */
    volatile LONG stop;
    struct seen *events;
    size_t count;
    bool wrong;   /* something other than an event with the next seq came */
    bool closing; /* the service sent `closing` */
    bool ended;   /* the service closed the pipe, or it broke */
    int64_t next_seq;
    char state[8]; /* of the status in the reply to subscribe */
};

/* Subscribes; true when the service has confirmed it. `after` < 0: from now on. */
bool watcher_start(struct watcher *watcher, int64_t after);

/* How many events have come so far. */
size_t watcher_count(struct watcher *watcher);

/* The event with this index, which must have come already. */
struct seen watcher_event(struct watcher *watcher, size_t index);

/* Waits for the first event from index `from` on that goes to `state`. False: none came within
 * limit_ms. */
bool watcher_await(struct watcher *watcher, size_t from, const char *state, uint32_t limit_ms,
                   size_t *index);

/* Whether only events came, each with the seq after the one before. */
bool watcher_is_whole(struct watcher *watcher);

/* Waits until the service ends the subscription with `closing`. */
bool watcher_await_closing(struct watcher *watcher, uint32_t limit_ms);

/* Ends the thread and frees everything. May be called after a failed start, and twice. */
void watcher_stop(struct watcher *watcher);

#endif
