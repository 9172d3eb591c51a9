/* writer.c: writes events from memory to history.db, and finds out whether the disk works. */
#include "journal/writer_state.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_MS 3000u
#define STUCK_MS 10000u
#define RETRY_MS 1000u
#define STEADY_MS 600000u

/* If the disk fails again within this time, it is not trusted to have worked, and retries stay
 * slow. */
#define TRUST_MS 60000u

/* If the two clocks differ by this much more than at the last check, one was set. */
#define JUMP_MS 60000

#define DAY_MS INT64_C(86400000)

bool writer_writes(const struct writer *writer)
{
    return writer->phase == PHASE_DURABLE || writer->phase == PHASE_CATCHING_UP;
}

/* ---- the disk fails ---- */

void writer_lose(struct writer *writer, const char *problem, bool damaged)
{
    if (!writer_writes(writer)) {
        return;
    }
    bool durable = writer->phase == PHASE_DURABLE;
    if (durable && clock_mono_ms() - writer->durable_since_ms >= TRUST_MS) {
        writer->retry_ms = writer->config.disk.retry_ms;
    }
    writer->phase = PHASE_WAITING;
    if (damaged) {
        writer->distrust = "it is damaged";
    }
    writer_set_problem(writer, problem);
    writer_retry_later(writer);
    writer->config.handlers.lost(writer->config.arg, durable, damaged);
}

/* ---- writing ---- */

/* Fills in the next events for the database. After a failure, catching up may take several of
 * these. Events that memory no longer holds are missing in the file: a gap. */
static bool fill_append(struct writer *writer, struct writer_task *task)
{
    uint64_t position = writer->file.written + 1;
    if (position < writer->tail->first) {
        position = writer->tail->first;
    }
    task->count = 0;
    for (; position < writer->tail->end && task->count < TASK_ROWS; position++) {
        uint64_t seq = epoch_seq(&writer->file.epoch, position);
        const struct tail_text *text = tail_get(writer->tail, position, seq, ACCESS_ADMINISTRATOR);
        if (text == NULL) {
            return false;
        }
        task->rows[task->count++] = (struct database_row){seq, text->json, text->size};
        writer->sent = position;
    }
    task->keep = writer->config.disk.keep;
    memcpy(task->note, writer->config.info->note, sizeof task->note);
    return true;
}

static void fill_note(struct writer *writer, struct writer_task *task)
{
    writer->note_due = false;
    writer->controls_noted = writer->config.info->controls_meaningful;
    task->wall_ms = clock_wall_ms();
    task->controls_meaningful = writer->controls_noted;
    memcpy(task->note, writer->config.info->note, sizeof task->note);
}

/* A clock that was just set may be wrong, and a wrong clock must not delete ninety days of
 * events. */
static void fill_prune(struct writer *writer, struct writer_task *task)
{
    uint64_t mono_ms = clock_mono_ms();
    int64_t wall_ms = clock_wall_ms();
    bool steady = mono_ms - writer->steady_since_ms >= writer->config.disk.steady_ms;
    writer->prune_due = false;
    task->keep = writer->config.disk.keep;
    bool by_age = task->keep.days != 0 && steady;
    task->before_ms = by_age ? wall_ms - task->keep.days * DAY_MS : INT64_MIN;
}

static void become_durable(struct writer *writer)
{
    if (writer->config.info->problem[0] != '\0') {
        log_line(writer->config.disk.log, LOG_WARN, "the journal is written to history.db again");
    }
    writer->phase = PHASE_DURABLE;
    writer->durable_since_ms = clock_mono_ms();
    writer->config.info->problem[0] = '\0';
    writer->config.handlers.caught_up(writer->config.arg, &writer->file, writer->task.opening.path);
}

/* Events are written first, before notes and removals. */
void writer_work(struct writer *writer)
{
    if (writer->quit || writer->busy) {
        return;
    }
    if (writer->phase == PHASE_CATCHING_UP && writer->file.written == tail_last(writer->tail)) {
        become_durable(writer);
        if (writer->busy) {
            return; /* a listener has appended an event */
        }
    }
    if (!writer_writes(writer)) {
        return;
    }
    struct writer_task *task = &writer->task;
    if (writer->file.written < tail_last(writer->tail)) {
        task->kind = TASK_APPEND;
        if (!fill_append(writer, task)) {
            writer_lose(writer, "cannot write history.db: not enough memory", false);
            return;
        }
    } else if (writer->note_due ||
               writer->config.info->controls_meaningful != writer->controls_noted) {
        task->kind = TASK_NOTE;
        fill_note(writer, task);
    } else if (writer->prune_due) {
        task->kind = TASK_PRUNE;
        fill_prune(writer, task);
    } else {
        return;
    }
    writer_start_task(writer);
}

void writer_probe(struct writer *writer)
{
    writer->note_due = true;
    writer_work(writer);
}

static void wrote(struct writer *writer, const struct writer_task *task)
{
    if (!writer_writes(writer)) {
        return; /* the writer gave up on this; the next opening finds out whether it succeeded */
    }
    if (task->problem.outcome != OUTCOME_OK) {
        writer_lose(writer, task->problem.words, task->problem.outcome == OUTCOME_DAMAGED);
        return;
    }
    if (task->kind == TASK_NOTE) {
        return;
    }
    writer->file.first_seq = task->facts.first_seq;
    if (task->kind == TASK_APPEND) {
        writer->file.written = writer->sent;
    } else {
        writer->prune_due = writer->prune_due || task->again;
    }
    if (writer->phase == PHASE_DURABLE) {
        writer->config.handlers.wrote(writer->config.arg, &writer->file);
    }
}

