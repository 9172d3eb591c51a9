/* reader.h: reads the journal: from memory at once, or from the database, later.
 *
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_JOURNAL_READER_H
#define MSIWATCH_SERVICE_JOURNAL_READER_H

#include "journal/problem.h"
#include "journal/read.h"
#include "journal/tail.h"

#include <uv.h>

struct reader;

struct reader_config {
    struct tail *tail;
    const struct epochs *epochs; /* what is published, and where it can be read */
    /* The database could not be read. May call reader_ask_again. */
    void (*failed)(void *arg, const struct problem *problem);
    void *arg;
};

/* 0 or a negative libuv code. It reads memory only until reader_begin. */
int reader_new(struct reader **out, const struct reader_config *config);

/* Begins the thread that reads the database. 0 or a negative libuv code. */
int reader_begin(struct reader *reader, uv_loop_t *loop);

/* Ends that thread, if there is one: store_reader.h. `closed` may be called at once. */
void reader_stop(struct reader *reader, uint64_t patience_ms, void (*closed)(void *arg), void *arg);

/* Reads that are under way are never answered. NULL is fine. */
void reader_free(struct reader *reader);

void reader_start(struct reader *reader, struct journal_read *read);
void reader_cancel(struct reader *reader, struct journal_read *read);

/* The database's file is closed, and opened again when it is read: at `path`; NULL: the same. */
void reader_reopen(struct reader *reader, const char *path);

/* The disk has answered: followers that wait for it are served, or wait again. */
void reader_ask_again(struct reader *reader);

/* To wait on would cost them events: they go on in memory, with a gap. */
void reader_end_waiting(struct reader *reader);

#endif
