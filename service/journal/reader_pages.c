/* reader_pages.c: history.db, read one page at a time by the reader's thread.
 *
 * Pages never wait for the writer. Waiting pages are read round robin by owner, one at a time, so
 * an owner with many pages delays each other owner by at most one page per turn.
 */
#include "journal/reader_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the worker's thread ---- */

static void close_database(struct reader *reader)
{
    database_close(reader->database);
    reader->database = NULL;
}

static struct problem open_database(struct reader *reader)
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
static void close_if_old(struct reader *reader)
{
    uv_mutex_lock(&reader->lock);
    bool old = reader->opened != reader->wanted;
    uv_mutex_unlock(&reader->lock);
    if (old) {
        close_database(reader);
    }
}

static struct problem read_page(struct reader *reader, struct reader_page *page)
{
    close_if_old(reader);
    if (reader->database == NULL) {
        struct problem problem = open_database(reader);
        if (problem.outcome != OUTCOME_OK) {
            return problem;
        }
    }
    if (strcmp(reader->database->facts.id, page->id) != 0) {
        close_database(reader);
        return (struct problem){OUTCOME_FAILED, "cannot read history.db: it is another journal"};
    }
    return page_read(reader->database, &page->wish, &page->page);
}

static void run_page(struct worker_job *job)
{
    struct reader_page *page = LIST_ENTRY(job, struct reader_page, job);
    page->problem = read_page(page->reader, page);
}

static void run_close(struct worker_job *job)
{
    close_if_old(LIST_ENTRY(job, struct reader, close_job));
}

/* ---- the loop ---- */

static void free_page(struct reader_page *page)
{
    page_release(&page->page);
    free(page);
}

static void begin(struct fair_entry *entry)
{
    struct reader_page *page = LIST_ENTRY(entry, struct reader_page, entry);
    page->begun = true;
    worker_post(page->reader->worker, &page->job);
}

static void begin_next(struct reader *reader)
{
    struct fair_entry *entry = reader->reads ? NULL : fair_queue_take(&reader->queue);
    if (entry != NULL) {
        reader->reads = true;
        begin(entry);
    }
}

static void page_done(struct worker_job *job)
{
    struct reader_page *page = LIST_ENTRY(job, struct reader_page, job);
    page->reader->reads = false;
    begin_next(page->reader);
    if (page->read != NULL) {
        reader_answer(page);
    }
    free_page(page);
}

void reader_queue_page(struct reader *reader, struct reader_page *page)
{
    page->reader = reader;
    page->job = (struct worker_job){.run = run_page, .done = page_done};
    fair_queue_add(&reader->queue, &page->entry, page->read->owner);
    begin_next(reader);
}

void reader_drop_page(struct reader *reader, struct reader_page *page)
{
    if (page->begun && !worker_take_back(reader->worker, &page->job)) {
        page->read = NULL;
        return;
    }
    if (page->begun) {
        reader->reads = false;
        begin_next(reader);
    } else {
        fair_queue_remove(&page->entry);
    }
    free_page(page);
}

/* ---- opening and closing ---- */

static void close_done(struct worker_job *job)
{
    LIST_ENTRY(job, struct reader, close_job)->closes = false;
}

int reader_begin(struct reader *reader, uv_loop_t *loop)
{
    fair_queue_init(&reader->queue);
    reader->close_job = (struct worker_job){.run = run_close, .done = close_done};
    int error = uv_mutex_init(&reader->lock);
    if (error != 0) {
        return error;
    }
    error = worker_new(&reader->worker, loop);
    if (error != 0) {
        uv_mutex_destroy(&reader->lock);
    }
    return error;
}

void reader_reopen(struct reader *reader, const char *path)
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
    struct reader *reader = arg;
    reader->abandoned = !ended;
    if (ended) {
        close_database(reader); /* a page may have opened it after the closing job */
        uv_mutex_destroy(&reader->lock);
        reader->worker = NULL;
    }
    reader->closed(reader->closed_arg);
}

void reader_stop(struct reader *reader, uint64_t patience_ms, void (*closed)(void *arg), void *arg)
{
    if (reader->worker == NULL) {
        closed(arg);
        return;
    }
    reader->closed = closed;
    reader->closed_arg = arg;
    struct fair_entry *entry;
    while ((entry = fair_queue_take(&reader->queue)) != NULL) {
        begin(entry);
    }
    reader_reopen(reader, NULL);
    worker_stop(reader->worker, patience_ms, on_worker_closed, reader);
}

void reader_free(struct reader *reader)
{
    if (!reader->abandoned) {
        free(reader);
    }
}
