/* reader.c: reads the journal: from memory immediately, from the database later. */
#include "journal/reader_state.h"

#include <stdlib.h>
#include <string.h>

/* ---- from memory ---- */

/* Adds one event to the page. Returns false if the page is full or there is not enough memory. */
static bool take(struct reader *reader, struct journal_read *read, uint64_t position, size_t *bytes)
{
    const struct page_wish *wish = &read->wish;
    const struct epoch *epoch = epochs_of(reader->epochs, position);
    uint64_t seq = epoch_seq(epoch, position);
    bool full = read->count == wish->limit || read->count == JOURNAL_READ_MOST;
    const struct tail_text *text = full ? NULL
                                        : tail_get(reader->tail, position, seq, wish->access_level);
    if (!full && text == NULL) {
        read->error = UV_ENOMEM;
        return false;
    }
    if (full || (read->count > 0 && *bytes + text->size > wish->bytes)) {
        read->next = reader->page[read->count - 1].seq;
        return false;
    }
    *bytes += text->size;
    reader->page[read->count++] = (struct journal_entry){seq, text->json, text->size};
    return true;
}

/* Adds the matching events at the positions first..end-1, which memory holds. */
static void take_positions(struct reader *reader, struct journal_read *read, uint64_t first,
                           uint64_t end)
{
    const struct page_wish *wish = &read->wish;
    size_t bytes = 0;
    for (uint64_t i = 0; first < end && i < end - first; i++) {
        uint64_t position = wish->descending ? end - 1 - i : first + i;
        int64_t at_ms = tail_event(reader->tail, position)->at_ms;
        if (i == JOURNAL_LOOK_MOST) {
            uint64_t last = wish->descending ? position + 1 : position - 1;
            read->next = epoch_seq(epochs_of(reader->epochs, last), last);
            return;
        }
        if (at_ms >= wish->since_ms && at_ms < wish->until_ms &&
            !take(reader, read, position, &bytes)) {
            return;
        }
    }
}

static void begin_answer(struct reader *reader, struct journal_read *read)
{
    read->error = 0;
    read->count = 0;
    read->next = 0;
    read->entries = reader->page;
}

static void answer_error(struct reader *reader, struct journal_read *read, int error)
{
    begin_answer(reader, read);
    read->error = error;
    read->done(read);
}

/* ---- from the database ---- */

static void read_by_seq(struct reader *reader, struct journal_read *read);
static void follow(struct reader *reader, struct journal_read *read);
static void follow_from_memory(struct reader *reader, struct journal_read *read);

static void answer_page(struct journal_read *read, const struct reader_page *page)
{
    read->error = 0;
    read->entries = page->page.entries;
    read->count = page->page.count;
    read->next = page->page.next;
    read->done(read);
}

static void wait_for_disk(struct reader *reader, struct journal_read *read)
{
    read->waits = true;
    list_add(&reader->waiting, &read->waiting);
}

/* Tries each waiting read again; it may have to wait again. */
static void ask_waiting(struct reader *reader,
                        void (*ask)(struct reader *reader, struct journal_read *read))
{
    struct list aside;
    list_take_all(&aside, &reader->waiting);
    while (!list_empty(&aside)) {
        struct journal_read *read = LIST_ENTRY(aside.next, struct journal_read, waiting);
        list_remove(&read->waiting);
        read->waits = false;
        ask(reader, read);
    }
}

void reader_ask_again(struct reader *reader)
{
    /* Answers from memory immediately, or queries the database again. */
    ask_waiting(reader, follow);
}

void reader_end_waiting(struct reader *reader)
{
    ask_waiting(reader, follow_from_memory);
}

/* Handles a page that could not be read. A read by seq gets an error. A follower waits until the
 * writer has an answer from the disk, good or bad. If the disk works and the page still cannot be
 * read, the follower gets an error, too, and its client can continue from the same place. */
static void answer_failure(struct reader *reader, struct journal_read *read,
                           const struct problem *problem)
{
    bool damaged = problem->outcome == OUTCOME_DAMAGED;
    bool again = reader->epochs->durable && read->failed;
    read->failed = read->failed || (reader->epochs->durable && !damaged);
    reader->failed(reader->arg, problem);
    if (read->from != NULL && damaged) {
        /* The file cannot be used any more, so waiting is useless. */
        follow_from_memory(reader, read);
    } else if (read->from != NULL && !again) {
        wait_for_disk(reader, read);
    } else {
        answer_error(reader, read, UV_EIO);
    }
}

