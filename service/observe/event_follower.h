/* event_follower.h: follows the event log, and recovers from every failure within about a minute.
 *
 * The records that it fetches go to an install_log, which knows which ones were already reported.
 * It fetches when the log's signal is set, once after it has subscribed, and once a minute without
 * a signal, because after a restart of the Event Log service nothing may set the signal any more.
 * If a subscription fails, it subscribes again after the last record that was seen. Once a minute,
 * it does the same if the subscription returned nothing, without a signal, although the log has
 * grown. Records that are read later than they were written are marked `replayed`; those older than
 * 15 minutes, or more than 5,000 records back, are skipped. If the ids have started over, the log
 * was cleared; it is then followed from now on.
 *
 * Portable: all system calls go through a table. One thread.
 */
#ifndef MSIWATCH_SERVICE_EVENT_FOLLOWER_H
#define MSIWATCH_SERVICE_EVENT_FOLLOWER_H

#include "common/event_log_api.h"
#include "observe/install_log.h"

#include <stddef.h>

struct event_follower;
struct log;

#define EVENT_FOLLOWER_CHECK_MS 60000u
#define EVENT_FOLLOWER_BACK_MS 900000
#define EVENT_FOLLOWER_BACK_RECORDS 5000u
/* If the log cannot be read, it is tried again after a second, then after twice as long each
 * time. */
#define EVENT_FOLLOWER_RETRY_MS 1000u
#define EVENT_FOLLOWER_RETRY_MOST_MS 30000u

/* Everything in it must outlive the follower. */
struct event_follower_config {
    const struct event_log_api *api;
    void *signal; /* see event_log_subscribe */
    struct install_log *records;
    struct log *log; /* may be NULL */
    /* Returns who wrote a record, from the process id in it; `written_ms` is the latest time at
     * which it can have been written, by the wall clock. NULL means that the writer stays
     * unknown. */
    enum record_writer (*writer)(void *arg, uint32_t pid, int64_t written_ms);
    void *arg;
    /* Writes the system's words for a Win32 code into `out`. */
    void (*words)(uint32_t error, char *out, size_t size);
};

/* Returns 0 or a negative libuv code. */
int event_follower_new(struct event_follower **out, const struct event_follower_config *config);
void event_follower_free(struct event_follower *follower);

/* Opens the log, or fetches, if either is due. `signalled` says that the signal was set; reset it
 * before the call, so that later records set it again. Returns true if there is more: call it again
 * soon. */
bool event_follower_look(struct event_follower *follower, uint64_t mono_ms, int64_t wall_ms,
                         bool signalled);

#endif
