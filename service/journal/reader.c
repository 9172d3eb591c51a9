/* reader.c: reading the journal: from memory at once, or from the database, later. */
#include "journal/journal_state.h"

#include <string.h>

/* ---- cursors ---- */

struct journal_cursor journal_cursor_after(const struct journal *journal, uint64_t seq)
{
    struct journal_cursor cursor = {.place = seq + journal->now.offset,
                                    .offset = journal->now.offset};
    memcpy(cursor.id, journal->now.id, sizeof cursor.id);
    return cursor;
}

/* The journal that numbers the event at a place, or the next event that comes. */
static const struct era *era_of(const struct journal *journal, uint64_t place)
{
    bool before = journal->before.id[0] != '\0' && place < journal->turn;
    return before ? &journal->before : &journal->now;
}

static bool is_in(const struct journal_cursor *cursor, const struct era *era)
{
    return cursor->offset == era->offset && strcmp(cursor->id, era->id) == 0;
}

bool journal_is_behind(const struct journal *journal, const struct journal_cursor *cursor)
{
    return cursor->place < journal->published || !is_in(cursor, &journal->now);
}

/* ---- from memory ---- */

/* Takes one event into the page; false when the page is full or memory is out. */
static bool take(struct journal *journal, struct journal_read *read, uint64_t place, uint64_t seq,
                 size_t *bytes)
{
    if (read->count == read->limit || read->count == JOURNAL_READ_MOST) {
        read->more = true;
        return false;
    }
    const struct tail_text *text = tail_get(&journal->tail, place, seq, read->audience);
    if (text == NULL) {
        read->error = UV_ENOMEM;
        return false;
    }
    if (read->count > 0 && *bytes + text->size > read->bytes) {
        read->more = true;
        return false;
    }
    *bytes += text->size;
    journal->page[read->count++] = (struct journal_entry){seq, text->json, text->size};
    return true;
}

/* The events at first..end-1, which memory holds, as far as they match. */
static void take_places(struct journal *journal, struct journal_read *read, uint64_t first,
                        uint64_t end)
{
    size_t bytes = 0;
    for (uint64_t i = 0; first < end && i < end - first; i++) {
        uint64_t place = read->descending ? end - 1 - i : first + i;
        int64_t at_ms = tail_event(&journal->tail, place)->at_ms;
        if (at_ms < read->since_ms || at_ms >= read->until_ms) {
            continue;
        }
        if (!take(journal, read, place, place - era_of(journal, place)->offset, &bytes)) {
            return;
        }
    }
}

static void begin_answer(struct journal *journal, struct journal_read *read)
{
    read->error = 0;
    read->count = 0;
    read->more = false;
    read->entries = journal->page;
}

/* ---- from the database ---- */

/* Whether what is at a place must, and can, be read there. */
static bool is_in_database(const struct journal *journal, uint64_t place)
{
    if (place >= journal->tail.first) {
        return false;
    }
    return journal->phase == PHASE_DURABLE ||
           (era_of(journal, place) == &journal->before && !journal->before_unreadable);
}

static void read_by_seq(struct journal *journal, struct journal_read *read);
static void follow(struct journal *journal, struct journal_read *read);
static void follow_from_memory(struct journal *journal, struct journal_read *read);

static void answer_page(struct journal *journal, struct journal_read *read,
                        const struct store_page *page)
{
    begin_answer(journal, read);
    for (size_t i = 0; i < page->page.count; i++) {
        const struct page_entry *entry = &page->page.entries[i];
        journal->page[i] = (struct journal_entry){entry->seq, page->page.text + entry->begin,
                                                  entry->size};
    }
    read->count = page->page.count;
    read->more = page->page.more;
    read->done(read);
}

static void wait_for_disk(struct journal *journal, struct journal_read *read)
{
    read->waits = true;
    read->next = journal->waiting;
    journal->waiting = read;
}

static struct journal_read *next_waiting(struct journal *journal)
{
    struct journal_read *read = journal->waiting;
    if (read != NULL) {
        journal->waiting = read->next;
        read->waits = false;
    }
    return read;
}

void journal_ask_again(struct journal *journal)
{
    struct journal_read *read;
    while ((read = next_waiting(journal)) != NULL) {
        follow(journal, read); /* from memory at once, or it waits again later */
    }
}

void journal_end_waiting(struct journal *journal)
{
    struct journal_read *read;
    while ((read = next_waiting(journal)) != NULL) {
        follow_from_memory(journal, read);
    }
}

/* The page could not be read. Who asked for events by seq is told so. A follower's place is kept
 * until the writer has had an answer from the disk, good or bad; if the disk works and the page
 * still cannot be read, it is told so, too, and its client comes back to where it was. */
static void answer_failure(struct journal *journal, struct journal_read *read,
                           const struct problem *problem)
{
    bool damaged = problem->outcome == OUTCOME_DAMAGED;
    bool was_durable = journal->phase == PHASE_DURABLE;
    bool again = was_durable && read->failed;
    if (damaged) {
        journal_lose_disk(journal, problem->words, true);
    } else if (was_durable) {
        read->failed = true;
        journal_probe_disk(journal);
    }
    if (read->from != NULL && damaged) {
        follow_from_memory(journal, read); /* there is nothing to come back to */
    } else if (read->from != NULL && !again) {
        wait_for_disk(journal, read);
    } else {
        begin_answer(journal, read);
        read->error = UV_EIO;
        read->done(read);
    }
}

