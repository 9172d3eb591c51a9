/* event_log.h: reads Windows' event log, channel Application, for the service's sensor and for
 * `msiwatch doctor`.
 *
 * A pull subscription: the log sets an event of the caller's, who then fetches. Nothing runs on a
 * thread of the log's. Records are rendered by typed values into one fixed buffer; one that does
 * not fit, or cannot be rendered, is dropped and counted.
 *
 * Functions return Win32 codes, 0 for success. One thread at a time. All calls go through a table
 * (event_log_api.h), so nothing here needs Windows.
 */
#ifndef MSIWATCH_COMMON_EVENT_LOG_H
#define MSIWATCH_COMMON_EVENT_LOG_H

#include "common/event_log_api.h"
#include "common/event_record.h"

struct event_log;

/* `query`: an XPath of Windows', ends with 0. Table and query must outlive the log. 0 or
 * ERROR_NOT_ENOUGH_MEMORY. */
uint32_t event_log_new(struct event_log **out, const struct event_log_api *api,
                       const uint16_t *query);
void event_log_free(struct event_log *log);

/* Begins to follow, after the record of that id, which need not be there any more: earlier ones may
 * be given again then; or, with EVENT_LOG_NOW, from now on. Ends an earlier subscription. `signal`:
 * a manual-reset event, or what the table takes for one. Fetch once at once: the event may never be
 * set for what is there already. */
#define EVENT_LOG_NOW UINT64_MAX
uint32_t event_log_subscribe(struct event_log *log, void *signal, uint64_t after);
void event_log_unsubscribe(struct event_log *log);

/* Fetches at most `most` records, and calls `each` for every one that could be rendered; what it
 * gets lives for the call. *fetched: how many there were, those that were dropped included; 0 with
 * success: there are none now. */
struct event_log_fetched {
    size_t count;
    /* There are none by ERROR_INVALID_OPERATION: an empty subscription answers so, but nothing says
     * that a dead one does not. */
    bool doubtful;
};
uint32_t event_log_fetch(struct event_log *log, size_t most,
                         void (*each)(void *arg, struct event_record *record), void *arg,
                         struct event_log_fetched *fetched);

/* The id of the newest record of the channel, whoever wrote it; 0: there is none. Once it could be
 * subscribed to; also from `each`. */
uint32_t event_log_newest(struct event_log *log, uint64_t *record_id);

/* Records that were too big for the buffer, or could not be rendered. */
uint64_t event_log_dropped(const struct event_log *log);

#endif
