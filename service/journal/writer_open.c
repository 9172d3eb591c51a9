/* writer_open.c: tries the disk, and again after a failure, and decides whether to use the file
 * found. */
#include "journal/writer_state.h"

#include "base/log.h"
#include "journal/event_json.h"

#include <stdio.h>
#include <string.h>

/* ---- timeouts and retries ---- */

static void on_watch(uv_timer_t *timer);

void writer_watch(struct writer *writer, uint64_t ms)
{
    if (!writer->quit) {
        uv_timer_start(&writer->watch, on_watch, ms, 0);
    }
}

void writer_retry_later(struct writer *writer)
{
    writer_watch(writer, writer->retry_ms);
    if (writer->retry_ms < writer->config.disk.retry_ms * 10) {
        writer->retry_ms *= 2;
        if (writer->retry_ms > writer->config.disk.retry_ms * 10) {
            writer->retry_ms = writer->config.disk.retry_ms * 10;
        }
    }
}

void writer_set_problem(struct writer *writer, const char *problem)
{
    struct journal_info *info = writer->config.info;
    if (strcmp(info->problem, problem) != 0) {
        log_line(writer->config.disk.log, LOG_ERROR, "the journal is kept in memory only: %s",
                 problem);
    }
    snprintf(info->problem, sizeof info->problem, "%s", problem);
}

/* ---- trying the disk ---- */

void writer_try_disk(struct writer *writer)
{
    struct writer_task *task = &writer->task;
    task->kind = TASK_OPEN;
    task->opening.may_quarantine = writer->may_quarantine;
    task->opening.distrust = writer->distrust;
    memcpy(task->opening.present_id, writer->file.epoch.id, sizeof task->opening.present_id);
    writer->phase = PHASE_OPENING;
    writer_start_task(writer);
}

static void on_watch(uv_timer_t *timer)
{
    struct writer *writer = timer->data;
    if (writer_writes(writer) && writer->busy) {
        char problem[PROBLEM_SIZE];
        snprintf(problem, sizeof problem,
                 "cannot write history.db: the disk has not answered for %u s",
                 (unsigned)(writer->config.disk.stuck_ms / 1000));
        writer_lose(writer, problem, false);
    } else if (writer->phase == PHASE_WAITING && writer->busy) {
        writer_watch(writer, writer->config.disk.retry_ms);
    } else if (writer->phase == PHASE_WAITING) {
        writer_try_disk(writer);
    }
}

/* Puts the file into quarantine at the next attempt. Until then the reader must close it. */
static void quarantine_next(struct writer *writer, const char *distrust)
{
    writer->distrust = distrust;
    writer->may_quarantine = true;
    writer->phase = PHASE_WAITING;
    writer->config.handlers.unreadable(writer->config.arg, true);
    writer_watch(writer, 50);
}

/* The file found is the journal that this process wrote. Checks that its last event is one that we
 * wrote; returns what is wrong, or NULL. */
static const char *compare(struct writer *writer, const struct writer_task *task)
{
    static const char strange[] = "it holds events that this service did not write";
    uint64_t last = task->facts.last_seq, position = epoch_position(&writer->file.epoch, last);
    if (position > tail_last(writer->tail)) {
        return strange;
    }
    if (last == 0 || position < writer->tail->first) {
        return NULL;
    }
    const struct tail_text *text = tail_get(writer->tail, position, last, ACCESS_ADMINISTRATOR);
    bool same = text == NULL || event_checksum(text->json, text->size) == task->facts.last_checksum;
    return same ? NULL : strange;
}

/* If the file was opened late, this process's note is newer, and only what earlier runs knew is
 * taken from the file's note. */
static void take_note(struct journal_info *info, const char *stored)
{
    size_t size = strlen(info->note);
    const char *further = strchr(stored, '\n');
    if (size == 0) {
        snprintf(info->note, sizeof info->note, "%s", stored);
    } else if (further != NULL && strchr(info->note, '\n') == NULL) {
        snprintf(info->note + size, sizeof info->note - size, "%s", further);
    }
}

void writer_opened(struct writer *writer)
{
    const struct writer_task *task = &writer->task;
    struct journal_info *info = writer->config.info;
    const struct problem *problem = &task->problem;
    const struct quarantine_put_list *put = &task->opening.put;
    info->quarantined = task->opening.quarantined;
    for (unsigned i = 0; i < put->count && i < QUARANTINE_SHOWN; i++) {
        quarantine_note(&info->put, put->names[i]);
    }
    if (problem->outcome == OUTCOME_DAMAGED && !writer->may_quarantine) {
        quarantine_next(writer, writer->distrust);
        return;
    }
    if (problem->outcome != OUTCOME_OK) {
        info->folder_taken = problem->outcome == OUTCOME_BUSY;
        writer->phase = PHASE_WAITING;
        writer_set_problem(writer, problem->words);
        writer_retry_later(writer);
        return;
    }
    bool same = strcmp(task->facts.id, writer->file.epoch.id) == 0;
    const char *strange = same ? compare(writer, task) : NULL;
    if (strange != NULL) {
        quarantine_next(writer, strange);
        return;
    }
    if (!same) {
        writer->config.handlers.unreadable(writer->config.arg, false);
        memcpy(writer->file.epoch.id, task->facts.id, sizeof writer->file.epoch.id);
        writer->file.epoch.offset = writer->tail->first - 1 - task->facts.last_seq;
    }
    writer->controls_noted = task->facts.controls_meaningful;
    take_note(info, task->facts.note);
    writer->file.written = epoch_position(&writer->file.epoch, task->facts.last_seq);
    writer->file.first_seq = task->facts.first_seq;
    info->controls_meaningful = info->controls_meaningful || writer->controls_noted;
    writer->may_quarantine = false;
    writer->distrust = NULL;
    info->folder_taken = false;
    writer->prune_due = true;
    writer->phase = PHASE_CATCHING_UP;
}