static void on_page(struct store_page *page)
{
    struct journal_read *read = page->arg;
    struct journal *journal = read->journal;
    read->under_way = NULL;
    if (read->from == NULL && strcmp(read->asked, journal->now.id) != 0) {
        /* Another journal took its place meanwhile, and the answer is to be of that. */
        read_by_seq(journal, read);
    } else if (page->problem.outcome != OUTCOME_OK) {
        answer_failure(journal, read, &page->problem);
    } else if (page->page.count == 0 && read->from != NULL) {
        /* It holds nothing up to where memory began; what memory let go of since then it may. */
        bool moved_on = journal->tail.first > page->wish.before + read->at.offset;
        (moved_on ? follow : follow_from_memory)(journal, read);
    } else {
        answer_page(journal, read, page);
    }
    store_page_free(page);
}

static void ask_database(struct journal *journal, struct journal_read *read, const struct era *era,
                         const struct page_wish *wish)
{
    struct store_page *page = store_page_new();
    if (page == NULL) {
        begin_answer(journal, read);
        read->error = UV_ENOMEM;
        read->done(read);
        return;
    }
    page->wish = *wish;
    memcpy(page->id, era->id, sizeof page->id);
    page->done = on_page;
    page->arg = read;
    read->under_way = page;
    memcpy(read->asked, journal->now.id, sizeof read->asked);
    store_read(journal->store, page);
}

/* ---- by seq ---- */

/* The places that are asked for: first..end-1 of those that are held. */
static void find_range(const struct journal *journal, const struct journal_read *read,
                       uint64_t *first, uint64_t *end)
{
    const struct journal_info *info = &journal->info;
    uint64_t first_seq = info->first_seq, end_seq = info->last_seq + 1;
    if (read->after >= first_seq) {
        first_seq = read->after >= end_seq ? end_seq : read->after + 1;
    }
    if (read->before < end_seq) {
        end_seq = read->before < first_seq ? first_seq : read->before;
    }
    *first = first_seq + journal->now.offset;
    *end = end_seq + journal->now.offset;
}

static void read_from_memory(struct journal *journal, struct journal_read *read)
{
    uint64_t first, end;
    find_range(journal, read, &first, &end);
    begin_answer(journal, read);
    take_places(journal, read, first, end);
    read->done(read);
}

static void read_by_seq(struct journal *journal, struct journal_read *read)
{
    uint64_t first, end, held = journal->tail.first;
    find_range(journal, read, &first, &end);
    if (first == end || !is_in_database(journal, first)) {
        read_from_memory(journal, read);
        return;
    }
    if (read->descending && end > held) {
        begin_answer(journal, read);
        take_places(journal, read, held, end);
        if (read->more || read->error != 0) {
            read->done(read); /* the page is full */
            return;
        }
    }
    struct page_wish wish = {
        .after = first - 1 - journal->now.offset,
        .before = end - journal->now.offset,
        .since_ms = read->since_ms,
        .until_ms = read->until_ms,
        .descending = read->descending,
        .audience = read->audience,
        .limit = read->limit,
        .bytes = read->bytes,
    };
    ask_database(journal, read, &journal->now, &wish);
}

/* ---- behind a cursor ---- */

/* The next events up to `end` are not held: a gap, in the numbers that the follower knows. */
static void pass_over(struct journal_read *read, uint64_t end)
{
    struct journal_cursor *at = &read->at;
    if (at->place + 1 >= end) {
        return;
    }
    if (read->gap_to == 0) {
        read->gap_from = journal_cursor_seq(at) + 1;
    }
    read->gap_to = end - 1 - at->offset;
    at->place = end - 1;
}

static void move_to(struct journal_read *read, const struct era *era)
{
    if (!is_in(&read->at, era)) {
        read->moved = true;
        memcpy(read->at.id, era->id, sizeof read->at.id);
        read->at.offset = era->offset;
    }
}

static void begin_following(struct journal *journal, struct journal_read *read)
{
    read->at = *read->from;
    read->gap_from = read->gap_to = 0;
    read->moved = false;
    read->descending = false;
    read->since_ms = INT64_MIN;
    read->until_ms = INT64_MAX;
    /* Places from before the journal that comes next began are of one that is gone. */
    pass_over(read, era_of(journal, read->at.place + 1)->offset + 1);
}

static void follow_from_memory(struct journal *journal, struct journal_read *read)
{
    begin_following(journal, read);
    pass_over(read, journal->tail.first);
    uint64_t next = read->at.place + 1;
    const struct era *era = era_of(journal, next);
    uint64_t end = era == &journal->before ? journal->turn : journal->published + 1;
    move_to(read, era);
    begin_answer(journal, read);
    take_places(journal, read, next, end);
    read->done(read);
}

static void follow(struct journal *journal, struct journal_read *read)
{
    begin_following(journal, read);
    uint64_t next = read->at.place + 1;
    if (!is_in_database(journal, next)) {
        follow_from_memory(journal, read);
        return;
    }
    const struct era *era = era_of(journal, next);
    move_to(read, era);
    struct page_wish wish = {
        .after = journal_cursor_seq(&read->at),
        .before = journal->tail.first - era->offset,
        .since_ms = INT64_MIN,
        .until_ms = INT64_MAX,
        .audience = read->audience,
        .limit = read->limit,
        .bytes = read->bytes,
    };
    ask_database(journal, read, era, &wish);
}

/* ---- both ---- */

void journal_read_start(struct journal *journal, struct journal_read *read)
{
    read->journal = journal;
    read->under_way = NULL;
    read->waits = read->failed = false;
    if (read->from != NULL) {
        follow(journal, read);
    } else {
        read_by_seq(journal, read);
    }
}

void journal_read_cancel(struct journal *journal, struct journal_read *read)
{
    if (read->under_way != NULL) {
        store_read_cancel(journal->store, read->under_way);
        read->under_way = NULL;
    }
    if (read->waits) {
        struct journal_read **link = &journal->waiting;
        while (*link != read) {
            link = &(*link)->next;
        }
        *link = read->next;
        read->waits = false;
    }
}
