/* store.c: history.db, written by its own thread. */
#include "journal/store.h"

#include "base/list.h"
#include "base/worker.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

struct store {
    struct worker *worker;
    void (*done)(void *arg);
    void *arg;
    bool busy;
    struct worker_job job, close_job;
    struct store_task task; /* belongs to the worker while it is busy */
    struct text text;       /* the texts of the rows */
    void (*closed)(void *arg, bool ended);
    void *closed_arg;

    /* Used only by the worker. */
    char folder[FILES_PATH];
    struct files_lock *lock;
};

/* ---- the worker's thread ---- */

static void run_task(struct worker_job *job)
{
    struct store *store = LIST_ENTRY(job, struct store, job);
    struct store_task *task = &store->task;
    struct opening *opening = &task->opening;
    switch (task->work) {
    case STORE_OPEN:
        database_close(opening->database);
        opening_run(opening);
        task->problem = opening->problem;
        break;
    case STORE_APPEND:
        task->problem = database_append(opening->database, task->rows, task->count, &task->keep,
                                        task->note);
        break;
    case STORE_NOTE:
        task->problem = database_note(opening->database, task->wall_ms, task->controls_meaningful,
                                      task->note);
        break;
    case STORE_PRUNE:
        task->problem = database_prune(opening->database, &task->keep, task->before_ms,
                                       &task->again);
        break;
    }
    if (opening->database != NULL) {
        task->facts = *database_facts(opening->database);
    }
}

static void run_close(struct worker_job *job)
{
    struct store *store = LIST_ENTRY(job, struct store, close_job);
    database_close(store->task.opening.database);
    files_unlock(store->lock);
    store->lock = NULL;
}

/* ---- the loop ---- */

static void task_done(struct worker_job *job)
{
    struct store *store = LIST_ENTRY(job, struct store, job);
    store->busy = false;
    store->done(store->arg);
}

static void close_done(struct worker_job *job)
{
    (void)job; /* the end of the worker reports it */
}

int store_new(struct store **out, const struct journal_disk *disk, void (*done)(void *arg),
              void *arg)
{
    size_t size = strlen(disk->folder) + 1;
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return UV_ENOMEM;
    }
    store->done = done;
    store->arg = arg;
    store->job = (struct worker_job){.run = run_task, .done = task_done};
    store->close_job = (struct worker_job){.run = run_close, .done = close_done};
    store->task.opening.folder = store->folder;
    store->task.opening.log = disk->log;
    store->task.opening.checkpoint_pages = disk->checkpoint_pages;
    store->task.opening.lock = &store->lock;
    int error = UV_ENAMETOOLONG;
    if (size > sizeof store->folder) {
        goto free_store;
    }
    memcpy(store->folder, disk->folder, size);
    error = worker_new(&store->worker, disk->loop);
    if (error != 0) {
        goto free_store;
    }
    *out = store;
    return 0;

free_store:
    free(store);
    return error;
}

struct store_task *store_task(struct store *store)
{
    return &store->task;
}

bool store_is_busy(const struct store *store)
{
    return store->busy;
}

/* Copies the rows' texts, one after the other, into the store's own memory. */
static bool copy_rows(struct store *store)
{
    struct database_row *rows = store->task.rows;
    text_clear(&store->text);
    for (size_t i = 0; i < store->task.count; i++) {
        text_add_bytes(&store->text, rows[i].json, rows[i].size);
    }
    const char *json = store->text.data;
    for (size_t i = 0; i < store->task.count && !store->text.failed; i++) {
        rows[i].json = json;
        json += rows[i].size;
    }
    return !store->text.failed;
}

bool store_start(struct store *store)
{
    if (store->task.work == STORE_APPEND && !copy_rows(store)) {
        return false;
    }
    store->busy = true;
    worker_post(store->worker, &store->job);
    return true;
}

bool store_wait(struct store *store, uint64_t ms)
{
    return worker_wait(store->worker, ms);
}

static void on_worker_closed(void *arg, bool ended)
{
    struct store *store = arg;
    void (*closed)(void *arg, bool ended) = store->closed;
    void *closed_arg = store->closed_arg;
    if (ended) {
        text_release(&store->text);
        free(store);
    }
    closed(closed_arg, ended);
}

void store_stop(struct store *store, uint64_t patience_ms, void (*closed)(void *arg, bool ended),
                void *arg)
{
    store->closed = closed;
    store->closed_arg = arg;
    worker_post(store->worker, &store->close_job);
    worker_stop(store->worker, patience_ms, on_worker_closed, store);
}
