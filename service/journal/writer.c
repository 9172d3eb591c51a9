/* writer.c: which journal it is: the durable one, or one in memory while the disk fails. */
#include "journal/journal_state.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

/* A disk that failed again within this time was not back. */
#define TRUST_MS 60000u

/* Clocks that drift apart by more than this between two looks were set. */
#define JUMP_MS 60000

#define DAY_MS INT64_C(86400000)

/* ---- the disk's clock ---- */

static void on_watch(uv_timer_t *timer);

static void watch(struct journal *journal, uint64_t ms)
{
    if (!journal->stopping) {
        uv_timer_start(&journal->watch, on_watch, ms, 0);
    }
}

static void retry_later(struct journal *journal)
{
    watch(journal, journal->retry_ms);
    if (journal->retry_ms < journal->disk.retry_ms * 10) {
        journal->retry_ms *= 2;
        if (journal->retry_ms > journal->disk.retry_ms * 10) {
            journal->retry_ms = journal->disk.retry_ms * 10;
        }
    }
}

/* ---- the disk fails ---- */

void journal_set_problem(struct journal *journal, const char *problem)
{
    struct journal_info *info = &journal->info;
    if (strcmp(info->problem, problem) != 0) {
        log_line(journal->disk.log, LOG_ERROR, "the journal is kept in memory only: %s", problem);
    }
    snprintf(info->problem, sizeof info->problem, "%s", problem);
}

void journal_lose_disk(struct journal *journal, const char *problem, bool damaged)
{
    if (!journal_writes(journal)) {
        return;
    }
    if (journal->phase == PHASE_DURABLE) {
        journal->before = journal->now;
        journal->turn = journal->published + 1;
        journal->before_unreadable = false;
        journal_begin_in_memory(journal, journal->published);
        if (clock_mono_ms() - journal->durable_since_ms >= TRUST_MS) {
            journal->retry_ms = journal->disk.retry_ms;
        }
    }
    journal->phase = PHASE_VOLATILE;
    if (damaged) {
        journal->distrust = "it is damaged";
        journal->before_unreadable = true;
    }
    journal_set_problem(journal, problem);
    retry_later(journal);
    journal_publish(journal, journal_last_place(journal));
}

static void start(struct journal *journal)
{
    if (!store_start(journal->store)) {
        journal_lose_disk(journal, "writing history.db: not enough memory", false);
    } else if (journal_writes(journal)) {
        watch(journal, journal->disk.stuck_ms);
    }
}

/* ---- writing ---- */

/* The next events for the database, which may have to be caught up with over several of these. What
 * memory has let go of before that is missing in it: a gap. */
static bool fill_append(struct journal *journal, struct store_task *task)
{
    uint64_t place = journal->written + 1;
    if (place < journal->tail.first) {
        place = journal->tail.first;
    }
    task->count = 0;
    for (; place < journal->tail.end && task->count < STORE_ROWS; place++) {
        uint64_t seq = place - journal->target.offset;
        const struct tail_text *text = tail_get(&journal->tail, place, seq, AUDIENCE_ADMINISTRATOR);
        if (text == NULL) {
            return false;
        }
        task->rows[task->count++] = (struct database_row){seq, text->json, text->size};
        journal->sent = place;
    }
    task->keep_rows = journal->disk.keep.rows;
    return true;
}

static void fill_note(struct journal *journal, struct store_task *task)
{
    journal->note_due = false;
    journal->tells_noted = journal->tells;
    task->wall_ms = clock_wall_ms();
    task->msiserver_tells = journal->tells;
}

/* A clock that was just set may be wrong, and a wrong one must not cost ninety days. */
static void fill_prune(struct journal *journal, struct store_task *task)
{
    const struct journal_keep *keep = &journal->disk.keep;
    uint64_t mono_ms = clock_mono_ms();
    int64_t wall_ms = clock_wall_ms();
    bool steady = mono_ms - journal->steady_since_ms >= journal->disk.steady_ms;
    journal->prune_due = false;
    task->keep_rows = keep->rows;
    task->before_ms = keep->days != 0 && steady ? wall_ms - keep->days * DAY_MS : INT64_MIN;
}

static void become_durable(struct journal *journal)
{
    if (journal->before.id[0] != '\0' || journal->info.problem[0] != '\0') {
        log_line(journal->disk.log, LOG_WARN, "the journal is in history.db again");
    }
    journal->now = journal->target;
    journal->before.id[0] = '\0';
    journal->phase = PHASE_DURABLE;
    journal->durable_since_ms = clock_mono_ms();
    journal->info.problem[0] = '\0';
    store_close_reader(journal->store); /* it may still have the file that was there before */
    journal_publish(journal, journal->written);
}

/* Gives the writer the next thing to do. Events go first. */
void journal_work(struct journal *journal)
{
    if (journal->store == NULL || journal->stopping || store_is_busy(journal->store)) {
        return;
    }
    if (journal->phase == PHASE_CATCHING_UP && journal->written == journal_last_place(journal)) {
        become_durable(journal);
        if (store_is_busy(journal->store)) {
            return; /* whoever was told has appended something */
        }
    }
    if (!journal_writes(journal)) {
        return;
    }
    struct store_task *task = store_task(journal->store);
    if (journal->written < journal_last_place(journal)) {
        task->work = STORE_APPEND;
        if (!fill_append(journal, task)) {
            journal_lose_disk(journal, "writing history.db: not enough memory", false);
            return;
        }
    } else if (journal->note_due || journal->tells != journal->tells_noted) {
        task->work = STORE_NOTE;
        fill_note(journal, task);
    } else if (journal->prune_due) {
        task->work = STORE_PRUNE;
        fill_prune(journal, task);
    } else {
        return;
    }
    start(journal);
}

