/* read.h: a request to read the journal, and its answer: a page of events. */
#ifndef MSIWATCH_SERVICE_JOURNAL_READ_H
#define MSIWATCH_SERVICE_JOURNAL_READ_H

#include "base/list.h"
#include "common/access_level.h"
#include "journal/epoch.h"

/* The most events in a page, and the most that are examined for a page when times are given. */
#define JOURNAL_READ_MOST 256
#define JOURNAL_LOOK_MOST 4096

struct journal_entry {
    uint64_t seq;
    const char *json; /* the Event as PROTOCOL.md defines it, without a line end */
    size_t size;      /* of json, in bytes */
};

/* Which events a page is to have. */
struct page_wish {
    uint64_t after, before; /* exclusive; UINT64_MAX as `before` means no limit */
    int64_t since_ms;       /* inclusive; INT64_MIN means no limit */
    int64_t until_ms;       /* exclusive; INT64_MAX means no limit */
    bool descending;
    enum access_level access_level; /* the entries leave out what this level may not see */
    size_t limit;                   /* number of events, 1 to JOURNAL_READ_MOST */
    size_t bytes; /* limit of the total size of their JSON; one event is always included */
};

/* The caller owns the struct, which must stay valid until `done` or journal_read_cancel. */
struct journal_read {
    uint64_t owner;   /* reads that wait for the disk take turns by owner */
    bool memory_only; /* fail with UV_EAGAIN instead of waiting for the disk; not for cursors */

    /* If not NULL: read what follows this cursor; the wish's first five fields are ignored. NULL:
     * read events of the present journal, selected by those fields. */
    const struct journal_cursor *from;
    struct page_wish wish;

    /* Called once with the answer, perhaps from within journal_read_start. The fields below are
     * valid until it returns. An answer by seq is about the journal that journal_info describes at
     * that time. */
    void (*done)(struct journal_read *read);
    int error; /* 0 or a negative libuv code */
    const struct journal_entry *entries;
    size_t count;
    /* If not 0, there is more to examine: used as `after` (descending: `before`), the next read
     * continues where this one ended, even if this one has no entries. 0 if that was all. Not for
     * cursors. */
    uint64_t next;

    /* Only for cursors; report these before the entries, in this order. The seqs gap_from..gap_to
     * of the journal that the cursor was in are no longer held (none if gap_to is 0). Then, if
     * `moved`, the cursor is in another journal from here on. `at` is where it is then. If seqs are
     * missing between `at` and the entries, they are no longer held. */
    uint64_t gap_from, gap_to;
    bool moved;
    struct journal_cursor at;

    /* For the reader only. */
    void *under_way;
    char asked[37];      /* the journal that was the present one when the database was queried */
    bool waits;          /* it waits for the disk, */
    struct list waiting; /* in this list of the reader */
    bool failed;         /* reading failed once, although the disk worked */
};

#endif
