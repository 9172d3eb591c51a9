/* store.h: history.db on two threads of its own: one that writes, one that reads.
 *
 * The writer does one thing at a time: whoever calls waits for `done` before the next. Pages are
 * read in the order in which they were asked for, and never wait for the writer.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_STORE_H
#define MSIWATCH_SERVICE_STORE_H

#include "journal/quarantine.h"
#include "journal/database.h"
#include "journal/page.h"

#include <uv.h>

struct log;
struct store;

struct store_config {
    uv_loop_t *loop;
    struct log *log;
    const char *folder; /* copied */
    uint32_t checkpoint_pages;
    /* What the writer was asked for is done. */
    void (*done)(void *arg);
    void *arg;
};

enum store_work { STORE_OPEN, STORE_APPEND, STORE_NOTE, STORE_PRUNE };

/* What the writer is asked for, and what came of it; store_task gives the one there is. */
struct store_task {
    enum store_work work;
    struct problem problem;

    /* STORE_OPEN: the wish... */
    bool may_set_aside;
    const char *distrust; /* a literal, or NULL */
    char present_id[37];
    /* ... and what was found */
    struct database_facts facts;
    char *last_json; /* valid until `done` returns */
    size_t last_size;
    struct aside_list aside;

    /* STORE_APPEND */
    struct database_row *rows; /* room for STORE_ROWS, whose texts are copied by store_start */
    size_t count;
    /* STORE_APPEND, STORE_PRUNE */
    uint64_t keep_rows;
    int64_t before_ms;
    uint64_t first_seq;
    bool again;

    /* STORE_NOTE */
    int64_t wall_ms;
    bool msiserver_tells;
};

#define STORE_ROWS 256

/* 0 or a negative libuv code; unless *out is NULL then, store_stop is all that it may be used for.
 */
int store_new(struct store **out, const struct store_config *config);

/* Filled in before store_start, read in `done`. Not to be touched while the writer is at it. */
struct store_task *store_task(struct store *store);
bool store_is_busy(const struct store *store);

/* Begins what the task says. False, with nothing begun, when memory is out. */
bool store_start(struct store *store);

/* Blocks until the writer is done, or `ms` have passed; `done` is then called. False if it is not.
 * For the time before the loop runs. */
bool store_wait(struct store *store, uint64_t ms);

/* A page being read. */
struct store_page {
    struct page_wish wish;
    char id[37]; /* the journal that it is to be of; of another's file nothing is read */
    void (*done)(struct store_page *page); /* frees it with store_page_free */
    void *arg;
    struct problem problem;
    struct page page;
};

/* Zeroed; NULL when memory is out. */
struct store_page *store_page_new(void);
void store_page_free(struct store_page *page);
void store_read(struct store *store, struct store_page *page);

/* `done` will not be called; it frees the page, now or later. */
void store_read_cancel(struct store *store, struct store_page *page);

/* The reader lets go of its file. The next page opens what is there then. */
void store_close_reader(struct store *store);

/* Ends both threads and closes the file; `closed` is called on the loop, and the store is gone.
 * What does not end in `patience_ms`, because the disk does not answer, is left to itself. */
void store_stop(struct store *store, uint64_t patience_ms, void (*closed)(void *arg), void *arg);

#endif
