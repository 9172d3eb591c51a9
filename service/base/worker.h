/* worker.h: a thread that does one job after another and hands each back to the loop.
 *
 * It does what may block (the disk), so that the loop never blocks. Jobs run in the order in which
 * they were posted, and their `done` is called in that order. Loop thread only, except for `run`.
 */
#ifndef MSIWATCH_SERVICE_WORKER_H
#define MSIWATCH_SERVICE_WORKER_H

#include "base/list.h"

#include <stdint.h>
#include <uv.h>

struct worker;

/* The poster owns this memory and must keep it until `done`. */
struct worker_job {
    void (*run)(struct worker_job *job);  /* on the worker's thread */
    void (*done)(struct worker_job *job); /* on the loop; may free or post the job */
    struct list node;                     /* in one of the worker's lists */
};

/* Returns 0 or a negative libuv code. */
int worker_new(struct worker **out, uv_loop_t *loop);

/* Posts a job, which runs after those that were posted before. Never blocks. */
void worker_post(struct worker *worker, struct worker_job *job);

/* Takes back a job that has not begun; its `done` is not called then. Returns false if it has
 * begun. */
bool worker_take_back(struct worker *worker, struct worker_job *job);

/* Blocks until everything that was posted has run, or `ms` have passed; then calls `done` of the
 * jobs that have run. For use before the loop runs. Returns false if a job has not run. */
bool worker_wait(struct worker *worker, uint64_t ms);

/* Runs the jobs that were posted, then ends the thread. `closed` is called on the loop; with
 * `ended` true, the worker has been freed. If the thread has not ended after `patience_ms`, because
 * a disk does not answer, `ended` is false: the thread continues, so nothing that it uses may ever
 * be freed. Post nothing after this call. */
void worker_stop(struct worker *worker, uint64_t patience_ms, void (*closed)(void *arg, bool ended),
                 void *arg);

#endif
