/* worker.h: a thread that does one job after another and hands each back to the loop.
 *
 * What may block (the disk) is done here, so that the loop never does. Jobs run in the order in
 * which they were posted, and their `done` is called in that order. Loop thread only, except for
 * `run`.
 */
#ifndef MSIWATCH_SERVICE_WORKER_H
#define MSIWATCH_SERVICE_WORKER_H

#include "base/list.h"

#include <stdint.h>
#include <uv.h>

struct worker;

/* The poster's memory; it must stay until `done`. */
struct worker_job {
    void (*run)(struct worker_job *job);  /* on the worker's thread */
    void (*done)(struct worker_job *job); /* on the loop; may free or post the job */
    struct list node;                     /* in one of the worker's lists */
};

/* 0 or a negative libuv code. */
int worker_new(struct worker **out, uv_loop_t *loop);

void worker_post(struct worker *worker, struct worker_job *job);

/* Takes a job back that has not begun; its `done` is then not called. False if it has. */
bool worker_take_back(struct worker *worker, struct worker_job *job);

/* Blocks until all that was posted has run, or `ms` have passed; then calls `done` of those that
 * have. For the time before the loop runs. False if one has not. */
bool worker_wait(struct worker *worker, uint64_t ms);

/* Does what was posted, then ends; `closed` is called on the loop, and the worker is gone. One that
 * has not ended after `patience_ms`, because a disk does not answer, is left alone: its thread goes
 * on, whatever it uses must never be freed, and `ended` is false. Post nothing from here on. */
void worker_stop(struct worker *worker, uint64_t patience_ms, void (*closed)(void *arg, bool ended),
                 void *arg);

#endif
