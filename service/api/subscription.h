/* subscription.h: subscribers as cursors into the journal (DESIGN, section 8).
 *
 * A session's subscriptions share its output: when nothing is in flight, the next events of those
 * that are behind are read from the journal, in turn, and written in one go of at most 32 KiB.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_SUBSCRIPTION_H
#define MSIWATCH_SERVICE_SUBSCRIPTION_H

#include "base/list.h"
#include "journal/journal.h"

struct session;
struct batch;

#define SUBSCRIPTION_WRITE_BYTES (32u * 1024u)

struct subscription {
    struct list node;
    uint64_t number;
    struct journal_cursor cursor; /* behind the last event delivered, or passed over */
    const struct batch *batch;    /* not before this batch is answered; NULL: now */
};

struct subscriptions {
    struct list list; /* the next one to be served is the first */
    uint32_t count;
    uint64_t last_number;
    struct journal_read *read; /* under way, for the first one; NULL when there is none */
};

void subscriptions_init(struct session *session);
void subscriptions_release(struct session *session);

/* Adds one, which starts after this seq of the present journal. NULL when memory is out. */
struct subscription *subscription_new(struct session *session, uint64_t after,
                                      const struct batch *batch);

/* False when this session has none of that number. */
bool subscription_end(struct session *session, uint64_t number);

/* The batch was answered: its subscriptions may go on. */
void subscriptions_unbatch(struct session *session, const struct batch *batch);

/* Puts the next events into the session's output, if any are due. */
void subscriptions_pump(struct session *session);

#endif
