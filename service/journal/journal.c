/* journal.c: the journal: its beginning and end, and what is published in it. */
#include "journal/journal.h"

#include "base/clock.h"
#include "base/log.h"
#include "journal/journal_state.h"
#include "journal/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Places count from here on, so that the seqs of a database that is found later have places, too.
 */
#define FIRST_PLACE (UINT64_C(1) << 48)

#define OPEN_MS 3000u
#define STUCK_MS 10000u
#define RETRY_MS 1000u
#define STEADY_MS 600000u
#define STOP_MS 1000u

/* ---- publishing ---- */

void journal_update_info(struct journal *journal)
{
    struct journal_info *info = &journal->info;
    const struct era *now = &journal->now;
    memcpy(info->id, now->id, sizeof info->id);
    info->durable = journal->phase == PHASE_DURABLE;
    info->last_seq = journal->published - now->offset;
    if (info->durable) {
        info->first_seq = journal->first_written_seq;
    } else {
        uint64_t first = journal->tail.first;
        info->first_seq = first > now->offset ? first - now->offset : 1;
    }
}

/* Everything up to that place can be read from now on. */
void journal_publish(struct journal *journal, uint64_t place)
{
    journal->published = place;
    journal_update_info(journal);
    journal->config.changed(journal->config.arg);
    if (journal->flushed != NULL && journal->published == journal_last_place(journal)) {
        void (*flushed)(void *arg) = journal->flushed;
        journal->flushed = NULL;
        flushed(journal->flushed_arg);
    }
}

void journal_begin_in_memory(struct journal *journal, uint64_t place)
{
    uuid_make(journal->now.id);
    journal->now.offset = place;
}

/* ---- begin and end ---- */

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

int journal_new(struct journal **out, const struct journal_config *config)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        return UV_ENOMEM;
    }
    journal->config = *config;
    journal->published = FIRST_PLACE - 1;
    int error = tail_init(&journal->tail, config->held, FIRST_PLACE);
    if (error != 0) {
        free(journal);
        return error;
    }
    journal_begin_in_memory(journal, journal->published);
    journal_update_info(journal);
    snprintf(journal->info.problem, sizeof journal->info.problem, "there is no data folder");
    *out = journal;
    return 0;
}

/* The threads that the disk needs; without them the journal stays in memory. */
static bool begin_store(struct journal *journal)
{
    struct journal_disk *disk = &journal->disk;
    struct store_config store = {
        .loop = disk->loop,
        .log = disk->log,
        .folder = disk->folder,
        .checkpoint_pages = disk->checkpoint_pages,
        .done = journal_on_store_done,
        .arg = journal,
    };
    int error = store_new(&journal->store, &store);
    if (error != 0) {
        journal_set_problem(journal, uv_strerror(error));
    }
    if (journal->store == NULL) {
        return false;
    }
    uv_timer_init(disk->loop, &journal->watch);
    uv_timer_init(disk->loop, &journal->beat);
    journal->watch.data = journal;
    journal->beat.data = journal;
    journal->open_handles = 2;
    return error == 0;
}

int journal_open(struct journal **out, const struct journal_config *config,
                 const struct journal_disk *disk)
{
    int error = journal_new(out, config);
    if (error != 0) {
        return error;
    }
    struct journal *journal = *out; /* `changed` may be called from here on */
    journal->disk = *disk;
    set_defaults(&journal->disk);
    journal->retry_ms = journal->disk.retry_ms;
    journal->clock_offset_ms = clock_wall_ms() - (int64_t)clock_mono_ms();
    journal->steady_since_ms = clock_mono_ms();
    journal->info.problem[0] = '\0';
    if (begin_store(journal)) {
        /* Nobody has the file open yet, so the first try may set it aside. */
        journal->may_set_aside = true;
        journal_try_disk(journal);
        if (!store_wait(journal->store, journal->disk.open_ms)) {
            journal_set_problem(journal, "opening history.db: the disk takes its time");
        }
        journal_start_beat(journal);
    }
    return 0;
}

static void on_closed(struct journal *journal)
{
    if (--journal->open_handles == 0 && journal->stopped != NULL) {
        journal->stopped(journal->stopped_arg);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    on_closed(handle->data);
}

static void on_store_closed(void *arg)
{
    struct journal *journal = arg;
    journal->store = NULL;
    on_closed(journal);
}

void journal_stop(struct journal *journal, void (*stopped)(void *arg), void *arg)
{
    journal->stopped = stopped;
    journal->stopped_arg = arg;
    journal->stopping = true;
    journal->open_handles++;
    if (journal->store != NULL) {
        uv_close((uv_handle_t *)&journal->watch, on_timer_closed);
        uv_close((uv_handle_t *)&journal->beat, on_timer_closed);
        store_stop(journal->store, STOP_MS, on_store_closed, journal);
    } else {
        on_closed(journal);
    }
}

void journal_free(struct journal *journal)
{
    if (journal != NULL) {
        tail_release(&journal->tail);
        free(journal);
    }
}

/* ---- events ---- */

const struct journal_info *journal_info(const struct journal *journal)
{
    return &journal->info;
}

/* The next event takes the place of one that is in memory alone. */
static bool forgets(const struct journal *journal)
{
    const struct tail *tail = &journal->tail;
    return !journal_writes(journal) && tail->end - tail->first == tail->held &&
           tail->first >= journal->turn;
}

uint64_t journal_append(struct journal *journal, const struct event *event)
{
    if (journal_writes(journal) &&
        journal_last_place(journal) - journal->published >= journal->tail.held) {
        journal_lose_disk(journal, "writing history.db: too many events wait for it", false);
    }
    if (forgets(journal)) {
        journal_end_waiting(journal);
    }
    tail_push(&journal->tail, event);
    uint64_t place = journal_last_place(journal);
    if (journal_writes(journal)) {
        journal_work(journal);
    } else {
        journal_publish(journal, place);
    }
    return place;
}

void journal_flush(struct journal *journal, void (*flushed)(void *arg), void *arg)
{
    if (journal->published == journal_last_place(journal)) {
        flushed(arg);
    } else {
        journal->flushed = flushed;
        journal->flushed_arg = arg;
    }
}

/* ---- settings, and what is remembered ---- */

void journal_set_keep(struct journal *journal, const struct journal_keep *keep)
{
    journal->disk.keep = *keep;
    if (journal->store != NULL && !journal->stopping) {
        journal_start_beat(journal);
        journal->prune_due = true;
        journal_work(journal);
    }
}

bool journal_tells(const struct journal *journal)
{
    return journal->tells;
}

void journal_remember_tells(struct journal *journal)
{
    if (!journal->tells) {
        journal->tells = true;
        journal_work(journal);
    }
}
