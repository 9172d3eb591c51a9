/* store.h: history.db, written by a thread of its own, which holds the folder's lock.
 *
 * It does one thing at a time: whoever calls waits for `done` before the next.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_STORE_H
#define MSIWATCH_SERVICE_STORE_H

#include "journal/disk.h"
#include "journal/opening.h"

struct store;

enum store_work { STORE_OPEN, STORE_APPEND, STORE_NOTE, STORE_PRUNE };

#define STORE_ROWS 256

/* What the writer is asked for, and what came of it; store_task gives the one there is. */
struct store_task {
    enum store_work work;
    struct problem problem;
    struct database_facts facts; /* of the file, afterwards */

    /* STORE_OPEN: its `may_quarantine`, `distrust` and `present_id` are the wish. What was found
     * stays until the next. */
    struct opening opening;

    /* STORE_APPEND */
    struct database_row rows[STORE_ROWS]; /* their texts are copied by store_start */
    size_t count;
    /* STORE_APPEND, STORE_PRUNE */
    struct database_keep keep;
    int64_t before_ms;
    bool again;
    /* STORE_APPEND, STORE_NOTE */
    char note[DATABASE_NOTE_BYTES];

    /* STORE_NOTE */
    int64_t wall_ms;
    bool controls_meaningful;
};

/* `done` is called whenever what the writer was asked for is done. 0 or a negative libuv code. */
int store_new(struct store **out, const struct journal_disk *disk, void (*done)(void *arg),
              void *arg);

/* Filled in before store_start, read in `done`. Not to be touched while the writer is at it. */
struct store_task *store_task(struct store *store);
bool store_is_busy(const struct store *store);

/* Begins what the task says. False, with nothing begun, when memory is out. */
bool store_start(struct store *store);

/* Blocks until the writer is done, or `ms` have passed; `done` is then called. False if it is not.
 * For the time before the loop runs. */
bool store_wait(struct store *store, uint64_t ms);

/* Closes the file and ends the thread; `closed` is called on the loop, and the store is gone. If
 * that takes longer than `patience_ms`, because the disk does not answer, the thread is left to
 * itself with what it uses, and `ended` is false. */
void store_stop(struct store *store, uint64_t patience_ms, void (*closed)(void *arg, bool ended),
                void *arg);

#endif
