/* played_wevtapi.c: a Windows event log in memory. */
#include "played_wevtapi.h"

#include "common/event_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERROR_INVALID_HANDLE_ 6u
#define ERROR_INVALID_PARAMETER_ 87u
#define ERROR_INSUFFICIENT_BUFFER_ 122u
#define ERROR_NO_MORE_ITEMS_ 259u
#define ERROR_NOT_FOUND_ 1168u
#define RPC_S_SERVER_UNAVAILABLE_ 1722u
#define RPC_S_INVALID_BOUND_ 1734u
#define ERROR_INVALID_OPERATION_ 4317u
#define ERROR_EVT_INVALID_QUERY_ 15001u
#define ERROR_EVT_CHANNEL_NOT_FOUND_ 15007u
#define ERROR_EVT_MALFORMED_XML_TEXT_ 15008u

#define TICKS_TO_1970 INT64_C(116444736000000000)

enum { MOST_HANDLES = 512, MOST_STRINGS = 8 };

enum kind { FREE, SUBSCRIPTION, QUERY, CONTEXT, EVENT, BOOKMARK };

struct stored {
    uint64_t id;
    struct played_record record;
    struct played_value strings[MOST_STRINGS]; /* of played_write_strings */
};

struct handle {
    enum kind kind;
    unsigned service; /* which run of the Event Log service made it */
    void *signal;
    char query[512];
    uint64_t id;    /* next of a subscription or query; of an event or a bookmark, the record's */
    bool given;     /* played.twice: it was given once */
    uint32_t flags; /* of a context or query */
    struct stored event; /* the handle of an event keeps what it is of */
};

struct played played;

static struct {
    struct stored *records;
    size_t count, room;
    uint64_t next_id;
    unsigned service;
    uint32_t error;
    struct handle handles[MOST_HANDLES];
    char **texts; /* of played_write_strings */
    size_t text_count, text_room;
} the;

static void must(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "played_wevtapi: %s\n", what);
        abort();
    }
}

/* ---- handles ---- */

static void *new_handle(enum kind kind, struct handle **out)
{
    for (size_t i = 0; i < MOST_HANDLES; i++) {
        if (the.handles[i].kind == FREE) {
            the.handles[i] = (struct handle){.kind = kind, .service = the.service};
            *out = &the.handles[i];
            return (void *)((i + 1) << 8); /* leads nowhere, as Windows' do not */
        }
    }
    must(false, "too many handles are open");
    return NULL;
}

static struct handle *handle_of(void *object)
{
    uintptr_t value = (uintptr_t)object;
    size_t i = (value >> 8) - 1;
    must((value & 0xFF) == 0 && i < MOST_HANDLES && the.handles[i].kind != FREE,
         "a handle that is not open is used");
    return &the.handles[i];
}

unsigned played_open_handles(void)
{
    unsigned open = 0;
    for (size_t i = 0; i < MOST_HANDLES; i++) {
        open += the.handles[i].kind != FREE ? 1 : 0;
    }
    return open;
}

static int EVENT_LOG_CALL close_object(void *object)
{
    handle_of(object)->kind = FREE;
    return 1;
}

static uint32_t EVENT_LOG_CALL last_error(void)
{
    return the.error;
}

static void EVENT_LOG_CALL set_last_error(uint32_t error)
{
    the.error = error;
}

static void *fail(uint32_t error)
{
    if (error != UINT32_MAX) {
        the.error = error;
    }
    return NULL;
}

/* ---- the log ---- */

static bool flag_is_set(void *signal)
{
    return *(bool *)signal;
}

static void set_flag(void *signal)
{
    *(bool *)signal = true;
}

void played_begin(uint64_t first_id)
{
    memset(&the, 0, sizeof the);
    played = (struct played){
        .now_ms = INT64_C(1795305600000), .set_signal = set_flag, .is_set = flag_is_set};
    the.next_id = first_id;
}

void played_end(void)
{
    must(played_open_handles() == 0, "handles are still open");
    free(the.records);
    for (size_t i = 0; i < the.text_count; i++) {
        free(the.texts[i]);
    }
    free(the.texts);
    memset(&the, 0, sizeof the);
}

