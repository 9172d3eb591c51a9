/* store_reader.h: history.db, read a page at a time by a thread of its own.
 *
 * Pages never wait for the writer. Those that wait for each other are read round robin between
 * their owners, one at a time: who asks for many delays nobody else by more than one.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_STORE_READER_H
#define MSIWATCH_SERVICE_STORE_READER_H

#include "journal/page.h"

#include <uv.h>

struct store_reader;

/* A page being read. */
struct store_page {
    struct page_wish wish;
    char id[37]; /* the journal that it is to be of; of another's file nothing is read */
    uint64_t owner;
    void (*done)(struct store_page *page); /* frees it with store_page_free */
    void *arg;
    struct problem problem;
    struct page page;
};

/* 0 or a negative libuv code. */
int store_reader_new(struct store_reader **out, uv_loop_t *loop);

/* Zeroed; NULL when memory is out. */
struct store_page *store_page_new(void);
void store_page_free(struct store_page *page);

void store_reader_read(struct store_reader *reader, struct store_page *page);

/* `done` will not be called; it frees the page, now or later. */
void store_reader_cancel(struct store_reader *reader, struct store_page *page);

/* Closes its file. The next page opens the one at `path`; NULL: the same path. */
void store_reader_reopen(struct store_reader *reader, const char *path);

/* Reads what waits, closes the file and ends the thread; `closed` is called on the loop, and the
 * reader is gone. If that takes longer than `patience_ms`, because the disk does not answer, the
 * thread is left to itself with what it uses, and `ended` is false. */
void store_reader_stop(struct store_reader *reader, uint64_t patience_ms,
                       void (*closed)(void *arg, bool ended), void *arg);

#endif
