/* history.c: the method history: a page of the journal's events. */
#include "api/api.h"
#include "api/methods.h"

#include <string.h>

/* The most bytes of events in a page, so that the reply, or sixteen of them in a batch, stay below
 * the limit of a reply line. */
#define PAGE_BYTES (240u * 1024u)
#define PAGE_BYTES_IN_BATCH (12u * 1024u)

/* How many reads of one user may wait for the disk at the same time, on all connections together;
 * more are refused. */
#define WAITING_MOST 4

struct history {
    struct journal_read read;
    uint64_t after, before, limit; /* as requested */
    char journal[37];              /* the id of the journal that `read` searches */
    struct list node;              /* in the api's list while it is being read */
    struct request *request;
};

static size_t count_waiting(const struct request *request)
{
    const struct list *all = &api_of(request)->reading;
    size_t count = 0;
    for (const struct list *node = all->next; node != all; node = node->next) {
        const struct history *history = LIST_ENTRY(node, struct history, node);
        count += history->request->connection->user == request->connection->user;
    }
    return count;
}

static yyjson_mut_val *build_history(struct request *request, yyjson_mut_doc *doc)
{
    const struct journal_info *info = journal_info(api_of(request)->config.journal);
    const struct journal_read *read = &((const struct history *)request->state)->read;
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    bool ok = yyjson_mut_obj_add_str(doc, root, "journal", info->id);
    yyjson_mut_val *events = yyjson_mut_obj_add_arr(doc, root, "events");
    for (size_t i = 0; ok && i < read->count; i++) {
        const struct journal_entry *entry = &read->entries[i];
        ok = yyjson_mut_arr_append(events, yyjson_mut_rawn(doc, entry->json, entry->size));
    }
    ok = ok && yyjson_mut_obj_add_uint(doc, root, "first_seq", info->first_seq) &&
         yyjson_mut_obj_add_uint(doc, root, "last_seq", info->last_seq) &&
         yyjson_mut_obj_add_bool(doc, root, "more", read->next != 0) &&
         (read->next == 0 || yyjson_mut_obj_add_uint(doc, root, "next", read->next));
    return ok ? root : NULL;
}

static void start(struct history *history)
{
    struct journal *journal = api_of(history->request)->config.journal;
    memcpy(history->journal, journal_info(journal)->id, sizeof history->journal);
    journal_read_start(journal, &history->read);
}

/* Nothing that was searched matches, so the search continues, after the reads of others. If another
 * journal has come in the meantime, it begins again there. */
static void search_on(struct history *history)
{
    struct journal_read *read = &history->read;
    const struct journal_info *info = journal_info(api_of(history->request)->config.journal);
    bool same = strcmp(info->id, history->journal) == 0;
    read->wish.after = same && !read->wish.descending ? read->next : history->after;
    read->wish.before = same && read->wish.descending ? read->next : history->before;
    start(history);
}

static void on_read(struct journal_read *read)
{
    struct history *history = LIST_ENTRY(read, struct history, read);
    struct request *request = history->request;
    struct connection *connection = request->connection;
    bool heard = connection->state < CONNECTION_ENDED; /* otherwise nobody waits for the result */
    if (heard && read->error == 0 && read->count == 0 && read->next != 0) {
        search_on(history);
        return;
    }
    list_remove(&history->node);
    if (read->error == 0) {
        request_answer(request, build_history);
    } else if (read->error == UV_EAGAIN) {
        request_over_limit(request, "history_reads",
                           "too many reads of the journal wait for the disk");
    } else {
        request_error(request, WIRE_INTERNAL, "the journal could not be read");
    }
    connection_flush(connection);
}

static void on_cancel(struct request *request)
{
    struct history *history = request->state;
    list_remove(&history->node);
    journal_read_cancel(api_of(request)->config.journal, &history->read);
}

static const struct param params_table[] = {
    {"after", PARAM_NUMBER, offsetof(struct history, read.wish.after), API_ANY_SEQ},
    {"before", PARAM_NUMBER, offsetof(struct history, read.wish.before), API_ANY_SEQ},
    {"since", PARAM_TIME, offsetof(struct history, read.wish.since_ms),
     .takes = "an RFC 3339 time"},
    {"until", PARAM_TIME, offsetof(struct history, read.wish.until_ms),
     .takes = "an RFC 3339 time"},
    {"limit", PARAM_NUMBER, offsetof(struct history, limit), "a whole number from 1 to 256",
     .least = 1, .most = JOURNAL_READ_MOST},
    {"order", PARAM_WORD, offsetof(struct history, read.wish.descending), "asc or desc",
     .first = "asc", .other = "desc"},
    {0}};

static void run(struct request *request, const struct params *params)
{
    struct history *history = request->state;
    history->request = request;
    history->read = (struct journal_read){
        .owner = request->connection->user,
        .memory_only = count_waiting(request) >= WAITING_MOST,
        .wish = {.before = UINT64_MAX,
                 .since_ms = INT64_MIN,
                 .until_ms = INT64_MAX,
                 .access_level = request->connection->access_level,
                 .bytes = request->batch != NULL ? PAGE_BYTES_IN_BATCH : PAGE_BYTES},
        .done = on_read,
    };
    history->limit = 64;
    if (!request_read(request, params, history)) {
        return;
    }
    history->read.wish.limit = (size_t)history->limit;
    history->after = history->read.wish.after;
    history->before = history->read.wish.before;
    request->on_cancel = on_cancel;
    list_add(&api_of(request)->reading, &history->node);
    start(history);
}

const struct rpc_method api_history = {
    .name = "history",
    .params = params_table,
    .state_size = sizeof(struct history),
    .run = run,
};
