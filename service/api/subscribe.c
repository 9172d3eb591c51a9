/* subscribe.c: the methods subscribe and unsubscribe: subscribers are cursors into the journal.
 *
 * The subscriptions of a connection are one attachment and share its output. When nothing is in
 * flight, the next events for those that are behind are read from the journal, in turn, and written
 * in one piece of at most 32 KiB (ARCHITECTURE.md, "The journal and its followers").
 */
#include "api/subscribe.h"

#include "api/api.h"
#include "api/methods.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The most bytes around an event in its notification. */
#define FRAME_BYTES 128u

struct subscription {
    struct list node;
    uint64_t number;
    char text[21];                /* the number in decimal, because there is one per event */
    struct journal_cursor cursor; /* after the last event that was delivered, or skipped */
    const struct batch *batch;    /* delivery starts after this batch is answered; NULL: now */
};

struct subscriptions {
    struct attachment base;
    struct list list; /* the first one is served next */
    uint64_t last_number;
    struct journal_read *read; /* in progress, for the first one; NULL: there is none */
    uint32_t count;
};

/* A read in progress; if its connection goes, it is freed when the read ends. */
struct delivery {
    struct journal_read read;
    struct connection *connection;
    bool starting; /* inside journal_read_start */
};

static void drop_delivery(struct api *api, struct delivery *delivery)
{
    free(api->spare_delivery);
    api->spare_delivery = delivery;
}

/* ---- the subscriptions of a connection ---- */

static void free_one(struct connection *connection, struct subscriptions *all,
                     struct subscription *one)
{
    list_remove(&one->node);
    free(one);
    all->count--;
    connection->all->metrics->subscriptions--;
}

/* The read in progress is for the first subscription; if that is removed, so is the read. */
static void drop_read(struct connection *connection, struct subscriptions *all)
{
    if (all->read != NULL) {
        journal_read_cancel(api_at(connection)->config.journal, all->read);
        drop_delivery(api_at(connection), LIST_ENTRY(all->read, struct delivery, read));
        all->read = NULL;
    }
}

static void on_closed(struct connection *connection, struct attachment *attachment)
{
    struct subscriptions *all = (struct subscriptions *)attachment;
    drop_read(connection, all);
    while (!list_empty(&all->list)) {
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): see list.h
        free_one(connection, all, LIST_ENTRY(all->list.next, struct subscription, node));
    }
    free(all);
}

static void on_answered(struct connection *connection, struct attachment *attachment,
                        const struct batch *batch)
{
    struct list *list = &((struct subscriptions *)attachment)->list;
    (void)connection;
    for (struct list *node = list->next; node != list; node = node->next) {
        struct subscription *one = LIST_ENTRY(node, struct subscription, node);
        if (one->batch == batch) {
            one->batch = NULL;
        }
    }
}

static void on_drained(struct connection *connection, struct attachment *attachment);

static const struct attachment_type subscriptions_type = {on_drained, on_answered, on_closed, true};

static struct subscriptions *find_all(const struct connection *connection)
{
    return (struct subscriptions *)connection_attachment(connection, &subscriptions_type);
}

uint32_t subscriptions_count(const struct connection *connection)
{
    const struct subscriptions *all = find_all(connection);
    return all == NULL ? 0 : all->count;
}

/* The subscriptions of the connection; creates and attaches them if there are none yet. NULL: out
 * of memory. */
static struct subscriptions *want_all(struct connection *connection)
{
    struct subscriptions *all = find_all(connection);
    if (all != NULL) {
        return all;
    }
    all = calloc(1, sizeof *all);
    if (all != NULL) {
        all->base.type = &subscriptions_type;
        list_init(&all->list);
        connection_attach(connection, &all->base);
    }
    return all;
}

/* Adds a subscription that starts after this seq of the current journal. NULL: out of memory. */
static struct subscription *add_one(struct connection *connection, uint64_t after,
                                    const struct batch *batch)
{
    struct subscriptions *all = want_all(connection);
    struct subscription *one = all == NULL ? NULL : calloc(1, sizeof *one);
    if (one == NULL) {
        return NULL;
    }
    one->number = ++all->last_number;
    snprintf(one->text, sizeof one->text, "%" PRIu64, one->number);
    one->cursor = journal_cursor_after(api_at(connection)->config.journal, after);
    one->batch = batch;
    list_add(&all->list, &one->node);
    all->count++;
    connection->all->metrics->subscriptions++;
    return one;
}

/* False: this connection has no subscription with that number. */
static bool end_one(struct connection *connection, uint64_t number)
{
    struct subscriptions *all = find_all(connection);
    if (all == NULL) {
        return false;
    }
    for (struct list *node = all->list.next; node != &all->list; node = node->next) {
        struct subscription *one = LIST_ENTRY(node, struct subscription, node);
        if (one->number == number) {
            if (node == all->list.next) {
                drop_read(connection, all);
            }
            free_one(connection, all, one);
            return true;
        }
    }
    return false;
}

