/* store.c: history.db, written by a thread of its own. */
#include "journal/store.h"

#include "base/list.h"
#include "base/worker.h"
#include "journal/opening.h"

#include <stdlib.h>
#include <string.h>

struct store {
    struct worker *worker;
    void (*done)(void *arg);
    void *arg;
    bool busy;
    struct worker_job job, close_job;
    struct store_task task; /* the worker's while it is busy */
    char *text;             /* the rows' */
    size_t text_room;
    struct database_row rows[STORE_ROWS];
    void (*closed)(void *arg, bool ended);
    void *closed_arg;

    /* the worker's */
    struct log *log;
    char folder[FILES_PATH];
    char path[FILES_PATH];
    uint32_t checkpoint_pages;
    struct files_lock *lock;
    struct database *database;
};

/* ---- the worker's thread ---- */

static void run_open(struct store *store)
{
    struct store_task *task = &store->task;
    struct opening opening = {
        .folder = store->folder,
        .log = store->log,
        .checkpoint_pages = store->checkpoint_pages,
        .may_quarantine = task->may_quarantine,
        .distrust = task->distrust,
        .lock = &store->lock,
    };
    memcpy(opening.present_id, task->present_id, sizeof opening.present_id);
    database_close(store->database);
    opening_run(&opening);
    store->database = opening.database;
    task->problem = opening.problem;
    task->facts = opening.facts;
    task->last_json = opening.last_json;
    task->last_size = opening.last_size;
    task->quarantined = opening.quarantined;
    if (opening.problem.outcome == OUTCOME_OK) {
        memcpy(store->path, opening.path, sizeof store->path);
    }
}

static void run_task(struct worker_job *job)
{
    struct store *store = LIST_ENTRY(job, struct store, job);
    struct store_task *task = &store->task;
    switch (task->work) {
    case STORE_OPEN:
        run_open(store);
        break;
    case STORE_APPEND:
        task->problem = database_append(store->database, task->rows, task->count, task->keep_rows,
                                        task->note, &task->first_seq);
        break;
    case STORE_NOTE:
        task->problem = database_note(store->database, task->wall_ms, task->controls_meaningful,
                                      task->note);
        break;
    case STORE_PRUNE:
        task->problem = database_prune(store->database, task->keep_rows, task->before_ms,
                                       &task->first_seq, &task->again);
        break;
    }
}

static void run_close(struct worker_job *job)
{
    struct store *store = LIST_ENTRY(job, struct store, close_job);
    database_close(store->database);
    store->database = NULL;
    files_unlock(store->lock);
    store->lock = NULL;
}

/* ---- the loop ---- */

static void task_done(struct worker_job *job)
{
    struct store *store = LIST_ENTRY(job, struct store, job);
    char *last_json = store->task.last_json;
    store->busy = false;
    store->done(store->arg);
    free(last_json);
}

static void close_done(struct worker_job *job)
{
    (void)job; /* the worker's end says it */
}

int store_new(struct store **out, const struct store_config *config)
{
    size_t size = strlen(config->folder) + 1;
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return UV_ENOMEM;
    }
    store->log = config->log;
    store->done = config->done;
    store->arg = config->arg;
    store->checkpoint_pages = config->checkpoint_pages;
    int error = UV_ENAMETOOLONG;
    if (size > sizeof store->folder) {
        goto free_store;
    }
    memcpy(store->folder, config->folder, size);
    error = worker_new(&store->worker, config->loop);
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
    store->task.rows = store->rows;
    store->task.path = store->path;
    return &store->task;
}

bool store_is_busy(const struct store *store)
{
    return store->busy;
}

/* The rows' texts, behind one another in memory of our own. */
static bool copy_rows(struct store *store)
{
    size_t size = 0;
    for (size_t i = 0; i < store->task.count; i++) {
        size += store->rows[i].size;
    }
    if (size > store->text_room) {
        char *text = realloc(store->text, size * 2);
        if (text == NULL) {
            return false;
        }
        store->text = text;
        store->text_room = size * 2;
    }
    char *to = store->text;
    for (size_t i = 0; i < store->task.count; i++) {
        memcpy(to, store->rows[i].json, store->rows[i].size);
        store->rows[i].json = to;
        to += store->rows[i].size;
    }
    return true;
}

bool store_start(struct store *store)
{
    if (store->task.work == STORE_APPEND && !copy_rows(store)) {
        return false;
    }
    store->task.last_json = NULL;
    store->task.again = false;
    store->busy = true;
    store->job.run = run_task;
    store->job.done = task_done;
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
        free(store->text);
        free(store);
    }
    closed(closed_arg, ended);
}

void store_stop(struct store *store, uint64_t patience_ms, void (*closed)(void *arg, bool ended),
                void *arg)
{
    store->closed = closed;
    store->closed_arg = arg;
    store->close_job.run = run_close;
    store->close_job.done = close_done;
    worker_post(store->worker, &store->close_job);
    worker_stop(store->worker, patience_ms, on_worker_closed, store);
}
