/* worker.c: a thread that does one job after another and hands each back to the loop. */
#include "base/worker.h"

#include <stdlib.h>

struct worker {
    uv_async_t ran;
    uv_timer_t patience;
    uv_thread_t thread;
    bool stopping;
    int open_handles;
    void (*closed)(void *arg, bool ended);
    void *arg;

    uv_mutex_t lock; /* guards everything below */
    uv_cond_t posted, idle;
    struct list posted_jobs; /* waiting to run */
    struct list ran_jobs;    /* have run; `done` is still to be called */
    size_t under_way;        /* posted, and not finished yet */
    bool stop, ended, abandoned;
};

/* Returns NULL if the list is empty. */
static struct worker_job *take_first(struct list *jobs)
{
    if (list_empty(jobs)) {
        return NULL;
    }
    struct worker_job *job = LIST_ENTRY(jobs->next, struct worker_job, node);
    list_remove(&job->node);
    return job;
}

static void run_jobs(void *arg)
{
    struct worker *worker = arg;
    uv_mutex_lock(&worker->lock);
    for (;;) {
        while (list_empty(&worker->posted_jobs) && !worker->stop) {
            uv_cond_wait(&worker->posted, &worker->lock);
        }
        struct worker_job *job = take_first(&worker->posted_jobs);
        if (job == NULL) {
            break;
        }
        uv_mutex_unlock(&worker->lock);
        job->run(job);
        uv_mutex_lock(&worker->lock);
        list_add(&worker->ran_jobs, &job->node);
        if (--worker->under_way == 0) {
            uv_cond_signal(&worker->idle);
        }
        if (!worker->abandoned) {
            uv_async_send(&worker->ran);
        }
    }
    worker->ended = true;
    if (!worker->abandoned) {
        uv_async_send(&worker->ran);
    }
    uv_mutex_unlock(&worker->lock);
}

/* ---- the loop's side ---- */

static void free_worker(struct worker *worker)
{
    uv_cond_destroy(&worker->idle);
    uv_cond_destroy(&worker->posted);
    uv_mutex_destroy(&worker->lock);
    free(worker);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct worker *worker = handle->data;
    if (--worker->open_handles > 0) {
        return;
    }
    void (*closed)(void *arg, bool ended) = worker->closed;
    void *arg = worker->arg;
    bool ended = !worker->abandoned;
    if (ended) {
        free_worker(worker);
    }
    closed(arg, ended);
}

static void close_handles(struct worker *worker)
{
    uv_close((uv_handle_t *)&worker->ran, on_handle_closed);
    uv_close((uv_handle_t *)&worker->patience, on_handle_closed);
}

static void finish_jobs(struct worker *worker)
{
    for (;;) {
        uv_mutex_lock(&worker->lock);
        struct worker_job *job = take_first(&worker->ran_jobs);
        uv_mutex_unlock(&worker->lock);
        if (job == NULL) {
            return;
        }
        job->done(job);
    }
}

static void on_ran(uv_async_t *async)
{
    struct worker *worker = async->data;
    finish_jobs(worker);
    uv_mutex_lock(&worker->lock);
    bool ended = worker->ended;
    uv_mutex_unlock(&worker->lock);
    if (ended && worker->stopping && !uv_is_closing((uv_handle_t *)async)) {
        uv_thread_join(&worker->thread);
        close_handles(worker);
    }
}

static void on_impatient(uv_timer_t *timer)
{
    struct worker *worker = timer->data;
    uv_mutex_lock(&worker->lock);
    bool ended = worker->ended; /* if so, on_ran comes next and closes the handles */
    worker->abandoned = !ended;
    uv_mutex_unlock(&worker->lock);
    if (!ended) {
        close_handles(worker);
    }
}

int worker_new(struct worker **out, uv_loop_t *loop)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return UV_ENOMEM;
    }
    list_init(&worker->posted_jobs);
    list_init(&worker->ran_jobs);
    int error = uv_mutex_init(&worker->lock);
    if (error != 0) {
        goto free_memory;
    }
    error = uv_cond_init(&worker->posted);
    if (error != 0) {
        goto destroy_lock;
    }
    error = uv_cond_init(&worker->idle);
    if (error != 0) {
        goto destroy_posted;
    }
    error = uv_thread_create(&worker->thread, run_jobs, worker);
    if (error != 0) {
        goto destroy_idle;
    }
    /* This comes last, because once the handle is open only the loop can close it. No job was
     * posted, so the thread has not used it yet. */
    error = uv_async_init(loop, &worker->ran, on_ran);
    if (error != 0) {
        goto end_thread;
    }
    uv_timer_init(loop, &worker->patience);
    worker->ran.data = worker;
    worker->patience.data = worker;
    worker->open_handles = 2;
    *out = worker;
    return 0;

end_thread:
    uv_mutex_lock(&worker->lock);
    worker->stop = true;
    worker->abandoned = true; /* the handle for uv_async_send does not exist */
    uv_cond_signal(&worker->posted);
    uv_mutex_unlock(&worker->lock);
    uv_thread_join(&worker->thread);
destroy_idle:
    uv_cond_destroy(&worker->idle);
destroy_posted:
    uv_cond_destroy(&worker->posted);
destroy_lock:
    uv_mutex_destroy(&worker->lock);
free_memory:
    free(worker);
    return error;
}

void worker_post(struct worker *worker, struct worker_job *job)
{
    uv_mutex_lock(&worker->lock);
    list_add(&worker->posted_jobs, &job->node);
    worker->under_way++;
    uv_cond_signal(&worker->posted);
    uv_mutex_unlock(&worker->lock);
}

bool worker_take_back(struct worker *worker, struct worker_job *job)
{
    uv_mutex_lock(&worker->lock);
    struct list *at = worker->posted_jobs.next;
    while (at != &worker->posted_jobs && at != &job->node) {
        at = at->next;
    }
    bool found = at == &job->node;
    if (found) {
        list_remove(&job->node);
        worker->under_way--;
    }
    uv_mutex_unlock(&worker->lock);
    return found;
}

bool worker_wait(struct worker *worker, uint64_t ms)
{
    uint64_t until = uv_hrtime() + ms * 1000000;
    uv_mutex_lock(&worker->lock);
    while (worker->under_way > 0) {
        uint64_t now = uv_hrtime();
        if (now >= until || uv_cond_timedwait(&worker->idle, &worker->lock, until - now) != 0) {
            break;
        }
    }
    bool all = worker->under_way == 0;
    uv_mutex_unlock(&worker->lock);
    finish_jobs(worker);
    return all;
}

void worker_stop(struct worker *worker, uint64_t patience_ms, void (*closed)(void *arg, bool ended),
                 void *arg)
{
    worker->stopping = true;
    worker->closed = closed;
    worker->arg = arg;
    uv_mutex_lock(&worker->lock);
    worker->stop = true;
    uv_cond_signal(&worker->posted);
    uv_mutex_unlock(&worker->lock);
    uv_update_time(worker->ran.loop);
    uv_timer_start(&worker->patience, on_impatient, patience_ms, 0);
}
