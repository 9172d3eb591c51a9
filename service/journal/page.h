/* page.h: a page of events, read from an open history.db.
 *
 * May block on the disk: worker threads only, one at a time for each connection.
 */
#ifndef MSIWATCH_SERVICE_PAGE_H
#define MSIWATCH_SERVICE_PAGE_H

#include "common/text.h"
#include "journal/database.h"
#include "journal/read.h"

struct page {
    struct journal_entry *entries;
    size_t count;
    struct text text; /* the entries' JSON, one after the other */
    uint64_t next;    /* as in struct journal_read */
};

/* Fills a zeroed page. Call page_release even after a failure. OUTCOME_DAMAGED if a row is not what
 * was written. */
struct problem page_read(struct database *database, const struct page_wish *wish, struct page *out);
void page_release(struct page *page);

#endif