/* Where the first record of this id or a later one stands. */
static size_t find(uint64_t id)
{
    size_t low = 0, high = the.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (the.records[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool exists(uint64_t id)
{
    size_t i = find(id);
    return i < the.count && the.records[i].id == id;
}

/* Of Windows' XPath what we use: the provider, ids, and ranges of them. */
static bool matches(const char *query, const struct played_record *record)
{
    const char *provider = record->provider == NULL ? "MsiInstaller" : record->provider;
    char wanted[80];
    if (strcmp(query, "*") == 0) {
        return true;
    }
    snprintf(wanted, sizeof wanted, "Provider[@Name='%s']", provider);
    if (strstr(query, wanted) == NULL) {
        return false;
    }
    const char *at = strstr(query, "EventID");
    bool any = at == NULL;
    for (; at != NULL; at = strstr(at + 1, "EventID")) {
        unsigned low = 0, high = 0;
        if (sscanf(at, "EventID>=%u and EventID<=%u", &low, &high) == 2) {
            any = any || (record->event_id >= low && record->event_id <= high);
        } else if (sscanf(at, "EventID=%u", &low) == 1) {
            any = any || record->event_id == low;
        }
    }
    return any;
}

static bool is_live(const struct handle *handle)
{
    return handle->service == the.service && !played.stopped;
}

static void set_signals(const struct played_record *record)
{
    for (size_t i = 0; i < MOST_HANDLES; i++) {
        struct handle *handle = &the.handles[i];
        if (handle->kind == SUBSCRIPTION && is_live(handle) && !played.deaf &&
            matches(handle->query, record)) {
            played.set_signal(handle->signal);
        }
    }
}

static struct stored *store(const struct played_record *record)
{
    if (the.count == the.room) {
        the.room = the.room == 0 ? 64 : the.room * 2;
        struct stored *more = realloc(the.records, the.room * sizeof *more);
        must(more != NULL, "no memory");
        the.records = more;
    }
    struct stored *stored = &the.records[the.count++];
    *stored = (struct stored){.id = the.next_id++, .record = *record};
    stored->record.at_ms = record->at_ms == 0 ? played.now_ms : record->at_ms;
    return stored;
}

uint64_t played_write(const struct played_record *record)
{
    uint64_t id = store(record)->id;
    set_signals(record);
    return id;
}

static const char *keep_text(const char *text)
{
    if (the.text_count == the.text_room) {
        the.text_room = the.text_room == 0 ? 64 : the.text_room * 2;
        char **more = realloc(the.texts, the.text_room * sizeof *more);
        must(more != NULL, "no memory");
        the.texts = more;
    }
    char *kept = malloc(strlen(text) + 1);
    must(kept != NULL, "no memory");
    the.texts[the.text_count++] = kept;
    return memcpy(kept, text, strlen(text) + 1);
}

uint64_t played_write_strings(uint16_t event_id, const char *const *strings)
{
    struct played_record record = {.event_id = event_id};
    struct stored *stored = store(&record);
    uint64_t id = stored->id;
    for (size_t i = 0; strings[i] != NULL; i++) {
        must(i < MOST_STRINGS, "too many strings");
        stored->strings[i] = (struct played_value){.type = EVENT_VALUE_STRING,
                                                   .text = keep_text(strings[i])};
        stored->record.value_count = i + 1;
    }
    set_signals(&record);
    return id;
}

/* A subscription goes on with what comes: its position is in the log, not an id. */
void played_clear(uint64_t next_id)
{
    the.count = 0;
    the.next_id = next_id;
    for (size_t i = 0; i < MOST_HANDLES; i++) {
        if (the.handles[i].kind == SUBSCRIPTION) {
            the.handles[i].id = 0;
        }
    }
}

void played_overwrite(uint64_t oldest_id)
{
    size_t gone = find(oldest_id);
    the.count -= gone;
    memmove(the.records, the.records + gone, the.count * sizeof *the.records);
}

void played_restart(void)
{
    the.service++;
}

/* ---- subscribing ---- */

static void to_ascii(const uint16_t *wide, char *out, size_t size)
{
    size_t i = 0;
    for (; wide[i] != 0; i++) {
        must(i + 1 < size && wide[i] < 0x80, "a text is too long, or not ASCII");
        out[i] = (char)wide[i];
    }
    out[i] = '\0';
}

static bool is_application(const uint16_t *channel)
{
    char name[64];
    to_ascii(channel, name, sizeof name);
    return strcmp(name, "Application") == 0;
}

static bool is_bookmark(const uint16_t *query, uint64_t id)
{
    char text[512];
    to_ascii(query, text, sizeof text);
    return exists(id) &&
           (!played.selected_bookmarks || matches(text, &the.records[find(id)].record));
}

static bool find_start(uint32_t flags, void *bookmark, const uint16_t *query, uint64_t *start)
{
    uint64_t id;
    switch (flags & 3u) {
    case EVENT_SUBSCRIBE_FUTURE:
        *start = the.next_id;
        return true;
    case EVENT_SUBSCRIBE_OLDEST:
        *start = 0;
        return true;
    case EVENT_SUBSCRIBE_AFTER_BOOKMARK:
        id = handle_of(bookmark)->id;
        if (!exists(id) && the.count > 0) { /* the closest */
            id = id < the.records[0].id ? the.records[0].id : the.records[the.count - 1].id;
        }
        *start = id + 1;
        return is_bookmark(query, handle_of(bookmark)->id) || (flags & EVENT_SUBSCRIBE_STRICT) == 0;
    default:
        must(false, "subscribe: none of the three flags");
        return false;
    }
}

static void *EVENT_LOG_CALL subscribe(void *session, void *signal, const uint16_t *channel,
                                      const uint16_t *query, void *bookmark, void *context,
                                      void *callback, uint32_t flags)
{
    struct handle *handle;
    uint64_t start;
    played.subscribed++;
    must(session == NULL && context == NULL, "subscribe: another computer is not played");
    if (played.refuse != 0 || played.stopped) {
        return fail(played.stopped ? RPC_S_SERVER_UNAVAILABLE_ : played.refuse);
    }
    bool after = (flags & 3u) == EVENT_SUBSCRIBE_AFTER_BOOKMARK;
    if (signal == NULL || callback != NULL || (bookmark != NULL) != after) {
        return fail(ERROR_INVALID_PARAMETER_);
    }
    if (!is_application(channel)) {
        return fail(ERROR_EVT_CHANNEL_NOT_FOUND_);
    }
    if (!find_start(flags, bookmark, query, &start)) {
        return fail(ERROR_NOT_FOUND_);
    }
    void *object = new_handle(SUBSCRIPTION, &handle);
    handle->signal = signal;
    handle->id = start;
    to_ascii(query, handle->query, sizeof handle->query);
    return object;
}

static void *EVENT_LOG_CALL make_query(void *session, const uint16_t *channel,
                                       const uint16_t *query, uint32_t flags)
{
    struct handle *handle;
    char text[512];
    played.queried++;
    to_ascii(query, text, sizeof text);
    if (played.stopped) {
        return fail(RPC_S_SERVER_UNAVAILABLE_);
    }
    must(session == NULL && flags == (EVENT_QUERY_CHANNEL | EVENT_QUERY_REVERSE),
         "only a query in reverse is played");
    if (!is_application(channel) || strcmp(text, "*") != 0) {
        return fail(ERROR_EVT_INVALID_QUERY_);
    }
    void *object = new_handle(QUERY, &handle);
    handle->id = the.next_id;
    return object;
}

static void *EVENT_LOG_CALL create_bookmark(const uint16_t *xml)
{
    static const char begin[] = "<BookmarkList><Bookmark Channel='Application' RecordId='";
    struct handle *handle;
    char text[256], *end;
    to_ascii(xml, text, sizeof text);
    if (strncmp(text, begin, sizeof begin - 1) != 0) {
        return fail(ERROR_EVT_MALFORMED_XML_TEXT_);
    }
    unsigned long long id = strtoull(text + sizeof begin - 1, &end, 10);
    if (strcmp(end, "' IsCurrent='true'/></BookmarkList>") != 0) {
        return fail(ERROR_EVT_MALFORMED_XML_TEXT_);
    }
    void *object = new_handle(BOOKMARK, &handle);
    handle->id = id;
    return object;
}

/* ---- fetching ---- */

static void give(void **events, uint32_t at, const struct stored *stored)
{
    struct handle *event;
    events[at] = new_handle(EVENT, &event);
    event->event = *stored;
}

static uint32_t next_of_query(struct handle *handle, uint32_t size, void **events)
{
    uint32_t count = 0;
    for (size_t i = find(handle->id); count < size && i > 0; i--) {
        handle->id = the.records[i - 1].id;
        give(events, count++, &the.records[i - 1]);
    }
    return count;
}

/* False: the batch is too large. Where the subscription stands changes only when it is not. */
static bool next_of_subscription(struct handle *handle, uint32_t size, void **events,
                                 uint32_t *count)
{
    const struct stored *batch[64];
    uint64_t id = handle->id;
    bool given = handle->given;
    size_t bytes = 0, most = size < 64 ? size : 64;
    *count = 0;
    for (size_t i = find(id); i < the.count && *count < most;) {
        const struct stored *stored = &the.records[i];
        bool again = false;
        if (matches(handle->query, &stored->record)) {
            batch[(*count)++] = stored;
            bytes += stored->record.size == 0 ? 1024 : stored->record.size;
            again = played.twice && !given;
        }
        given = again;
        id = stored->id + (again ? 0 : 1);
        i += again ? 0 : 1;
    }
    if (played.batch_bytes != 0 && bytes > played.batch_bytes) {
        *count = 0;
        return false;
    }
    for (uint32_t i = 0; i < *count; i++) {
        give(events, i, batch[i]);
    }
    handle->id = id;
    handle->given = given;
    return true;
}

static uint32_t nothing(const struct handle *handle)
{
    return handle->kind == QUERY           ? ERROR_NO_MORE_ITEMS_
           : played.empty != 0             ? played.empty
           : played.is_set(handle->signal) ? ERROR_NO_MORE_ITEMS_
                                           : ERROR_INVALID_OPERATION_;
}

static int EVENT_LOG_CALL next(void *set, uint32_t size, void **events, uint32_t timeout_ms,
                               uint32_t flags, uint32_t *count)
{
    struct handle *handle = handle_of(set);
    *count = 0;
    played.fetched++;
    if (played.on_next != NULL) {
        played.on_next();
    }
    played.one_by_one += size == 1 && handle->kind == SUBSCRIPTION ? 1 : 0;
    must(timeout_ms == 0 && flags == 0, "next: only without a wait");
    must(handle->kind == SUBSCRIPTION || handle->kind == QUERY, "next: no such handle");
    if (played.stopped) {
        the.error = RPC_S_SERVER_UNAVAILABLE_;
        return 0;
    }
    if (!is_live(handle)) {
        the.error = played.stale != 0 ? played.stale : nothing(handle);
        return 0;
    }
    if (handle->kind == QUERY) {
        *count = next_of_query(handle, size, events);
    } else if (!next_of_subscription(handle, size, events, count)) {
        the.error = RPC_S_INVALID_BOUND_;
        return 0;
    }
    if (*count == 0) {
        the.error = nothing(handle);
    }
    return *count > 0;
}

/* ---- rendering ---- */

static void *EVENT_LOG_CALL create_context(uint32_t count, const uint16_t *const *paths,
                                           uint32_t flags)
{
    struct handle *handle;
    must(count == 0 && paths == NULL, "create_context: paths are not played");
    void *object = new_handle(CONTEXT, &handle);
    handle->flags = flags;
    return object;
}

/* What is rendered: values in front, what they point to behind. First it is only measured. */
struct page {
    unsigned char *memory; /* NULL: measure */
    size_t values, used;
};

/* As it is in the field, a string need not stand at an even address's multiple of more than 2. */
static void *room_for(struct page *page, size_t size)
{
    size_t at = (page->used + 1) & ~(size_t)1;
    page->used = at + size;
    return page->memory == NULL ? NULL : page->memory + at;
}

static const void *put_text(struct page *page, const struct played_value *value)
{
    size_t length = 0;
    if (value->bytes != NULL) {
        const uint16_t *wide = value->bytes;
        while (wide[length] != 0) {
            length++;
        }
        void *at = room_for(page, (length + 1) * 2);
        return at == NULL ? NULL : memcpy(at, wide, (length + 1) * 2);
    }
    length = strlen(value->text);
    if (value->type == EVENT_VALUE_ANSI_STRING) {
        void *at = room_for(page, length + 1);
        return at == NULL ? NULL : memcpy(at, value->text, length + 1);
    }
    unsigned char *at = room_for(page, (length + 1) * 2);
    for (size_t i = 0; at != NULL && i <= length; i++) {
        at[2 * i] = (unsigned char)value->text[i];
        at[2 * i + 1] = 0;
    }
    return at;
}

static const void *put_bytes(struct page *page, const void *bytes, size_t size)
{
    void *at = room_for(page, size);
    return at == NULL || size == 0 ? at : memcpy(at, bytes, size);
}

static const void *put_array(struct page *page, const struct played_value *value)
{
    size_t at = (page->used + 7) & ~(size_t)7;
    page->used = at + value->count * sizeof(void *);
    for (size_t i = 0; i < value->count; i++) {
        struct played_value one = PLAYED_STRING(value->texts[i]);
        const void *text = put_text(page, &one);
        if (page->memory != NULL) {
            memcpy(page->memory + at + i * sizeof text, &text, sizeof text);
        }
    }
    return page->memory == NULL ? NULL : page->memory + at;
}

static size_t sid_bytes(const unsigned char *sid)
{
    return 8 + 4 * (size_t)sid[1];
}

static void put_value(struct page *page, size_t at, const struct played_value *value)
{
    struct event_value out = {.type = value->type, .as.bits = value->number};
    if ((value->type & EVENT_VALUE_ARRAY) != 0) {
        out.as.pointer = put_array(page, value);
        out.count = value->count;
    } else if (value->type == EVENT_VALUE_STRING || value->type == EVENT_VALUE_ANSI_STRING) {
        out.as.pointer = put_text(page, value);
    } else if (value->type == EVENT_VALUE_BINARY) {
        out.as.pointer = put_bytes(page, value->bytes, value->count);
        out.count = value->count;
    } else if (value->type == EVENT_VALUE_SID) {
        out.as.pointer = put_bytes(page, value->bytes, sid_bytes(value->bytes));
    }
    if (page->memory != NULL) {
        memcpy(page->memory + at * sizeof out, &out, sizeof out);
    }
}

static size_t system_values(const struct stored *stored, struct played_value *out)
{
    const struct played_record *record = &stored->record;
    memset(out, 0, EVENT_SYSTEM_COUNT * sizeof *out);
    out[EVENT_SYSTEM_PROVIDER] = (struct played_value){
        .type = EVENT_VALUE_STRING,
        .text = record->provider == NULL ? "MsiInstaller" : record->provider,
    };
    out[EVENT_SYSTEM_EVENT_ID].type = EVENT_VALUE_UINT16;
    /* Only 16 bits of it are said to be there. */
    out[EVENT_SYSTEM_EVENT_ID].number = record->event_id | UINT64_C(0xA5A5A5A5A5A50000);
    out[EVENT_SYSTEM_TIME_CREATED].type = EVENT_VALUE_FILETIME;
    out[EVENT_SYSTEM_TIME_CREATED].number = (uint64_t)(record->at_ms * 10000 + TICKS_TO_1970);
    out[EVENT_SYSTEM_RECORD_ID].type = EVENT_VALUE_UINT64;
    out[EVENT_SYSTEM_RECORD_ID].number = stored->id;
    if (!record->old_form) {
        out[EVENT_SYSTEM_PROCESS_ID].type = EVENT_VALUE_UINT32;
        out[EVENT_SYSTEM_PROCESS_ID].number = record->writer_pid | UINT64_C(0xA5A5A5A500000000);
        out[EVENT_SYSTEM_VERSION].type = EVENT_VALUE_BYTE;
    }
    if (record->sid != NULL) {
        out[EVENT_SYSTEM_USER_ID].type = EVENT_VALUE_SID;
        out[EVENT_SYSTEM_USER_ID].bytes = record->sid;
    }
    return EVENT_SYSTEM_COUNT;
}

static int EVENT_LOG_CALL render(void *context, void *event, uint32_t flags, uint32_t size,
                                 void *memory, uint32_t *used, uint32_t *count)
{
    const struct handle *of = handle_of(event), *what = handle_of(context);
    const struct stored *stored = &of->event;
    struct played_value system[EVENT_SYSTEM_COUNT];
    must(of->kind == EVENT && what->kind == CONTEXT && flags == EVENT_RENDER_VALUES,
         "render: of an event by values only");
    if (played.refuse_render != 0) {
        the.error = played.refuse_render;
        return 0;
    }
    const struct played_value *values = stored->record.values != NULL ? stored->record.values
                                                                      : stored->strings;
    size_t value_count = stored->record.value_count;
    if (what->flags == EVENT_CONTEXT_SYSTEM) {
        value_count = system_values(stored, system);
        values = system;
    }
    struct page page = {.used = value_count * sizeof(struct event_value)};
    for (size_t i = 0; i < value_count; i++) {
        put_value(&page, i, &values[i]);
    }
    *used = (uint32_t)page.used;
    *count = (uint32_t)value_count;
    if (page.used > size) {
        the.error = ERROR_INSUFFICIENT_BUFFER_;
        return 0;
    }
    memset(memory, 0xA5, size); /* nothing behind a value ends it */
    page = (struct page){.memory = memory, .used = value_count * sizeof(struct event_value)};
    for (size_t i = 0; i < value_count; i++) {
        put_value(&page, i, &values[i]);
    }
    return 1;
}

const struct event_log_api *played_api(void)
{
    static const struct event_log_api api = {
        .subscribe = subscribe,
        .query = make_query,
        .next = next,
        .create_context = create_context,
        .render = render,
        .create_bookmark = create_bookmark,
        .close = close_object,
        .last_error = last_error,
        .set_last_error = set_last_error,
    };
    return &api;
}
