/* journal.c: the journal: decides what is published and from where. Only this file uses the writer
 * and the reader, which call it back. */
#include "journal/journal.h"

#include "base/log.h"
#include "journal/reader.h"
#include "journal/uuid.h"
#include "journal/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Positions begin here, so that the events of a database that is opened later can have lower ones.
 */
#define FIRST_POSITION (UINT64_C(1) << 48)

#define STOP_MS 1000u

struct journal {
    struct journal_config config;
    struct journal_info info;
    struct tail tail;
    struct epochs epochs;
    struct reader *reader;
    struct writer *writer; /* NULL if there is no disk */
    void (*flushed)(void *arg);
    void *flushed_arg;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

/* ---- publishing ---- */

static void update_info(struct journal *journal)
{
    struct journal_info *info = &journal->info;
    struct epochs *epochs = &journal->epochs;
    const struct epoch *present = &epochs->present;
    uint64_t first = journal->tail.first;
    if (!epochs->durable) {
        epochs->first_seq = first > present->offset ? epoch_seq(present, first) : 1;
    }
    memcpy(info->id, present->id, sizeof info->id);
    info->durable = epochs->durable;
    info->first_seq = epochs->first_seq;
    info->last_seq = epoch_seq(present, epochs->published);
}

/* From now on, everything up to this position can be read. */
static void publish(struct journal *journal, uint64_t position)
{
    journal->epochs.published = position;
    update_info(journal);
    journal->config.changed(journal->config.arg);
    if (journal->flushed != NULL && journal->epochs.published == tail_last(&journal->tail)) {
        void (*flushed)(void *arg) = journal->flushed;
        journal->flushed = NULL;
        flushed(journal->flushed_arg);
    }
}

static void begin_in_memory(struct journal *journal)
{
    char id[37];
    uuid_make(id);
    epochs_leave_disk(&journal->epochs, id);
}

/* ---- what the writer and the reader report ---- */

static void on_caught_up(void *arg, const struct writer_file *file, const char *path)
{
    struct journal *journal = arg;
    epochs_return_to_disk(&journal->epochs, &file->epoch);
    journal->epochs.first_seq = file->first_seq;
    reader_reopen(journal->reader, path); /* it may still have the previous file open */
    publish(journal, file->written);
}

static void on_wrote(void *arg, const struct writer_file *file)
{
    struct journal *journal = arg;
    journal->epochs.first_seq = file->first_seq;
    if (file->written != journal->epochs.published) {
        publish(journal, file->written);
    } else {
        update_info(journal);
    }
}

static void on_lost(void *arg, bool durable, bool damaged)
{
    struct journal *journal = arg;
    if (durable) {
        begin_in_memory(journal);
    }
    journal->epochs.before_unreadable = journal->epochs.before_unreadable || damaged;
    publish(journal, tail_last(&journal->tail));
}

static void on_unreadable(void *arg, bool close)
{
    struct journal *journal = arg;
    journal->epochs.before_unreadable = true;
    if (close) {
        reader_reopen(journal->reader, NULL);
    }
}

static void on_answered(void *arg)
{
    struct journal *journal = arg;
    reader_ask_again(journal->reader);
}

static void on_read_failed(void *arg, const struct problem *problem)
{
    struct journal *journal = arg;
    if (problem->outcome == OUTCOME_DAMAGED) {
        writer_lose(journal->writer, problem->words, true);
    } else if (journal->epochs.durable) {
        writer_probe(journal->writer);
    }
}

/* ---- start and stop ---- */

int journal_new(struct journal **out, const struct journal_config *config)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        return UV_ENOMEM;
    }
    journal->config = *config;
    int error = tail_init(&journal->tail, config->held, FIRST_POSITION);
    if (error != 0) {
        goto free_journal;
    }
    error = reader_new(&journal->reader, &journal->tail, &journal->epochs, on_read_failed, journal);
    if (error != 0) {
        goto release_tail;
    }
    journal->epochs.published = FIRST_POSITION - 1;
    begin_in_memory(journal);
    update_info(journal);
    snprintf(journal->info.problem, sizeof journal->info.problem, "there is no data folder");
    *out = journal;
    return 0;

release_tail:
    tail_release(&journal->tail);
free_journal:
    free(journal);
    return error;
}

