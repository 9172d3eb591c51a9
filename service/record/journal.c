/* journal.c: the journal in memory: a ring of the last events. */
#include "record/journal.h"

#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct slot {
    struct event event;
    char *json; /* made when first asked for, so that taking an event cannot fail */
    size_t size;
};

struct journal {
    struct journal_config config;
    struct journal_info info;
    struct slot *slots; /* event n is in slots[n % config.held] */
    struct journal_entry page[JOURNAL_READ_MOST];
};

static int make_id(char id[37])
{
    unsigned char b[16];
    int error = uv_random(NULL, NULL, b, sizeof b, 0, NULL);
    if (error != 0) {
        return error;
    }
    b[6] = (unsigned char)((b[6] & 0x0Fu) | 0x40u); /* version 4, RFC 9562 */
    b[8] = (unsigned char)((b[8] & 0x3Fu) | 0x80u);
    snprintf(id, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
    return 0;
}

int journal_new(struct journal **out, const struct journal_config *config)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (journal == NULL) {
        return UV_ENOMEM;
    }
    journal->config = *config;
    journal->info.first_seq = 1;
    int error = UV_ENOMEM;
    journal->slots = calloc(config->held, sizeof *journal->slots);
    if (journal->slots == NULL) {
        goto free_journal;
    }
    error = make_id(journal->info.id);
    if (error != 0) {
        goto free_slots;
    }
    *out = journal;
    return 0;

free_slots:
    free(journal->slots);
free_journal:
    free(journal);
    return error;
}

void journal_free(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    for (size_t i = 0; i < journal->config.held; i++) {
        free(journal->slots[i].json);
    }
    free(journal->slots);
    free(journal);
}

const struct journal_info *journal_info(const struct journal *journal)
{
    return &journal->info;
}

static struct slot *slot_of(struct journal *journal, uint64_t seq)
{
    return &journal->slots[seq % journal->config.held];
}

void journal_append(struct journal *journal, const struct event *event)
{
    struct journal_info *info = &journal->info;
    info->last_seq++;
    if (info->last_seq - info->first_seq == journal->config.held) {
        info->first_seq++;
    }
    struct slot *slot = slot_of(journal, info->last_seq);
    free(slot->json);
    slot->json = NULL;
    slot->event = *event;
    slot->event.seq = info->last_seq;
    journal->config.changed(journal->config.arg);
}

static bool encode(struct slot *slot)
{
    if (slot->json != NULL) {
        return true;
    }
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    if (doc == NULL) {
        return false;
    }
    yyjson_mut_val *root = wire_event(doc, &slot->event);
    slot->json = root == NULL ? NULL
                              : yyjson_mut_val_write_opts(root, YYJSON_WRITE_NOFLAG, NULL,
                                                          &slot->size, NULL);
    yyjson_mut_doc_free(doc);
    return slot->json != NULL;
}

/* Takes one event into the page; false when the page is full or memory is out. */
static bool take(struct journal *journal, struct journal_read *read, uint64_t seq, size_t *bytes)
{
    struct slot *slot = slot_of(journal, seq);
    if (slot->event.at_ms < read->since_ms || slot->event.at_ms >= read->until_ms) {
        return true;
    }
    if (read->count == read->limit || read->count == JOURNAL_READ_MOST) {
        read->more = true;
        return false;
    }
    if (!encode(slot)) {
        read->error = UV_ENOMEM;
        return false;
    }
    if (read->count > 0 && *bytes + slot->size > read->bytes) {
        read->more = true;
        return false;
    }
    *bytes += slot->size;
    journal->page[read->count++] = (struct journal_entry){seq, slot->json, slot->size};
    return true;
}

void journal_read_start(struct journal *journal, struct journal_read *read)
{
    const struct journal_info *info = &journal->info;
    uint64_t first = info->first_seq;
    uint64_t end = info->last_seq + 1;
    if (read->after >= first) {
        first = read->after >= end ? end : read->after + 1;
    }
    if (read->before < end) {
        end = read->before < first ? first : read->before;
    }
    size_t bytes = 0;
    read->error = 0;
    read->count = 0;
    read->more = false;
    read->entries = journal->page;
    for (uint64_t i = 0; i < end - first; i++) {
        if (!take(journal, read, read->descending ? end - 1 - i : first + i, &bytes)) {
            break;
        }
    }
    read->done(read);
}

void journal_read_cancel(struct journal *journal, struct journal_read *read)
{
    (void)journal; /* this one answers at once: nothing is ever under way */
    (void)read;
}
