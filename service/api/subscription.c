/* subscription.c: subscribers as cursors into the journal. */
#include "api/subscription.h"

#include "rpc/connection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A read under way; owned by itself once its session has let go of it. */
struct pump {
    struct journal_read read;
    struct session *session;
    bool starting; /* within journal_read_start */
};

void subscriptions_init(struct session *session)
{
    struct subscriptions *all = &session->subscriptions;
    list_init(&all->list);
    all->count = 0;
    all->last_number = 0;
    all->read = NULL;
}

static void free_one(struct session *session, struct subscription *one)
{
    list_remove(&one->node);
    free(one);
    session->subscriptions.count--;
    session->hub->metrics.subscriptions--;
}

/* The answer of a read under way is for the first subscription; when that one goes, so does it. */
static void drop_read(struct session *session)
{
    struct journal_read *read = session->subscriptions.read;
    if (read != NULL) {
        journal_read_cancel(session->hub->journal, read);
        free(LIST_ENTRY(read, struct pump, read));
        session->subscriptions.read = NULL;
    }
}

void subscriptions_release(struct session *session)
{
    struct subscriptions *all = &session->subscriptions;
    drop_read(session);
    while (!list_empty(&all->list)) {
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see list.h
        free_one(session, LIST_ENTRY(all->list.next, struct subscription, node));
    }
}

struct subscription *subscription_new(struct session *session, uint64_t after,
                                      const struct batch *batch)
{
    struct subscription *one = calloc(1, sizeof *one);
    if (one == NULL) {
        return NULL;
    }
    one->number = ++session->subscriptions.last_number;
    one->cursor = journal_cursor_after(session->hub->journal, after);
    one->batch = batch;
    list_add(&session->subscriptions.list, &one->node);
    session->subscriptions.count++;
    session->hub->metrics.subscriptions++;
    return one;
}

bool subscription_end(struct session *session, uint64_t number)
{
    struct list *list = &session->subscriptions.list;
    for (struct list *node = list->next; node != list; node = node->next) {
        struct subscription *one = LIST_ENTRY(node, struct subscription, node);
        if (one->number == number) {
            if (node == list->next) {
                drop_read(session);
            }
            free_one(session, one);
            return true;
        }
    }
    return false;
}

void subscriptions_unbatch(struct session *session, const struct batch *batch)
{
    struct list *list = &session->subscriptions.list;
    for (struct list *node = list->next; node != list; node = node->next) {
        struct subscription *one = LIST_ENTRY(node, struct subscription, node);
        if (one->batch == batch) {
            one->batch = NULL;
        }
    }
}

/* Brings a subscription that is due to the front; false when none is. */
static bool next_behind(struct session *session)
{
    struct list *list = &session->subscriptions.list;
    const struct journal *journal = session->hub->journal;
    for (struct list *node = list->next; node != list; node = node->next) {
        struct subscription *one = LIST_ENTRY(node, struct subscription, node);
        if (one->batch == NULL && journal_is_behind(journal, &one->cursor)) {
            list_remove(node);
            list_add(list->next, node); /* before the first */
            return true;
        }
    }
    return false;
}

static bool write_gap(struct session *session, const struct subscription *one, uint64_t from,
                      uint64_t to)
{
    char line[160];
    int size = snprintf(
        line, sizeof line,
        "{\"jsonrpc\":\"2.0\",\"method\":\"gap\",\"params\":{\"subscription\":%" PRIu64
        ",\"from\":%" PRIu64 ",\"to\":%" PRIu64 "}}",
        one->number, from, to);
    uv_buf_t part = session_part(line, (size_t)size);
    return session_write(session, &part, 1);
}

/* From here on it follows another journal. */
static bool write_reset(struct session *session, const struct subscription *one,
                        const struct journal_cursor *at)
{
    char line[192];
    int size = snprintf(
        line, sizeof line,
        "{\"jsonrpc\":\"2.0\",\"method\":\"reset\",\"params\":{\"subscription\":%" PRIu64
        ",\"journal\":\"%s\",\"after\":%" PRIu64 "}}",
        one->number, at->id, journal_cursor_seq(at));
    uv_buf_t part = session_part(line, (size_t)size);
    return session_write(session, &part, 1);
}

