/* writer_task.c: what the writer's thread does: one task after another with history.db. */
#include "journal/writer_state.h"

/* ---- the worker's thread ---- */

static void run_task(struct worker_job *job)
{
    struct writer_task *task = &LIST_ENTRY(job, struct writer, job)->task;
    struct opening *opening = &task->opening;
    switch (task->kind) {
    case TASK_OPEN:
        database_close(opening->database);
        opening_run(opening);
        task->problem = opening->problem;
        break;
    case TASK_APPEND:
        task->problem = database_append(opening->database, task->rows, task->count, &task->keep,
                                        task->note);
        break;
    case TASK_NOTE:
        task->problem = database_note(opening->database, task->wall_ms, task->controls_meaningful,
                                      task->note);
        break;
    case TASK_PRUNE:
        task->problem = database_prune(opening->database, &task->keep, task->before_ms,
                                       &task->again);
        break;
    }
    if (opening->database != NULL) {
        task->facts = opening->database->facts;
    }
}

static void run_close(struct worker_job *job)
{
    struct opening *opening = &LIST_ENTRY(job, struct writer, close_job)->task.opening;
    database_close(opening->database);
    files_unlock(opening->lock);
}

/* ---- the loop ---- */

/* Copies the rows' texts, one after the other, into the writer's own memory, because memory may
 * drop the events while the thread writes them. */
static bool copy_rows(struct writer *writer)
{
    struct database_row *rows = writer->task.rows;
    text_clear(&writer->text);
    for (size_t i = 0; i < writer->task.count; i++) {
        text_add_bytes(&writer->text, rows[i].json, rows[i].size);
    }
    const char *json = writer->text.data;
    for (size_t i = 0; i < writer->task.count && !writer->text.failed; i++) {
        rows[i].json = json;
        json += rows[i].size;
    }
    return !writer->text.failed;
}

void writer_start_task(struct writer *writer)
{
    if (writer->task.kind == TASK_APPEND && !copy_rows(writer)) {
        writer_lose(writer, "cannot write history.db: not enough memory", false);
        return;
    }
    writer->busy = true;
    writer->job = (struct worker_job){.run = run_task, .done = writer_task_done};
    worker_post(writer->worker, &writer->job);
    if (writer_writes(writer)) {
        writer_watch(writer, writer->config.disk.stuck_ms);
    }
}

static void close_done(struct worker_job *job)
{
    (void)job; /* the end of the worker reports it */
}

void writer_close_file(struct writer *writer)
{
    writer->close_job = (struct worker_job){.run = run_close, .done = close_done};
    worker_post(writer->worker, &writer->close_job);
}