int journal_open(struct journal **out, const struct journal_config *config,
                 const struct journal_disk *disk)
{
    int error = journal_new(out, config);
    if (error != 0) {
        return error;
    }
    struct journal *journal = *out; /* from here on, `changed` may be called */
    const struct writer_config writer = {
        .disk = *disk,
        .tail = &journal->tail,
        .info = &journal->info,
        .handlers = {on_caught_up, on_wrote, on_lost, on_unreadable, on_answered},
        .arg = journal,
    };
    journal->info.problem[0] = '\0';
    error = reader_begin(journal->reader, disk->loop);
    if (error == 0) {
        error = writer_new(&journal->writer, &writer);
    }
    if (error == 0) {
        writer_begin(journal->writer);
    } else { /* without its threads, the journal stays in memory */
        snprintf(journal->info.problem, sizeof journal->info.problem, "%s", uv_strerror(error));
        log_line(disk->log, LOG_ERROR, "the journal is kept in memory only: %s",
                 journal->info.problem);
    }
    return 0;
}

static void on_writer_stopped(void *arg)
{
    struct journal *journal = arg;
    journal->writer = NULL;
    if (journal->stopped != NULL) {
        journal->stopped(journal->stopped_arg);
    }
}

/* The reader stops first. Then the writer is the last to close the file, and SQLite cleans up the
 * write-ahead log. */
static void on_reader_stopped(void *arg)
{
    struct journal *journal = arg;
    if (journal->writer != NULL) {
        writer_stop(journal->writer, STOP_MS, on_writer_stopped, journal);
    } else {
        on_writer_stopped(journal);
    }
}

void journal_stop(struct journal *journal, void (*stopped)(void *arg), void *arg)
{
    journal->stopped = stopped;
    journal->stopped_arg = arg;
    if (journal->writer != NULL) {
        writer_quit(journal->writer);
    }
    reader_stop(journal->reader, STOP_MS, on_reader_stopped, journal);
}

void journal_free(struct journal *journal)
{
    if (journal != NULL) {
        reader_free(journal->reader);
        tail_release(&journal->tail);
        free(journal);
    }
}

/* ---- events ---- */

const struct journal_info *journal_info(const struct journal *journal)
{
    return &journal->info;
}

static bool writes(const struct journal *journal)
{
    return journal->writer != NULL && writer_writes(journal->writer);
}

/* Returns whether the next event replaces one that exists only in memory. */
static bool forgets(const struct journal *journal)
{
    const struct tail *tail = &journal->tail;
    return !writes(journal) && tail->end - tail->first == tail->held &&
           tail->first >= journal->epochs.epoch_start;
}

uint64_t journal_append(struct journal *journal, const struct event *event)
{
    struct tail *tail = &journal->tail;
    if (writes(journal) && tail_last(tail) - journal->epochs.published >= tail->held) {
        writer_lose(journal->writer,
                    "cannot write history.db: too many events are waiting to be written", false);
    }
    if (forgets(journal)) {
        reader_end_waiting(journal->reader);
    }
    tail_push(tail, event);
    uint64_t position = tail_last(tail);
    if (writes(journal)) {
        writer_work(journal->writer);
    } else {
        publish(journal, position);
    }
    return position;
}

void journal_flush(struct journal *journal, void (*flushed)(void *arg), void *arg)
{
    if (journal->epochs.published == tail_last(&journal->tail)) {
        flushed(arg);
    } else {
        journal->flushed = flushed;
        journal->flushed_arg = arg;
    }
}

/* ---- settings, and what is remembered ---- */

void journal_set_keep(struct journal *journal, const struct journal_keep *keep)
{
    if (journal->writer != NULL) {
        writer_set_keep(journal->writer, keep);
    }
}

void journal_remember_controls_meaningful(struct journal *journal)
{
    bool known = journal->info.controls_meaningful;
    journal->info.controls_meaningful = true;
    if (!known && journal->writer != NULL) {
        writer_work(journal->writer);
    }
}

void journal_set_note(struct journal *journal, const char *note)
{
    snprintf(journal->info.note, sizeof journal->info.note, "%s", note);
}

/* ---- reading ---- */

struct journal_cursor journal_cursor_after(const struct journal *journal, uint64_t seq)
{
    return epoch_cursor(&journal->epochs.present, seq);
}

bool journal_is_behind(const struct journal *journal, const struct journal_cursor *cursor)
{
    return epochs_is_behind(&journal->epochs, cursor);
}

void journal_read_start(struct journal *journal, struct journal_read *read)
{
    reader_start(journal->reader, read);
}

void journal_read_cancel(struct journal *journal, struct journal_read *read)
{
    reader_cancel(journal->reader, read);
}
