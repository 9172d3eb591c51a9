/* store.h: history.db, written by its own thread, which holds the folder's lock.
 *
 * It does one thing at a time: wait for `done` before you start the next. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_STORE_H
#define MSIWATCH_SERVICE_STORE_H

#include "journal/disk.h"
#include "journal/opening.h"

struct store;

enum store_work { STORE_OPEN, STORE_APPEND, STORE_NOTE, STORE_PRUNE };

#define STORE_ROWS 256

/* A request to the writer thread, and its result. There is one, which store_task returns. */
struct store_task {
    enum store_work work;
    struct problem problem;
    struct database_facts facts; /* of the file, after the work */

    /* STORE_OPEN: `may_quarantine`, `distrust` and `present_id` are the request. The result stays
     * valid until the next STORE_OPEN. */
    struct opening opening;

    /* STORE_APPEND */
    struct database_row rows[STORE_ROWS]; /* store_start copies their texts */
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

/* `done` is called each time a request is done. Returns 0 or a negative libuv code. */
int store_new(struct store **out, const struct journal_disk *disk, void (*done)(void *arg),
              void *arg);

/* Fill it in before store_start, read it in `done`. Do not touch it while the writer works. */
struct store_task *store_task(struct store *store);
bool store_is_busy(const struct store *store);

/* Starts what the task says. Returns false if there is not enough memory; then nothing has
 * started. */
bool store_start(struct store *store);

/* Blocks until the writer is done, or `ms` have passed. If it is done, `done` is called. Returns
 * false if it is not. For use before the loop runs. */
bool store_wait(struct store *store, uint64_t ms);

/* Closes the file and ends the thread; `closed` is called on the loop; with `ended` true, the store
 * has been freed. If this takes longer than `patience_ms`, because the disk does not answer,
 * `ended` is false: the thread continues with what it uses, which is never freed. */
void store_stop(struct store *store, uint64_t patience_ms, void (*closed)(void *arg, bool ended),
                void *arg);

#endif
