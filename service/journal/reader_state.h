/* reader_state.h: what reader.c and reader_pages.c share. */
#ifndef MSIWATCH_SERVICE_READER_STATE_H
#define MSIWATCH_SERVICE_READER_STATE_H

#include "base/fair_queue.h"
#include "base/worker.h"
#include "files/secure_files.h"
#include "journal/page.h"
#include "journal/reader.h"

struct reader {
    struct tail *tail;
    const struct epochs *epochs;
    void (*failed)(void *arg, const struct problem *problem);
    void *arg;
    struct list waiting; /* followers whose page could not be read yet */
    struct journal_entry page[JOURNAL_READ_MOST];

    struct worker *worker;   /* NULL if there is no disk */
    struct fair_queue queue; /* pages to be read from history.db */
    bool reads;              /* the worker has a page */
    struct worker_job close_job;
    bool closes; /* the worker has that job */
    /* The disk does not answer, so the thread continues: the reader, which owns what the thread
     * uses, must never be freed. */
    bool abandoned;
    void (*closed)(void *arg);
    void *closed_arg;

    uv_mutex_t lock; /* guards `path` and `wanted` */
    char path[FILES_PATH];
    unsigned wanted; /* is increased to have the file opened again */

    /* Used only by the worker. */
    struct database *database;
    unsigned opened; /* the value of `wanted` when the file was opened */
};

/* A page to be read from history.db, and the result. */
struct reader_page {
    struct page_wish wish;
    char id[37]; /* the journal to read; if the file belongs to another one, nothing is read */
    struct problem problem;
    struct page page;

    struct reader *reader;
    struct worker_job job;
    /* Used only by the loop. */
    struct journal_read *read; /* NULL if it was cancelled */
    struct fair_entry entry;
    bool begun;
};

/* ---- reader.c ---- */

/* Called on the loop when the page was read, or could not be read. */
void reader_answer(const struct reader_page *page);

/* ---- reader_pages.c ---- */

/* Queues the page, which was allocated with calloc, and frees it after reader_answer. */
void reader_queue_page(struct reader *reader, struct reader_page *page);

/* Frees the page, now or later, without calling reader_answer. */
void reader_drop_page(struct reader *reader, struct reader_page *page);

#endif
