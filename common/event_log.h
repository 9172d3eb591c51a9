/* event_log.h: reads Windows' event log, channel Application, for the service's sensor and for
 * `msiwatch doctor`.
 *
 * It uses a pull subscription: the log sets the caller's event object, and the caller then fetches.
 * So nothing runs on a thread of the log. Records are rendered as typed values into one fixed
 * buffer; a record that does not fit, or cannot be rendered, is dropped and counted.
 *
 * Functions return Win32 codes, 0 for success. One thread at a time. All calls go through a table
 * (event_log_api.h), so nothing here needs Windows.
 */
#ifndef MSIWATCH_COMMON_EVENT_LOG_H
#define MSIWATCH_COMMON_EVENT_LOG_H

#include "common/event_log_api.h"
#include "common/event_record.h"

struct event_log;

/* `query` is an XPath query of Windows and ends with a 0. The table and the query must outlive the
 * log. Returns 0 or ERROR_NOT_ENOUGH_MEMORY. */
uint32_t event_log_new(struct event_log **out, const struct event_log_api *api,
                       const uint16_t *query);
void event_log_free(struct event_log *log);

/* Begins to follow the log after the record with that id; with EVENT_LOG_NOW, from now on. If that
 * record no longer exists, earlier ones may be given again. Ends an earlier subscription. `signal`
 * is a manual-reset event, or what the table uses as one. Fetch once right after this call: the
 * event may never be set for records that are already there. */
#define EVENT_LOG_NOW UINT64_MAX
uint32_t event_log_subscribe(struct event_log *log, void *signal, uint64_t after);
void event_log_unsubscribe(struct event_log *log);

/* Fetches at most `most` records, and calls `each` for every one that could be rendered; the record
 * is valid only during that call. fetched->count is how many there were, including those that were
 * dropped. Success with a count of 0 means that there are none now. */
struct event_log_fetched {
    size_t count;
    /* There were none because of ERROR_INVALID_OPERATION. An empty subscription answers with it,
     * but a dead one may, too: the documentation does not say. */
    bool doubtful;
};
uint32_t event_log_fetch(struct event_log *log, size_t most,
                         void (*each)(void *arg, struct event_record *record), void *arg,
                         struct event_log_fetched *fetched);

/* The id of the newest record of the channel, from any program; 0: the log is empty. Needs an
 * earlier successful event_log_subscribe. May be called from `each`. */
uint32_t event_log_newest(struct event_log *log, uint64_t *record_id);

/* How many records were dropped: too big for the buffer, or impossible to render. */
uint64_t event_log_dropped(const struct event_log *log);

#endif
