/* store.c: history.db on two threads of its own. */
#include "journal/store.h"

#include "base/log.h"
#include "journal/opening.h"
#include "base/worker.h"

#include <stdlib.h>
#include <string.h>

struct store {
    struct worker *writer, *reader;
    void (*done)(void *arg);
    void *arg;
    bool busy;
    struct worker_job job, close_job;
    struct store_task task; /* the writer's while it is busy */
    char *text;             /* the rows' */
    size_t text_room;
    struct database_row rows[STORE_ROWS];
    uint64_t patience_ms;
    void (*closed)(void *arg);
    void *closed_arg;
    bool left_alone; /* a thread did not end: what it uses is never freed */

    /* the writer's */
    struct log *log;
    char folder[FILES_PATH];
    uint32_t checkpoint_pages;
    struct files_lock *lock;
    struct database *database;

    uv_mutex_t path_lock; /* guards what the reader is to open */
    char path[FILES_PATH];
    unsigned wanted; /* goes up when it is to open it anew */

    /* the reader's */
    struct database *read_database;
    struct database_facts read_facts;
    struct pages *pages;
    unsigned opened; /* `wanted` when it did */
};

struct page_job {
    struct store_page page; /* first */
    struct worker_job job;
    struct store *store;
    bool cancelled; /* the loop's */
};

#define OF(pointer, type, member) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* ---- the writer's thread ---- */

static void run_open(struct store *store)
{
    struct store_task *task = &store->task;
    struct opening opening = {
        .folder = store->folder,
        .log = store->log,
        .checkpoint_pages = store->checkpoint_pages,
        .may_set_aside = task->may_set_aside,
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
    task->aside = opening.aside;
    if (opening.problem.outcome == OUTCOME_OK) {
        uv_mutex_lock(&store->path_lock);
        memcpy(store->path, opening.path, sizeof store->path);
        uv_mutex_unlock(&store->path_lock);
    }
}

static void run_task(struct worker_job *job)
{
    struct store *store = OF(job, struct store, job);
    struct store_task *task = &store->task;
    switch (task->work) {
    case STORE_OPEN:
        run_open(store);
        break;
    case STORE_APPEND:
        task->problem = database_append(store->database, task->rows, task->count, task->keep_rows,
                                        &task->first_seq);
        break;
    case STORE_NOTE:
        task->problem = database_note(store->database, task->wall_ms, task->msiserver_tells);
        break;
    case STORE_PRUNE:
        task->problem = database_prune(store->database, task->keep_rows, task->before_ms,
                                       &task->first_seq, &task->again);
        break;
    }
}

static void run_close(struct worker_job *job)
{
    struct store *store = OF(job, struct store, close_job);
    database_close(store->database);
    store->database = NULL;
    files_unlock(store->lock);
    store->lock = NULL;
}

/* ---- the reader's thread ---- */

static void close_read_database(struct store *store)
{
    pages_close(store->pages);
    database_close(store->read_database);
    store->pages = NULL;
    store->read_database = NULL;
}

static struct problem open_read_database(struct store *store)
{
    char path[FILES_PATH];
    const struct database_options options = {.path = path, .reads_only = true};
    uv_mutex_lock(&store->path_lock);
    memcpy(path, store->path, sizeof path);
    store->opened = store->wanted;
    uv_mutex_unlock(&store->path_lock);
    struct problem problem = database_open(&store->read_database, &options);
    if (problem.outcome == OUTCOME_OK) {
        problem = database_read_facts(store->read_database, &store->read_facts);
    }
    if (problem.outcome == OUTCOME_OK) {
        problem = pages_open(&store->pages, store->read_database);
    }
    if (problem.outcome != OUTCOME_OK) {
        close_read_database(store);
    }
    return problem;
}

/* Lets go of a file that is no longer the one to read. */
static void close_if_old(struct store *store)
{
    uv_mutex_lock(&store->path_lock);
    bool old = store->opened != store->wanted;
    uv_mutex_unlock(&store->path_lock);
    if (old) {
        close_read_database(store);
    }
}

static void run_page(struct worker_job *job)
{
    struct page_job *own = OF(job, struct page_job, job);
    struct store *store = own->store;
    struct store_page *page = &own->page;
    page->problem = (struct problem){OUTCOME_OK, ""};
    close_if_old(store);
    if (store->pages == NULL) {
        page->problem = open_read_database(store);
    }
    if (page->problem.outcome == OUTCOME_OK && strcmp(store->read_facts.id, page->id) != 0) {
        close_read_database(store);
        page->problem = (struct problem){OUTCOME_FAILED,
                                         "reading history.db: it is another journal"};
    }
    if (page->problem.outcome == OUTCOME_OK) {
        page->problem = page_read(store->pages, &page->wish, &page->page);
    }
}

static void run_close_reader(struct worker_job *job)
{
    close_if_old(OF(job, struct page_job, job)->store);
}

/* ---- the loop ---- */

static void task_done(struct worker_job *job)
{
    struct store *store = OF(job, struct store, job);
    char *last_json = store->task.last_json;
    store->busy = false;
    store->done(store->arg);
    free(last_json);
}

static void close_done(struct worker_job *job)
{
    (void)job; /* the worker's end says it */
}

static void page_done(struct worker_job *job)
{
    struct page_job *own = OF(job, struct page_job, job);
    if (own->cancelled) {
        store_page_free(&own->page);
    } else {
        own->page.done(&own->page);
    }
}

int store_new(struct store **out, const struct store_config *config)
{
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return UV_ENOMEM;
    }
    store->log = config->log;
    store->done = config->done;
    store->arg = config->arg;
    store->checkpoint_pages = config->checkpoint_pages;
    size_t size = strlen(config->folder) + 1;
    int error = UV_ENAMETOOLONG;
    if (size > sizeof store->folder) {
        goto free_store;
    }
    memcpy(store->folder, config->folder, size);
    error = uv_mutex_init(&store->path_lock);
    if (error != 0) {
        goto free_store;
    }
    error = worker_new(&store->writer, config->loop);
    if (error != 0) {
        goto destroy_lock;
    }
    *out = store; /* from here on it can only go while the loop runs */
    return worker_new(&store->reader, config->loop);

destroy_lock:
    uv_mutex_destroy(&store->path_lock);
free_store:
    free(store);
    *out = NULL;
    return error;
}

