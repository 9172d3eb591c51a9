/* store_reader.c: history.db, read one page at a time by its own thread. */
#include "journal/store_reader.h"

#include "base/fair_queue.h"
#include "base/worker.h"
#include "files/secure_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct store_reader {
    struct worker *worker;
    struct fair_queue waiting; /* pages to be read */
    bool reads;                /* the worker has a page */
    struct worker_job close_job;
    bool closes; /* the worker has that job */
    void (*closed)(void *arg, bool ended);
    void *arg;

    uv_mutex_t lock; /* guards `path` and `wanted` */
    char path[FILES_PATH];
    unsigned wanted; /* is increased to have the file opened again */

    /* Used only by the worker. */
    struct database *database;
    unsigned opened; /* the value of `wanted` when the file was opened */
};

struct page_job {
    struct store_page page; /* must be the first member */
    struct worker_job job;
    struct fair_entry entry;
    struct store_reader *reader;
    bool begun, cancelled; /* used only by the loop */
};

/* ---- the worker's thread ---- */

static void close_database(struct store_reader *reader)
{
    database_close(reader->database);
    reader->database = NULL;
}

static struct problem open_database(struct store_reader *reader)
{
    char path[FILES_PATH];
    const struct database_options options = {.path = path, .reads_only = true};
    uv_mutex_lock(&reader->lock);
    memcpy(path, reader->path, sizeof path);
    reader->opened = reader->wanted;
    uv_mutex_unlock(&reader->lock);
    return database_open(&reader->database, &options);
}

/* Closes the file if it is no longer the one to read. */
static void close_if_old(struct store_reader *reader)
{
    uv_mutex_lock(&reader->lock);
    bool old = reader->opened != reader->wanted;
    uv_mutex_unlock(&reader->lock);
    if (old) {
        close_database(reader);
    }
}

static struct problem read_page(struct store_reader *reader, struct store_page *page)
{
    close_if_old(reader);
    if (reader->database == NULL) {
        struct problem problem = open_database(reader);
        if (problem.outcome != OUTCOME_OK) {
            return problem;
        }
    }
    if (strcmp(database_facts(reader->database)->id, page->id) != 0) {
        close_database(reader);
        return (struct problem){OUTCOME_FAILED, "cannot read history.db: it is another journal"};
    }
    return page_read(reader->database, &page->wish, &page->page);
}

static void run_page(struct worker_job *job)
{
    struct page_job *own = LIST_ENTRY(job, struct page_job, job);
    own->page.problem = read_page(own->reader, &own->page);
}

static void run_close(struct worker_job *job)
{
    close_if_old(LIST_ENTRY(job, struct store_reader, close_job));
}

/* ---- the loop ---- */

static void close_done(struct worker_job *job)
{
    LIST_ENTRY(job, struct store_reader, close_job)->closes = false;
}

static void begin_next(struct store_reader *reader)
{
    struct fair_entry *entry = reader->reads ? NULL : fair_queue_take(&reader->waiting);
    if (entry != NULL) {
        struct page_job *own = LIST_ENTRY(entry, struct page_job, entry);
        reader->reads = true;
        own->begun = true;
        worker_post(reader->worker, &own->job);
    }
}

static void page_done(struct worker_job *job)
{
    struct page_job *own = LIST_ENTRY(job, struct page_job, job);
    own->reader->reads = false;
    begin_next(own->reader);
    if (own->cancelled) {
        store_page_free(&own->page);
    } else {
        own->page.done(&own->page);
    }
}

int store_reader_new(struct store_reader **out, uv_loop_t *loop)
{
    struct store_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return UV_ENOMEM;
    }
    fair_queue_init(&reader->waiting);
    reader->close_job = (struct worker_job){.run = run_close, .done = close_done};
    int error = uv_mutex_init(&reader->lock);
    if (error != 0) {
        goto free_reader;
    }
    error = worker_new(&reader->worker, loop);
    if (error != 0) {
        goto destroy_lock;
    }
    *out = reader;
    return 0;

destroy_lock:
    uv_mutex_destroy(&reader->lock);
free_reader:
    free(reader);
    return error;
}

struct store_page *store_page_new(void)
{
    struct page_job *own = calloc(1, sizeof *own);
    return (struct store_page *)own; /* the page is its first member */
}

void store_page_free(struct store_page *page)
{
    page_release(&page->page);
    free(LIST_ENTRY(page, struct page_job, page));
}

void store_reader_read(struct store_reader *reader, struct store_page *page)
{
    struct page_job *own = LIST_ENTRY(page, struct page_job, page);
    own->reader = reader;
    own->job = (struct worker_job){.run = run_page, .done = page_done};
    fair_queue_add(&reader->waiting, &own->entry, page->owner);
    begin_next(reader);
}

void store_reader_cancel(struct store_reader *reader, struct store_page *page)
{
    struct page_job *own = LIST_ENTRY(page, struct page_job, page);
    if (own->begun && !worker_take_back(reader->worker, &own->job)) {
        own->cancelled = true;
        return;
    }
    if (own->begun) {
        reader->reads = false;
        begin_next(reader);
    } else {
        fair_queue_remove(&own->entry);
    }
    store_page_free(page);
}

void store_reader_reopen(struct store_reader *reader, const char *path)
{
    uv_mutex_lock(&reader->lock);
    if (path != NULL) {
        snprintf(reader->path, sizeof reader->path, "%s", path);
    }
    reader->wanted++;
    uv_mutex_unlock(&reader->lock);
    if (!reader->closes) {
        reader->closes = true;
        worker_post(reader->worker, &reader->close_job);
    }
}

static void on_worker_closed(void *arg, bool ended)
{
    struct store_reader *reader = arg;
    void (*closed)(void *arg, bool ended) = reader->closed;
    void *closed_arg = reader->arg;
    if (ended) {
        close_database(reader); /* a page may have opened it after the closing job */
        uv_mutex_destroy(&reader->lock);
        free(reader);
    }
    closed(closed_arg, ended);
}

void store_reader_stop(struct store_reader *reader, uint64_t patience_ms,
                       void (*closed)(void *arg, bool ended), void *arg)
{
    reader->closed = closed;
    reader->arg = arg;
    struct fair_entry *entry;
    while ((entry = fair_queue_take(&reader->waiting)) != NULL) {
        struct page_job *own = LIST_ENTRY(entry, struct page_job, entry);
        own->begun = true;
        worker_post(reader->worker, &own->job);
    }
    store_reader_reopen(reader, NULL);
    worker_stop(reader->worker, patience_ms, on_worker_closed, reader);
}
