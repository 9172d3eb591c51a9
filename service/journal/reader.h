/* reader.h: reads the journal: from memory immediately, from the database later.
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

/* Returns 0 or a negative libuv code. `epochs` say what is published and where it can be read.
 * `failed` is called when the database could not be read; it may call reader_ask_again. Until
 * reader_begin, the reader reads from memory only. */
int reader_new(struct reader **out, struct tail *tail, const struct epochs *epochs,
               void (*failed)(void *arg, const struct problem *problem), void *arg);

/* Starts the thread that reads the database. Returns 0 or a negative libuv code. */
int reader_begin(struct reader *reader, uv_loop_t *loop);

/* Reads the waiting pages, closes the file and ends the thread; then `closed` is called on the
 * loop, or immediately if there is no thread. If this takes longer than `patience_ms`, because the
 * disk does not answer, the thread continues with what it uses. */
void reader_stop(struct reader *reader, uint64_t patience_ms, void (*closed)(void *arg), void *arg);

/* Frees the reader, unless its thread continues. Reads that have not been answered never are. */
void reader_free(struct reader *reader);

/* See journal_read_start and journal_read_cancel. */
void reader_start(struct reader *reader, struct journal_read *read);
void reader_cancel(struct reader *reader, struct journal_read *read);

/* Closes the database's file; the next read opens the one at `path`, or the same one if `path` is
 * NULL. */
void reader_reopen(struct reader *reader, const char *path);

/* The disk has answered: followers that wait for it try again, and may have to wait again. */
void reader_ask_again(struct reader *reader);

/* Ends the waiting, because it would now cost the followers events: they continue in memory, with a
 * gap. */
void reader_end_waiting(struct reader *reader);

#endif
