/* event_follower.h: follows the event log, and loses it for a minute at most.
 *
 * What it fetches goes to an install_log, which knows what was reported already. It fetches when
 * the log's signal is set, once after it has subscribed, and once a minute whatever the signal
 * says: after a restart of the Event Log service nobody may set it any more. A subscription that
 * fails is made again after the last record that was seen; so is one, once a minute, that has
 * nothing, without a signal, while the log has grown. Records that are read so are marked
 * `replayed`; those older than 15 minutes, or 5,000 records, are passed over. A log whose ids have
 * fallen was cleared: it is followed from now on.
 *
 * Portable, all calls of the system through a table. One thread.
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
/* A log that cannot be read is tried again after a second, then after twice as long. */
#define EVENT_FOLLOWER_RETRY_MS 1000u
#define EVENT_FOLLOWER_RETRY_MOST_MS 30000u

/* All must outlive the follower. */
struct event_follower_config {
    const struct event_log_api *api;
    void *signal; /* see event_log_subscribe */
    struct install_log *records;
    struct log *log; /* may be NULL */
    /* Who wrote a record that names a process; written_ms: wall, at the latest. NULL: unknown. */
    enum record_writer (*writer)(void *arg, uint32_t pid, int64_t written_ms);
    void *arg;
    /* The system's words for a Win32 code, into out. */
    void (*words)(uint32_t error, char *out, size_t size);
};

/* 0 or a negative libuv code. */
int event_follower_new(struct event_follower **out, const struct event_follower_config *config);
void event_follower_free(struct event_follower *follower);

/* Opens the log, or fetches, if either is due. `signalled`: the signal was set; reset it before
 * the call, so that what comes meanwhile sets it again. True: there is more, come again soon. */
bool event_follower_look(struct event_follower *follower, uint64_t mono_ms, int64_t wall_ms,
                         bool signalled);

#endif