void writer_task_done(struct worker_job *job)
{
    struct writer *writer = LIST_ENTRY(job, struct writer, job);
    const struct writer_task *task = &writer->task;
    writer->busy = false;
    if (writer_writes(writer)) {
        uv_timer_stop(&writer->watch);
    }
    if (task->kind != TASK_OPEN) {
        wrote(writer, task);
    } else if (!writer->quit) { /* otherwise the reader may have stopped, too */
        writer_opened(writer);
    }
    writer_work(writer);
    if (!writer->quit) {
        writer->config.handlers.answered(writer->config.arg);
    }
}

/* ---- the heartbeat ---- */

static void on_beat(uv_timer_t *timer)
{
    struct writer *writer = timer->data;
    int64_t offset_ms = clock_wall_ms() - (int64_t)clock_mono_ms();
    int64_t moved_ms = offset_ms - writer->clock_offset_ms;
    if (moved_ms > JUMP_MS || moved_ms < -JUMP_MS) {
        writer->steady_since_ms = clock_mono_ms();
    }
    writer->clock_offset_ms = offset_ms;
    writer->note_due = true;
    writer->prune_due = true;
    writer_work(writer);
}

/* Makes the writer store at intervals that the service is alive. */
static void start_beat(struct writer *writer)
{
    uint32_t ms = writer->config.disk.keep.heartbeat_ms;
    if (ms == 0) {
        uv_timer_stop(&writer->beat);
    } else {
        uv_timer_start(&writer->beat, on_beat, ms, ms);
    }
}

/* ---- settings ---- */

void writer_set_keep(struct writer *writer, const struct journal_keep *keep)
{
    writer->config.disk.keep = *keep;
    if (!writer->quit) {
        start_beat(writer);
        writer->prune_due = true;
        writer_work(writer);
    }
}

/* ---- start and stop ---- */

static void set_default(uint32_t *value, uint32_t otherwise)
{
    if (*value == 0) {
        *value = otherwise;
    }
}

static void set_defaults(struct journal_disk *disk)
{
    set_default(&disk->open_ms, OPEN_MS);
    set_default(&disk->stuck_ms, STUCK_MS);
    set_default(&disk->retry_ms, RETRY_MS);
    set_default(&disk->steady_ms, STEADY_MS);
}

int writer_new(struct writer **out, const struct writer_config *config)
{
    size_t size = strlen(config->disk.folder) + 1;
    struct writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return UV_ENOMEM;
    }
    writer->config = *config;
    writer->tail = config->tail;
    struct journal_disk *disk = &writer->config.disk;
    set_defaults(disk);
    writer->retry_ms = disk->retry_ms;
    writer->clock_offset_ms = clock_wall_ms() - (int64_t)clock_mono_ms();
    writer->steady_since_ms = clock_mono_ms();
    writer->task.opening.folder = writer->folder;
    writer->task.opening.log = disk->log;
    writer->task.opening.checkpoint_pages = disk->checkpoint_pages;
    int error = UV_ENAMETOOLONG;
    if (size > sizeof writer->folder) {
        goto free_writer;
    }
    memcpy(writer->folder, disk->folder, size);
    error = worker_new(&writer->worker, disk->loop);
    if (error != 0) {
        goto free_writer;
    }
    uv_timer_init(disk->loop, &writer->watch);
    uv_timer_init(disk->loop, &writer->beat);
    writer->watch.data = writer;
    writer->beat.data = writer;
    writer->open_handles = 3; /* the two timers and the worker */
    *out = writer;
    return 0;

free_writer:
    free(writer);
    return error;
}

void writer_begin(struct writer *writer)
{
    /* Nothing has the file open yet, so the first attempt may put it into quarantine. */
    writer->may_quarantine = true;
    writer_try_disk(writer);
    if (!worker_wait(writer->worker, writer->config.disk.open_ms)) {
        writer_set_problem(writer, "opening history.db takes long: the disk is slow");
    }
    start_beat(writer);
}

static void on_handle_closed(struct writer *writer)
{
    if (--writer->open_handles == 0) {
        void (*closed)(void *arg) = writer->closed;
        void *arg = writer->closed_arg;
        if (!writer->abandoned) {
            text_release(&writer->text);
            free(writer);
        }
        closed(arg);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_handle_closed(handle->data);
}

static void on_worker_closed(void *arg, bool ended)
{
    struct writer *writer = arg;
    writer->abandoned = !ended;
    if (!ended) {
        log_line(writer->config.disk.log, LOG_ERROR,
                 "the disk does not answer: stopping without closing history.db");
    }
    on_handle_closed(writer);
}

void writer_quit(struct writer *writer)
{
    writer->quit = true;
    uv_timer_stop(&writer->watch);
    uv_timer_stop(&writer->beat);
}

void writer_stop(struct writer *writer, uint64_t patience_ms, void (*closed)(void *arg), void *arg)
{
    writer->closed = closed;
    writer->closed_arg = arg;
    uv_close((uv_handle_t *)&writer->watch, on_timer_closed);
    uv_close((uv_handle_t *)&writer->beat, on_timer_closed);
    writer_close_file(writer);
    worker_stop(writer->worker, patience_ms, on_worker_closed, writer);
}
