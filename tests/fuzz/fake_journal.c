/* fake_journal.c: a journal that answers when the test says so. */
#include "fake_journal.h"

#include "reply_checker.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_POSITION (UINT64_C(1) << 48)
#define MOST_WAITING 512
#define EVENT_BYTES 192

struct journal {
    struct journal_config config;
    struct journal_info info;
    uint64_t offset; /* of the present journal: the seq of a position is position - offset */
    uint64_t end;    /* the position of the next event */
    unsigned number; /* of the present journal */
    bool hold, fail;
    struct journal_read *waiting[MOST_WAITING];
    size_t waiting_count;
    struct journal_entry page[JOURNAL_READ_MOST];
    char text[JOURNAL_READ_MOST][EVENT_BYTES];
};

static void begin(struct journal *journal)
{
    struct journal_info *info = &journal->info;
    snprintf(info->id, sizeof info->id, "00000000-0000-4000-8000-%012u", journal->number++);
    journal->offset = journal->end - 1;
    info->first_seq = 1;
    info->last_seq = 0;
}

int journal_new(struct journal **out, const struct journal_config *config)
{
    struct journal *journal = malloc(sizeof *journal);
    if (journal == NULL) {
        return UV_ENOMEM;
    }
    memset(journal, 0, offsetof(struct journal, waiting));
    journal->waiting_count = 0;
    journal->config = *config;
    journal->end = FIRST_POSITION;
    begin(journal);
    *out = journal;
    return 0;
}

void journal_free(struct journal *journal)
{
    free(journal);
}

const struct journal_info *journal_info(const struct journal *journal)
{
    return &journal->info;
}

uint64_t journal_append(struct journal *journal, const struct event *event)
{
    struct journal_info *info = &journal->info;
    (void)event; /* what was in it is all the same */
    journal->end++;
    info->last_seq++;
    if (info->last_seq - info->first_seq == journal->config.held) {
        info->first_seq++;
    }
    journal->config.changed(journal->config.arg);
    return journal->end - 1;
}

/* ---- reading ---- */

struct journal_cursor journal_cursor_after(const struct journal *journal, uint64_t seq)
{
    struct journal_cursor cursor = {.position = seq + journal->offset, .offset = journal->offset};
    memcpy(cursor.id, journal->info.id, sizeof cursor.id);
    return cursor;
}

static bool is_present(const struct journal *journal, const struct journal_cursor *cursor)
{
    return strcmp(cursor->id, journal->info.id) == 0;
}

bool journal_is_behind(const struct journal *journal, const struct journal_cursor *cursor)
{
    return cursor->position < journal->end - 1 || !is_present(journal, cursor);
}

static bool take(struct journal *journal, struct journal_read *read, uint64_t seq, size_t *bytes)
{
    if (read->count == read->wish.limit || read->count == JOURNAL_READ_MOST) {
        read->next = journal->page[read->count - 1].seq;
        return false;
    }
    char *text = journal->text[read->count];
    int size = snprintf(text, EVENT_BYTES,
                        "{\"seq\":%" PRIu64 ",\"kind\":\"transition\","
                        "\"at\":\"2026-11-22T10:41:07.123Z\",\"from\":\"idle\",\"to\":\"busy\","
                        "\"reasons\":[\"mutex\"],\"after_ms\":%" PRIu64 "}",
                        seq, seq);
    if (read->count > 0 && *bytes + (size_t)size > read->wish.bytes) {
        read->next = journal->page[read->count - 1].seq;
        return false;
    }
    *bytes += (size_t)size;
    journal->page[read->count++] = (struct journal_entry){seq, text, (size_t)size};
    return true;
}

static void take_all(struct journal *journal, struct journal_read *read, uint64_t after,
                     uint64_t before)
{
    const struct journal_info *info = &journal->info;
    size_t bytes = 0;
    uint64_t first = after >= info->first_seq ? after + 1 : info->first_seq;
    uint64_t end = before < info->last_seq + 1 ? before : info->last_seq + 1;
    for (uint64_t i = 0; after < UINT64_MAX && first < end && i < end - first; i++) {
        if (!take(journal, read, read->wish.descending ? end - 1 - i : first + i, &bytes)) {
            return;
        }
    }
}

/* What comes behind a cursor; of a journal that is gone, no more than that it is. */
static void take_next(struct journal *journal, struct journal_read *read)
{
    const struct journal_cursor *from = read->from;
    read->gap_to = 0;
    read->at = *from;
    read->moved = !is_present(journal, from);
    if (read->moved) {
        if (from->position < journal->offset) {
            read->gap_from = journal_cursor_seq(from) + 1;
            read->gap_to = journal->offset - from->offset;
        }
        read->at = journal_cursor_after(journal, 0);
    }
    take_all(journal, read, journal_cursor_seq(&read->at), UINT64_MAX);
}

static void answer(struct journal *journal, struct journal_read *read)
{
    read->error = journal->fail ? UV_EIO : 0;
    read->count = 0;
    read->next = 0;
    read->entries = journal->page;
    journal->fail = false;
    if (read->error == 0 && read->from != NULL) {
        take_next(journal, read);
    } else if (read->error == 0) {
        take_all(journal, read, read->wish.after, read->wish.before);
    }
    read->done(read);
}

void journal_read_start(struct journal *journal, struct journal_read *read)
{
    if (!journal->hold) {
        answer(journal, read);
        return;
    }
    check_that(journal->waiting_count < MOST_WAITING, "too many reads at once");
    journal->waiting[journal->waiting_count++] = read;
}

static void take_out(struct journal *journal, size_t i)
{
    journal->waiting_count--;
    for (; i < journal->waiting_count; i++) {
        journal->waiting[i] = journal->waiting[i + 1];
    }
}

void journal_read_cancel(struct journal *journal, struct journal_read *read)
{
    for (size_t i = journal->waiting_count; i > 0; i--) {
        if (journal->waiting[i - 1] == read) {
            take_out(journal, i - 1);
        }
    }
}

/* ---- what the test says ---- */

void fake_journal_release(struct journal *journal)
{
    if (journal->waiting_count > 0) {
        struct journal_read *read = journal->waiting[0];
        take_out(journal, 0);
        answer(journal, read);
    }
}

void fake_journal_hold(struct journal *journal, bool hold)
{
    journal->hold = hold;
    while (!hold && journal->waiting_count > 0) {
        fake_journal_release(journal);
    }
}

void fake_journal_fail(struct journal *journal)
{
    journal->fail = true;
}

void fake_journal_switch(struct journal *journal)
{
    begin(journal);
    journal->config.changed(journal->config.arg);
}
