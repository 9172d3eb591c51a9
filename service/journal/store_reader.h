/* store_reader.h: history.db, read one page at a time by its own thread.
 *
 * Pages never wait for the writer. Waiting pages are read round robin by owner, one at a time, so
 * an owner with many pages delays each other owner by at most one page per turn. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_STORE_READER_H
#define MSIWATCH_SERVICE_STORE_READER_H

#include "journal/page.h"

#include <uv.h>

struct store_reader;

/* A request to read a page, and its result. */
struct store_page {
    struct page_wish wish;
    char id[37]; /* the journal to read; if the file belongs to another one, nothing is read */
    uint64_t owner;
    void (*done)(struct store_page *page); /* must free the page with store_page_free */
    void *arg;
    struct problem problem;
    struct page page;
};

/* Returns 0 or a negative libuv code. */
int store_reader_new(struct store_reader **out, uv_loop_t *loop);

/* Returns a zeroed page; NULL if there is not enough memory. */
struct store_page *store_page_new(void);
void store_page_free(struct store_page *page);

/* Queues the page; `done` is called on the loop when it was read, or could not be read. */
void store_reader_read(struct store_reader *reader, struct store_page *page);

/* Frees the page, now or later, without calling `done`. */
void store_reader_cancel(struct store_reader *reader, struct store_page *page);

/* Closes the file. The next page opens the one at `path`, or the same one if `path` is NULL. */
void store_reader_reopen(struct store_reader *reader, const char *path);

/* Reads the waiting pages, closes the file and ends the thread; `closed` is called on the loop;
 * with `ended` true, the reader has been freed. If this takes longer than `patience_ms`, because
 * the disk does not answer, `ended` is false: the thread continues with what it uses, which is
 * never freed. */
void store_reader_stop(struct store_reader *reader, uint64_t patience_ms,
                       void (*closed)(void *arg, bool ended), void *arg);

#endif