/* What is around an event in its notification, at most. */
#define FRAME_BYTES 128u

static bool write_event(struct session *session, struct subscription *one,
                        const struct journal_entry *entry)
{
    char head[FRAME_BYTES];
    int size = snprintf(
        head, sizeof head,
        "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"subscription\":%" PRIu64
        ",\"event\":",
        one->number);
    uv_buf_t parts[] = {session_part(head, (size_t)size), session_part(entry->json, entry->size),
                        session_part("}}", 2)};
    one->cursor.place = entry->seq + one->cursor.offset;
    session->hub->metrics.events_sent_total++;
    return session_write(session, parts, 3);
}

/* Writes what a read found, and moves the cursor behind it. */
static bool write_page(struct session *session, struct subscription *one,
                       const struct journal_read *read)
{
    bool alive = read->gap_to == 0 || write_gap(session, one, read->gap_from, read->gap_to);
    alive = alive && (!read->moved || write_reset(session, one, &read->at));
    if (!alive) {
        return false; /* the session is closed, and `one` went with it */
    }
    one->cursor = read->at;
    for (size_t i = 0; alive && i < read->count; i++) {
        /* The page's bytes are those of the events, without what frames them. */
        if (i > 0 &&
            session->output_size + FRAME_BYTES + read->entries[i].size > SUBSCRIPTION_WRITE_BYTES) {
            break;
        }
        uint64_t expected = journal_cursor_seq(&one->cursor) + 1;
        if (read->entries[i].seq > expected) {
            alive = write_gap(session, one, expected, read->entries[i].seq - 1);
        }
        alive = alive && write_event(session, one, &read->entries[i]);
    }
    return alive;
}

static void deliver(struct journal_read *read)
{
    struct pump *pump = LIST_ENTRY(read, struct pump, read);
    struct session *session = pump->session;
    struct subscriptions *all = &session->subscriptions;
    struct subscription *one = LIST_ENTRY(all->list.next, struct subscription, node);
    bool starting = pump->starting;
    all->read = NULL;
    bool alive = read->error == 0 && write_page(session, one, read);
    free(pump);
    if (!alive) {
        if (session->stopping) { /* without the rest of the events, but with what else it says */
            subscriptions_release(session);
        } else if (!session->ending) { /* then it ends with a word of its own */
            session_close(session);
        }
        return;
    }
    /* Served: to the end of the line. */
    list_remove(&one->node);
    list_add(&all->list, &one->node);
    if (!starting) {
        session_flush(session);
    }
}

static bool start_read(struct session *session, size_t bytes)
{
    struct subscriptions *all = &session->subscriptions;
    struct subscription *one = LIST_ENTRY(all->list.next, struct subscription, node);
    struct pump *pump = calloc(1, sizeof *pump);
    if (pump == NULL) {
        if (!session->stopping) {
            session_close(session);
        }
        return false;
    }
    pump->session = session;
    pump->starting = true;
    pump->read = (struct journal_read){
        .from = &one->cursor,
        .audience = session->audience,
        .limit = JOURNAL_READ_MOST,
        .bytes = bytes,
        .done = deliver,
    };
    all->read = &pump->read;
    journal_read_start(session->hub->journal, &pump->read);
    if (all->read != NULL) {
        pump->starting = false; /* it answers later */
        return false;
    }
    return true;
}

void subscriptions_pump(struct session *session)
{
    /* Half a write at least is each one's turn, or what is left would be little for the next. */
    while (!session->closed && !session->ending && session->subscriptions.read == NULL &&
           session->output_size < SUBSCRIPTION_WRITE_BYTES / 2 && next_behind(session)) {
        if (!start_read(session, SUBSCRIPTION_WRITE_BYTES - session->output_size)) {
            return;
        }
    }
}