void reader_answer(const struct reader_page *page)
{
    struct journal_read *read = page->read;
    struct reader *reader = page->reader;
    read->under_way = NULL;
    if (read->from == NULL && strcmp(read->asked, reader->epochs->present.id) != 0) {
        /* Another journal has become the present one; the answer must be about that one. */
        read_by_seq(reader, read);
    } else if (page->problem.outcome != OUTCOME_OK) {
        answer_failure(reader, read, &page->problem);
    } else if (page->page.count == 0 && read->from != NULL) {
        /* The file has no events up to where memory began at the query. It may have those that have
         * left memory since then. */
        bool moved_on = reader->tail->first > page->wish.before + read->at.offset;
        (moved_on ? follow : follow_from_memory)(reader, read);
    } else {
        answer_page(read, page);
    }
}

/* Reads the events between these seqs, both exclusive. */
static void ask_database(struct reader *reader, struct journal_read *read,
                         const struct epoch *epoch, uint64_t after, uint64_t before)
{
    if (read->memory_only) {
        answer_error(reader, read, UV_EAGAIN);
        return;
    }
    struct reader_page *page = calloc(1, sizeof *page);
    if (page == NULL) {
        answer_error(reader, read, UV_ENOMEM);
        return;
    }
    page->wish = read->wish;
    page->wish.after = after;
    page->wish.before = before;
    memcpy(page->id, epoch->id, sizeof page->id);
    page->read = read;
    read->under_way = page;
    memcpy(read->asked, reader->epochs->present.id, sizeof read->asked);
    reader_queue_page(reader, page);
}

/* ---- by seq ---- */

static void read_by_seq(struct reader *reader, struct journal_read *read)
{
    const struct epoch *present = &reader->epochs->present;
    uint64_t first, end, held = reader->tail->first;
    epochs_range(reader->epochs, read->wish.after, read->wish.before, &first, &end);
    bool on_disk = first < end && epochs_in_database(reader->epochs, first, held);
    begin_answer(reader, read);
    if (!on_disk || read->wish.descending) {
        take_positions(reader, read, on_disk && first < held ? held : first, end);
    }
    if (!on_disk || read->next != 0 || read->error != 0) {
        read->done(read); /* memory has everything, or filled the page, or failed */
        return;
    }
    ask_database(reader, read, present, epoch_seq(present, first) - 1, epoch_seq(present, end));
}

/* ---- following a cursor ---- */

static void begin_following(struct reader *reader, struct journal_read *read)
{
    read->at = *read->from;
    read->gap_from = read->gap_to = 0;
    read->moved = false;
    read->wish.descending = false;
    read->wish.since_ms = INT64_MIN;
    read->wish.until_ms = INT64_MAX;
    /* Positions from before the start of the journal that comes next belong to a journal that is
     * gone. */
    uint64_t begin = epochs_of(reader->epochs, read->at.position + 1)->offset + 1;
    epoch_pass_over(&read->at, begin, &read->gap_from, &read->gap_to);
}

static void follow_from_memory(struct reader *reader, struct journal_read *read)
{
    const struct epochs *epochs = reader->epochs;
    begin_following(reader, read);
    epoch_pass_over(&read->at, reader->tail->first, &read->gap_from, &read->gap_to);
    uint64_t next = read->at.position + 1;
    const struct epoch *epoch = epochs_of(epochs, next);
    read->moved = epoch_move(&read->at, epoch);
    begin_answer(reader, read);
    take_positions(reader, read, next,
                   epoch == &epochs->before ? epochs->epoch_start : epochs->published + 1);
    read->done(read);
}

static void follow(struct reader *reader, struct journal_read *read)
{
    begin_following(reader, read);
    uint64_t next = read->at.position + 1, held = reader->tail->first;
    if (!epochs_in_database(reader->epochs, next, held)) {
        follow_from_memory(reader, read);
        return;
    }
    const struct epoch *epoch = epochs_of(reader->epochs, next);
    read->moved = epoch_move(&read->at, epoch);
    ask_database(reader, read, epoch, journal_cursor_seq(&read->at), epoch_seq(epoch, held));
}

/* ---- both ---- */

void reader_start(struct reader *reader, struct journal_read *read)
{
    read->under_way = NULL;
    read->waits = read->failed = false;
    if (read->from != NULL) {
        follow(reader, read);
    } else {
        read_by_seq(reader, read);
    }
}

void reader_cancel(struct reader *reader, struct journal_read *read)
{
    if (read->under_way != NULL) {
        reader_drop_page(reader, read->under_way);
        read->under_way = NULL;
    }
    if (read->waits) {
        list_remove(&read->waiting);
        read->waits = false;
    }
}

int reader_new(struct reader **out, struct tail *tail, const struct epochs *epochs,
               void (*failed)(void *arg, const struct problem *problem), void *arg)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) {
        return UV_ENOMEM;
    }
    reader->tail = tail;
    reader->epochs = epochs;
    reader->failed = failed;
    reader->arg = arg;
    list_init(&reader->waiting);
    *out = reader;
    return 0;
}