/* Moves a subscription that has events to send to the front; false: none has. */
static bool next_behind(struct connection *connection, struct subscriptions *all)
{
    const struct journal *journal = api_at(connection)->config.journal;
    for (struct list *node = all->list.next; node != &all->list; node = node->next) {
        struct subscription *one = LIST_ENTRY(node, struct subscription, node);
        if (one->batch == NULL && journal_is_behind(journal, &one->cursor)) {
            list_remove(node);
            list_add(all->list.next, node); /* insert before the first */
            return true;
        }
    }
    return false;
}

/* ---- delivery ---- */

static bool write_gap(struct connection *connection, const struct subscription *one, uint64_t from,
                      uint64_t to)
{
    char line[160];
    int size = snprintf(
        line, sizeof line,
        "{\"jsonrpc\":\"2.0\",\"method\":\"gap\",\"params\":{\"subscription\":%" PRIu64
        ",\"from\":%" PRIu64 ",\"to\":%" PRIu64 "}}",
        one->number, from, to);
    uv_buf_t part = connection_part(line, (size_t)size);
    return connection_write(connection, &part, 1);
}

/* From here on the subscription follows another journal. */
static bool write_reset(struct connection *connection, const struct subscription *one,
                        const struct journal_cursor *at)
{
    char line[192];
    int size = snprintf(
        line, sizeof line,
        "{\"jsonrpc\":\"2.0\",\"method\":\"reset\",\"params\":{\"subscription\":%" PRIu64
        ",\"journal\":\"%s\",\"after\":%" PRIu64 "}}",
        one->number, at->id, journal_cursor_seq(at));
    uv_buf_t part = connection_part(line, (size_t)size);
    return connection_write(connection, &part, 1);
}

static bool write_event(struct connection *connection, struct subscription *one,
                        const struct journal_entry *entry)
{
    static const char head[] =
        "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"subscription\":";
    static const char middle[] = ",\"event\":";
    uv_buf_t parts[] = {connection_part(head, sizeof head - 1),
                        connection_part(one->text, strlen(one->text)),
                        connection_part(middle, sizeof middle - 1),
                        connection_part(entry->json, entry->size), connection_part("}}", 2)};
    journal_cursor_pass(&one->cursor, entry->seq);
    connection->all->metrics->events_sent_total++;
    return connection_write(connection, parts, 5);
}

/* Writes what a read found, and moves the cursor past it. False: the connection was closed, and
 * `one` was freed with it. */
static bool write_page(struct connection *connection, struct subscription *one,
                       const struct journal_read *read)
{
    bool alive = read->gap_to == 0 || write_gap(connection, one, read->gap_from, read->gap_to);
    alive = alive && (!read->moved || write_reset(connection, one, &read->at));
    if (!alive) {
        return false;
    }
    one->cursor = read->at;
    for (size_t i = 0; alive && i < read->count; i++) {
        /* The page's size counts only the events, not what frames them. */
        if (i > 0 && connection->output.size + FRAME_BYTES + read->entries[i].size >
                         SUBSCRIPTIONS_WRITE_BYTES) {
            break;
        }
        uint64_t expected = journal_cursor_seq(&one->cursor) + 1;
        if (read->entries[i].seq > expected) {
            alive = write_gap(connection, one, expected, read->entries[i].seq - 1);
        }
        alive = alive && write_event(connection, one, &read->entries[i]);
    }
    return alive;
}

/* Called when events could not be read or written. While the service stops, its last answers are
 * still sent, without the events. A connection that is already closing sends its own last
 * message. */
static void give_up(struct connection *connection)
{
    struct subscriptions *all = find_all(connection);
    if (connection->state == CONNECTION_STOPPING && all != NULL) {
        connection_detach(connection, &all->base);
        on_closed(connection, &all->base);
    } else if (connection_is_live(connection)) {
        connection_close(connection);
    }
}

static void on_read(struct journal_read *read)
{
    struct delivery *delivery = LIST_ENTRY(read, struct delivery, read);
    struct connection *connection = delivery->connection;
    struct subscriptions *all = find_all(connection);
    struct subscription *one = LIST_ENTRY(all->list.next, struct subscription, node);
    bool starting = delivery->starting;
    all->read = NULL;
    bool alive = read->error == 0 && write_page(connection, one, read);
    drop_delivery(api_at(connection), delivery);
    if (!alive) {
        give_up(connection);
        return;
    }
    /* It was served, so it goes to the end of the queue. */
    list_remove(&one->node);
    list_add(&all->list, &one->node);
    if (!starting) {
        connection_flush(connection);
    }
}

