/* read.h: what is asked for when the journal is read, and the answer: a page of events. */
#ifndef MSIWATCH_SERVICE_JOURNAL_READ_H
#define MSIWATCH_SERVICE_JOURNAL_READ_H

#include "base/list.h"
#include "common/access_level.h"
#include "journal/epoch.h"

/* The most events in a page, and the most that are looked at for one when times are asked for. */
#define JOURNAL_READ_MOST 256
#define JOURNAL_LOOK_MOST 4096

struct journal_entry {
    uint64_t seq;
    const char *json; /* the Event, in the words of PROTOCOL.md, without a line end */
    size_t size;      /* of json, in bytes */
};

/* The caller owns the struct, which must stay until `done` or journal_read_cancel. */
struct journal_read {
    uint64_t owner;   /* of reads that wait for the disk, each owner's turn comes in turn */
    bool memory_only; /* UV_EAGAIN instead of a wait for the disk. Not of a cursor */

    /* What comes next behind this cursor, and the next five fields do not matter; NULL: events of
     * the present journal, by those. */
    const struct journal_cursor *from;
    uint64_t after, before; /* exclusive; UINT64_MAX as `before` is no bound */
    int64_t since_ms;       /* inclusive; INT64_MIN is no bound */
    int64_t until_ms;       /* exclusive; INT64_MAX is no bound */
    bool descending;
    enum access_level access_level; /* what is withheld from it is left out of the entries */
    size_t limit;                   /* events, 1 to JOURNAL_READ_MOST */
    size_t bytes; /* stop before their JSON is larger together, but give one at least */

    /* Answers, once, perhaps from within journal_read_start. The fields below are valid until it
     * returns. What was asked for by seq is of the journal that journal_info then describes. */
    void (*done)(struct journal_read *read);
    int error; /* 0 or a negative libuv code */
    const struct journal_entry *entries;
    size_t count;
    /* There is more to look at: as `after` (descending, `before`) of the next read this goes on
     * where this one ended, also when it has no entries. 0: that was all. Not of a cursor. */
    uint64_t next;

    /* Of a cursor, to be reported before the entries, in this order: these seqs of the journal it
     * is in are no longer held (gap_to 0: none); from here on it is in another journal (`moved`).
     * `at` is where it then is. A seq that is missing between it and the entries is no longer
     * held. */
    uint64_t gap_from, gap_to;
    bool moved;
    struct journal_cursor at;

    /* The reader's own. */
    void *reader, *under_way;
    char asked[37];      /* the journal that was the present one when the database was asked */
    bool waits;          /* for the disk: */
    struct list waiting; /* in the reader's list */
    bool failed;         /* once, although the disk worked */
};

#endif