struct store_task *store_task(struct store *store)
{
    store->task.rows = store->rows;
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
    worker_post(store->writer, &store->job);
    return true;
}

bool store_wait(struct store *store, uint64_t ms)
{
    return worker_wait(store->writer, ms);
}

/* ---- pages ---- */

struct store_page *store_page_new(void)
{
    struct page_job *own = calloc(1, sizeof *own);
    return (struct store_page *)own; /* its first member */
}

static struct page_job *own_of(struct store_page *page)
{
    return OF(page, struct page_job, page);
}

void store_page_free(struct store_page *page)
{
    page_release(&page->page);
    free(own_of(page));
}

void store_read(struct store *store, struct store_page *page)
{
    struct page_job *own = own_of(page);
    own->store = store;
    own->job.run = run_page;
    own->job.done = page_done;
    worker_post(store->reader, &own->job);
}

void store_read_cancel(struct store *store, struct store_page *page)
{
    struct page_job *own = own_of(page);
    if (worker_take_back(store->reader, &own->job)) {
        store_page_free(page);
    } else {
        own->cancelled = true;
    }
}

void store_close_reader(struct store *store)
{
    uv_mutex_lock(&store->path_lock);
    store->wanted++;
    uv_mutex_unlock(&store->path_lock);
    struct store_page *page = store_page_new();
    if (page == NULL) {
        return; /* then with the next page */
    }
    struct page_job *own = own_of(page);
    own->store = store;
    own->cancelled = true;
    own->job.run = run_close_reader;
    own->job.done = page_done;
    worker_post(store->reader, &own->job);
}

/* ---- the end: the reader first, so that the writer, the last to close, tidies the log up ---- */

static void on_writer_closed(void *arg, bool ended)
{
    struct store *store = arg;
    void (*closed)(void *arg) = store->closed;
    void *closed_arg = store->closed_arg;
    if (!ended || store->left_alone) {
        log_line(store->log, LOG_ERROR, "the disk does not answer: leaving history.db as it is");
    } else {
        uv_mutex_destroy(&store->path_lock);
        free(store->text);
        free(store);
    }
    closed(closed_arg);
}

static void stop_writer(struct store *store)
{
    store->close_job.run = run_close;
    store->close_job.done = close_done;
    worker_post(store->writer, &store->close_job);
    worker_stop(store->writer, store->patience_ms, on_writer_closed, store);
}

static void on_reader_closed(void *arg, bool ended)
{
    struct store *store = arg;
    store->left_alone = !ended;
    if (ended) {
        close_read_database(store); /* closed already, unless memory was out */
    }
    stop_writer(store);
}

void store_stop(struct store *store, uint64_t patience_ms, void (*closed)(void *arg), void *arg)
{
    store->closed = closed;
    store->closed_arg = arg;
    store->patience_ms = patience_ms;
    if (store->reader == NULL) {
        stop_writer(store);
        return;
    }
    store_close_reader(store);
    worker_stop(store->reader, patience_ms, on_reader_closed, store);
}
