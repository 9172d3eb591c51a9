/* journal.h: the journal: every event, in order, each with a seq.
 *
 * Within one journal, named by a uuid, seq starts at 1 and grows by exactly 1. What is held is
 * first_seq..last_seq; an empty journal has first_seq = last_seq + 1. An event can be read, and is
 * announced by `changed`, only once it is committed.
 *
 * With a data folder the journal is durable: history.db, written and read by threads of its own
 * (store.h), so that a disk that is slow makes events late and nothing else. When the disk does not
 * take a commit, another journal, in memory, takes its place, and what waited is published in that;
 * when the disk is back, what memory holds is appended to the durable one, which takes the place
 * back. A journal_cursor lives through all of that.
 *
 * Loop thread only. Nothing here waits for the disk, but for journal_open.
 */
#ifndef MSIWATCH_SERVICE_JOURNAL_H
#define MSIWATCH_SERVICE_JOURNAL_H

#include "common/access_level.h"
#include "common/model.h"
#include "journal/quarantine.h"
#include "journal/database.h"

#include <uv.h>

struct journal;
struct log;

struct journal_info {
    char id[37]; /* the uuid as text */
    bool durable;
    uint64_t first_seq, last_seq;
    char problem[PROBLEM_SIZE]; /* why it is not durable; "" when it is */
    struct aside_list aside;    /* files that were set aside, and lie in the folder */
    bool folder_taken;          /* it is another service's, so this one should not run */
};

struct journal_entry {
    uint64_t seq;
    const char *json; /* the Event, in the words of PROTOCOL.md, without a line end */
    size_t size;      /* of json, in bytes */
};

/* Settings that may change while it runs. */
struct journal_keep {
    uint64_t rows;         /* the most events in the database; 0: no bound */
    uint32_t days;         /* their greatest age; 0: no bound */
    uint32_t heartbeat_ms; /* how often it is noted that the service is alive; 0: never */
};

struct journal_config {
    size_t held; /* how many events memory holds */
    /* There is something new to be read, perhaps another journal. May be called from within
     * journal_append. */
    void (*changed)(void *arg);
    void *arg;
};

/* Where a durable one is. */
struct journal_disk {
    const char *folder; /* UTF-8 */
    uv_loop_t *loop;
    struct log *log;
    struct journal_keep keep;
    /* For tests; 0 is the default. */
    uint32_t open_ms;          /* how long journal_open waits for the disk: 3 s */
    uint32_t stuck_ms;         /* when a disk that does not answer is given up: 10 s */
    uint32_t retry_ms;         /* until the disk is tried again, doubling to ten times that: 1 s */
    uint32_t steady_ms;        /* how long clocks must agree before age is believed: 10 min */
    uint32_t checkpoint_pages; /* of the write-ahead log */
};

/* One in memory only. 0 or a negative libuv code. */
int journal_new(struct journal **out, const struct journal_config *config);

/* A durable one, if the disk lets it be; `info` says whether it does. It must be stopped before it
 * is freed. 0 or a negative libuv code. */
int journal_open(struct journal **out, const struct journal_config *config,
                 const struct journal_disk *disk);

/* Closes the files. `stopped` (NULL: nobody is told) is called on the loop, or at once if there is
 * nothing to close. */
void journal_stop(struct journal *journal, void (*stopped)(void *arg), void *arg);

/* Frees; reads that are under way are never answered. NULL is fine. */
void journal_free(struct journal *journal);

/* Takes an event; its seq is given here, and of what it points to a copy is kept. Its `of` is what
 * journal_append gave for that other event, or 0. Gives the event's place: a number that only this
 * is for. Never fails, never waits. */
uint64_t journal_append(struct journal *journal, const struct event *event);

/* Calls `flushed` once all that was appended is published; perhaps at once. */
void journal_flush(struct journal *journal, void (*flushed)(void *arg), void *arg);

/* Lives as long as the journal; its values change as it grows. */
const struct journal_info *journal_info(const struct journal *journal);

void journal_set_keep(struct journal *journal, const struct journal_keep *keep);

/* Whether msiserver's controls were ever seen to tell something (DESIGN, rule 2), as far as is
 * known now: a database that is opened late may remember it. */
bool journal_tells(const struct journal *journal);
void journal_remember_tells(struct journal *journal);

/* ---- reading ---- */

/* A follower's place, over changes of journal. Its fields are the journal's. */
struct journal_cursor {
    char id[37];     /* the journal that the follower believes to be in */
    uint64_t place;  /* of the last event passed; counts over journals */
    uint64_t offset; /* its seq in that journal is place - offset */
};

/* Behind the event `seq` (at most last_seq) of the present journal. */
struct journal_cursor journal_cursor_after(const struct journal *journal, uint64_t seq);
static inline uint64_t journal_cursor_seq(const struct journal_cursor *cursor)
{
    return cursor->place - cursor->offset;
}

/* Is there anything that the follower has not been told? */
bool journal_is_behind(const struct journal *journal, const struct journal_cursor *cursor);

/* A page. The caller owns the struct, which must stay until `done` or journal_read_cancel. */
struct journal_read {
    /* What comes next behind this cursor, and the next five fields do not matter; NULL: events of
     * the present journal, by those. */
    const struct journal_cursor *from;
    uint64_t after, before; /* exclusive; UINT64_MAX as `before` is no bound */
    int64_t since_ms;       /* inclusive; INT64_MIN is no bound */
    int64_t until_ms;       /* exclusive; INT64_MAX is no bound */
    bool descending;
    enum audience audience; /* what is withheld from it is left out of the entries */
    size_t limit;           /* events, 1 to JOURNAL_READ_MOST */
    size_t bytes;           /* stop before their JSON is larger together, but give one at least */

    /* Answers, once, perhaps from within journal_read_start. The fields below are valid until it
     * returns. What was asked for by seq is of the journal that journal_info then tells of. */
    void (*done)(struct journal_read *read);
    int error; /* 0 or a negative libuv code */
    const struct journal_entry *entries;
    size_t count;
    bool more; /* further events match; not of a cursor */

    /* Of a cursor, to be told before the entries, in this order: these seqs of the journal it is in
     * are no longer held (gap_to 0: none); from here on it is in another journal (`moved`). `at` is
     * where it then is. A seq that is missing between it and the entries is no longer held. */
    uint64_t gap_from, gap_to;
    bool moved;
    struct journal_cursor at;

    /* The journal's own. */
    void *journal, *under_way;
    char asked[37]; /* the journal that was the present one when the database was asked */
    bool waits;     /* for the disk; `next` is the next that does */
    bool failed;    /* once, although the disk worked */
    struct journal_read *next;
};

#define JOURNAL_READ_MOST 256

void journal_read_start(struct journal *journal, struct journal_read *read);

/* `done` will not be called any more. Also after it was. */
void journal_read_cancel(struct journal *journal, struct journal_read *read);

#endif