void journal_probe_disk(struct journal *journal)
{
    journal->note_due = true;
    journal_work(journal);
}

/* ---- the disk is tried ---- */

void journal_try_disk(struct journal *journal)
{
    struct store_task *task = store_task(journal->store);
    task->work = STORE_OPEN;
    task->may_set_aside = journal->may_set_aside;
    task->distrust = journal->distrust;
    memcpy(task->present_id, journal->target.id, sizeof task->present_id);
    journal->phase = PHASE_OPENING;
    start(journal);
}

static void on_watch(uv_timer_t *timer)
{
    struct journal *journal = timer->data;
    bool busy = store_is_busy(journal->store);
    if (journal_writes(journal) && busy) {
        char problem[PROBLEM_SIZE];
        snprintf(problem, sizeof problem, "writing history.db: the disk has not answered for %u s",
                 (unsigned)(journal->disk.stuck_ms / 1000));
        journal_lose_disk(journal, problem, false);
    } else if (journal->phase == PHASE_VOLATILE && busy) {
        watch(journal, journal->disk.retry_ms);
    } else if (journal->phase == PHASE_VOLATILE) {
        journal_try_disk(journal);
    }
}

/* Sets the file aside, which no reader may have open then. */
static void set_aside_next(struct journal *journal, const char *distrust)
{
    journal->distrust = distrust;
    journal->may_set_aside = true;
    journal->before_unreadable = true;
    journal->phase = PHASE_VOLATILE;
    store_close_reader(journal->store);
    watch(journal, 50);
}

/* What was found is the journal this process wrote: does it hold what it should? */
static const char *compare(struct journal *journal, const struct store_task *task)
{
    static const char strange[] = "it holds events that this service did not write";
    uint64_t last = task->facts.last_seq, place = last + journal->target.offset;
    if (place > journal_last_place(journal)) {
        return strange;
    }
    if (last == 0 || place < journal->tail.first) {
        return NULL;
    }
    const struct tail_text *text = tail_get(&journal->tail, place, last, AUDIENCE_ADMINISTRATOR);
    return text == NULL || (task->last_json != NULL && text->size == task->last_size &&
                            memcmp(text->json, task->last_json, text->size) == 0)
               ? NULL
               : strange;
}

static void opened(struct journal *journal, const struct store_task *task)
{
    const struct problem *problem = &task->problem;
    journal->info.aside = task->aside;
    if (problem->outcome == OUTCOME_DAMAGED && !journal->may_set_aside) {
        set_aside_next(journal, journal->distrust);
        return;
    }
    if (problem->outcome != OUTCOME_OK) {
        journal->info.folder_taken = problem->outcome == OUTCOME_BUSY;
        journal->phase = PHASE_VOLATILE;
        journal_set_problem(journal, problem->words);
        retry_later(journal);
        return;
    }
    bool same = strcmp(task->facts.id, journal->target.id) == 0;
    const char *strange = same ? compare(journal, task) : NULL;
    if (strange != NULL) {
        set_aside_next(journal, strange);
        return;
    }
    if (!same) {
        journal->before_unreadable = true; /* the file is another journal's */
        memcpy(journal->target.id, task->facts.id, sizeof journal->target.id);
        journal->target.offset = journal->tail.first - 1 - task->facts.last_seq;
    }
    journal->tells_noted = task->facts.msiserver_tells;
    journal->written = task->facts.last_seq + journal->target.offset;
    journal->first_written_seq = task->facts.first_seq;
    journal->tells = journal->tells || task->facts.msiserver_tells;
    journal->may_set_aside = false;
    journal->distrust = NULL;
    journal->info.folder_taken = false;
    journal->prune_due = true;
    journal->phase = PHASE_CATCHING_UP;
}

static void wrote(struct journal *journal, const struct store_task *task)
{
    if (!journal_writes(journal)) {
        return; /* it was given up; the next opening sees what became of it */
    }
    if (task->problem.outcome != OUTCOME_OK) {
        journal_lose_disk(journal, task->problem.words, task->problem.outcome == OUTCOME_DAMAGED);
        return;
    }
    if (task->work == STORE_NOTE) {
        return;
    }
    journal->first_written_seq = task->first_seq;
    if (task->work == STORE_APPEND) {
        journal->written = journal->sent;
        if (journal->phase == PHASE_DURABLE) {
            journal_publish(journal, journal->written);
        }
    } else {
        journal->prune_due = journal->prune_due || task->again;
        journal_update_info(journal);
    }
}

void journal_on_store_done(void *arg)
{
    struct journal *journal = arg;
    const struct store_task *task = store_task(journal->store);
    if (journal_writes(journal)) {
        uv_timer_stop(&journal->watch);
    }
    if (task->work == STORE_OPEN) {
        opened(journal, task);
    } else {
        wrote(journal, task);
    }
    journal_work(journal);
    if (!journal->stopping) {
        journal_ask_again(journal);
    }
}

/* ---- the heart ---- */

static void on_beat(uv_timer_t *timer)
{
    struct journal *journal = timer->data;
    int64_t offset_ms = clock_wall_ms() - (int64_t)clock_mono_ms();
    int64_t moved_ms = offset_ms - journal->clock_offset_ms;
    if (moved_ms > JUMP_MS || moved_ms < -JUMP_MS) {
        journal->steady_since_ms = clock_mono_ms();
    }
    journal->clock_offset_ms = offset_ms;
    journal->note_due = true;
    journal->prune_due = true;
    journal_work(journal);
}

void journal_start_beat(struct journal *journal)
{
    uint32_t ms = journal->disk.keep.heartbeat_ms;
    if (ms == 0) {
        uv_timer_stop(&journal->beat);
    } else {
        uv_timer_start(&journal->beat, on_beat, ms, ms);
    }
}