/* False: the read answers later, or the connection ends. */
static bool start_read(struct connection *connection, struct subscriptions *all, size_t bytes)
{
    struct subscription *one = LIST_ENTRY(all->list.next, struct subscription, node);
    struct api *api = api_at(connection);
    struct delivery *delivery = api->spare_delivery;
    api->spare_delivery = NULL;
    delivery = delivery == NULL ? malloc(sizeof *delivery) : delivery;
    if (delivery == NULL) {
        if (connection->state != CONNECTION_STOPPING) {
            connection_close(connection);
        }
        return false;
    }
    delivery->connection = connection;
    delivery->starting = true;
    delivery->read = (struct journal_read){
        .owner = connection->user,
        .from = &one->cursor,
        .wish = {.access_level = connection->access_level,
                 .limit = JOURNAL_READ_MOST,
                 .bytes = bytes},
        .done = on_read,
    };
    all->read = &delivery->read;
    journal_read_start(api->config.journal, &delivery->read);
    all = find_all(connection);
    if (all == NULL || all->read == NULL) {
        return all != NULL;
    }
    delivery->starting = false;
    return false;
}

/* A subscription gets at least half a write; with less, too little would be left for the next
 * one. */
static void on_drained(struct connection *connection, struct attachment *attachment)
{
    struct subscriptions *all = (struct subscriptions *)attachment;
    while (all->read == NULL && connection->output.size < SUBSCRIPTIONS_WRITE_BYTES / 2 &&
           next_behind(connection, all) &&
           start_read(connection, all, SUBSCRIPTIONS_WRITE_BYTES - connection->output.size)) {
    }
}

/* ---- the methods ---- */

struct start {
    uint64_t after;
    yyjson_val *journal; /* NULL: not given */
};

static const struct param subscribe_params[] = {
    {"after", PARAM_NUMBER, offsetof(struct start, after), API_ANY_SEQ},
    {"journal", PARAM_TEXT, offsetof(struct start, journal), .takes = "the id of a journal"},
    {0}};

static const struct param unsubscribe_params[] = {
    {"subscription", PARAM_NUMBER, 0, "the number of a subscription of this connection", .least = 1,
     .most = UINT64_MAX},
    {0}};

static void refuse_start(struct request *request, uint64_t last_seq)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *data = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, data, "param", "after") &&
              yyjson_mut_obj_add_str(doc, data, "takes", "a seq up to the last one") &&
              yyjson_mut_obj_add_uint(doc, data, "last_seq", last_seq);
    request_error_data(request, WIRE_INVALID_PARAMS, "Invalid params", doc, ok ? data : NULL);
}

/* Finds where delivery starts; false: it cannot, and that was answered. */
static bool find_start(struct request *request, const struct params *params, uint64_t *cursor,
                       bool *reset)
{
    const struct journal_info *info = journal_info(api_of(request)->config.journal);
    struct start start = {.after = info->last_seq};
    if (!request_read(request, params, &start)) {
        return false;
    }
    *cursor = start.after;
    *reset = start.journal != NULL && !yyjson_equals_str(start.journal, info->id);
    if (*reset) {
        *cursor = info->first_seq - 1;
    } else if (*cursor > info->last_seq) {
        refuse_start(request, info->last_seq);
        return false;
    }
    return true;
}

static void run_subscribe(struct request *request, const struct params *params)
{
    struct connection *connection = request->connection;
    struct api *api = api_of(request);
    uint64_t cursor;
    bool reset;
    if (!find_start(request, params, &cursor, &reset)) {
        return;
    }
    if (subscriptions_count(connection) >= connection->all->limits->subscriptions) {
        request_over_limit(request, "subscriptions", "too many subscriptions");
        return;
    }
    struct subscription *one = add_one(connection, cursor, request->batch);
    yyjson_mut_doc *doc = one == NULL ? NULL : yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    struct status status = api_status_for(request);
    bool ok = root != NULL && yyjson_mut_obj_add_uint(doc, root, "subscription", one->number) &&
              yyjson_mut_obj_add_str(doc, root, "journal", journal_info(api->config.journal)->id) &&
              yyjson_mut_obj_add_bool(doc, root, "reset", reset) &&
              yyjson_mut_obj_add_val(doc, root, "status", wire_status(doc, &status));
    if (!ok && one != NULL) {
        end_one(connection, one->number);
    }
    request_result(request, doc, ok ? root : NULL);
}

static void run_unsubscribe(struct request *request, const struct params *params)
{
    uint64_t number = 0;
    if (!request_read(request, params, &number)) {
        return;
    }
    if (!end_one(request->connection, number)) {
        request_bad_param(request, unsubscribe_params[0].name, unsubscribe_params[0].takes);
        return;
    }
    request_truth(request, true);
}

const struct rpc_method api_subscribe = {
    .name = "subscribe",
    .params = subscribe_params,
    .waits = true,
    .run = run_subscribe,
};

const struct rpc_method api_unsubscribe = {
    .name = "unsubscribe",
    .params = unsubscribe_params,
    .run = run_unsubscribe,
};
