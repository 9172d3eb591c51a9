/* event_log.c: reads Windows' event log. */
#include "common/event_log.h"

#include "common/event_values.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From winerror.h, which exists only on Windows. */
#define ERROR_NOT_ENOUGH_MEMORY_ 8u
#define ERROR_CALL_NOT_IMPLEMENTED_ 120u
#define ERROR_NO_MORE_ITEMS_ 259u
#define ERROR_NOT_FOUND_ 1168u
#define ERROR_TIMEOUT_ 1460u
#define RPC_S_INVALID_BOUND_ 1734u
#define ERROR_INVALID_OPERATION_ 4317u

/* ReportEvent accepts about 60 KiB of strings and data at most. As UTF-8, text can become half as
 * long again. */
enum {
    AT_ONCE = 64,
    VALUES_BYTES = 128 * 1024,
    TEXT_BYTES = 192 * 1024,
    NEWEST_BYTES = 8 * 1024 /* names and a SID */
};

struct event_log {
    const struct event_log_api *api;
    const uint16_t *query;
    void *system, *user; /* contexts: which values of an event are rendered; NULL: not created
                          * yet */
    void *subscription;  /* NULL: none */
    bool one_at_a_time;  /* until the log is empty, because its records are too large for a batch */
    uint64_t dropped;
    struct event_value values[VALUES_BYTES / sizeof(struct event_value)];
    struct event_value newest[NEWEST_BYTES / sizeof(struct event_value)];
    char text[TEXT_BYTES];
};

static const uint16_t channel[] = u"Application";

/* Some systems' functions fail without setting an error. */
static uint32_t reason(const struct event_log *log)
{
    uint32_t error = log->api->last_error();
    return error != 0 ? error : ERROR_CALL_NOT_IMPLEMENTED_;
}

uint32_t event_log_new(struct event_log **out, const struct event_log_api *api,
                       const uint16_t *query)
{
    struct event_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY_;
    }
    log->api = api;
    log->query = query;
    *out = log;
    return 0;
}

void event_log_free(struct event_log *log)
{
    if (log == NULL) {
        return;
    }
    event_log_unsubscribe(log);
    if (log->user != NULL) {
        log->api->close(log->user);
    }
    if (log->system != NULL) {
        log->api->close(log->system);
    }
    free(log);
}

/* ---- subscribing ---- */

/* Writes a bookmark in the form that EvtRender gives it. */
static void write_bookmark(uint64_t record_id, uint16_t out[128])
{
    char text[128];
    snprintf(text, sizeof text,
             "<BookmarkList><Bookmark Channel='Application' RecordId='%" PRIu64
             "' IsCurrent='true'/></BookmarkList>",
             record_id);
    for (size_t i = 0; i <= strlen(text); i++) {
        out[i] = (unsigned char)text[i];
    }
}

static void *subscribe_after(struct event_log *log, void *signal, uint64_t after)
{
    const struct event_log_api *api = log->api;
    uint16_t xml[128];
    write_bookmark(after, xml);
    void *bookmark = api->create_bookmark(xml);
    if (bookmark == NULL) {
        return NULL;
    }
    void *made = api->subscribe(NULL, signal, channel, log->query, bookmark, NULL, NULL,
                                EVENT_SUBSCRIBE_AFTER_BOOKMARK | EVENT_SUBSCRIBE_STRICT);
    uint32_t error = made == NULL ? reason(log) : 0;
    api->close(bookmark);
    api->set_last_error(error);
    return made; /* cppcheck-suppress returnDanglingLifetime; the text was only read */
}

/* Called only when there is a subscription: if the log cannot be followed, nothing is rendered. */
static bool make_contexts(struct event_log *log)
{
    const struct event_log_api *api = log->api;
    if (log->system == NULL) {
        log->system = api->create_context(0, NULL, EVENT_CONTEXT_SYSTEM);
    }
    if (log->system != NULL && log->user == NULL) {
        log->user = api->create_context(0, NULL, EVENT_CONTEXT_USER);
    }
    return log->user != NULL;
}

uint32_t event_log_subscribe(struct event_log *log, void *signal, uint64_t after)
{
    const struct event_log_api *api = log->api;
    bool oldest = after == 0;
    event_log_unsubscribe(log);
    api->set_last_error(0);
    if (after != EVENT_LOG_NOW && !oldest) {
        log->subscription = subscribe_after(log, signal, after);
        /* The record may be older than all that remain, or may not match the query: the
         * documentation does not exclude that. Without EVENT_SUBSCRIBE_STRICT the log would begin
         * after the closest record, which may be one too late. So begin at the oldest, which may
         * give earlier records again. */
        oldest = log->subscription == NULL && reason(log) == ERROR_NOT_FOUND_;
    }
    if (after == EVENT_LOG_NOW || oldest) {
        log->subscription = api->subscribe(NULL, signal, channel, log->query, NULL, NULL, NULL,
                                           oldest ? EVENT_SUBSCRIBE_OLDEST
                                                  : EVENT_SUBSCRIBE_FUTURE);
    }
    if (log->subscription != NULL && make_contexts(log)) {
        return 0;
    }
    uint32_t error = reason(log);
    event_log_unsubscribe(log);
    return error;
}

void event_log_unsubscribe(struct event_log *log)
{
    if (log->subscription != NULL) {
        log->api->close(log->subscription);
        log->subscription = NULL;
    }
    log->one_at_a_time = false;
}

/* ---- records ---- */

static bool render(struct event_log *log, void *context, void *event, struct event_values *out)
{
    uint32_t used = 0, count = 0;
    if (!log->api->render(context, event, EVENT_RENDER_VALUES, sizeof log->values, log->values,
                          &used, &count) ||
        used > sizeof log->values) {
        return false;
    }
    *out = (struct event_values){log->values, used, count};
    return true;
}

static bool read_event(struct event_log *log, void *event, struct event_record *record)
{
    struct event_text text = {log->text, sizeof log->text, 0};
    struct event_values values;
    return render(log, log->system, event, &values) &&
           event_values_system(&values, &text, record) && /* which keeps no pointer to the values */
           render(log, log->user, event, &values) && event_values_user(&values, &text, record);
}

/* Returns 0 and sets *count; or returns EvtNext's error if it gave no event. */
static uint32_t next(struct event_log *log, void *set, size_t most, void **events, uint32_t *count)
{
    *count = 0;
    log->api->set_last_error(0);
    int ok = log->api->next(set, (uint32_t)most, events, 0, 0, count);
    if (*count > most) {
        *count = 0;
    }
    return *count > 0 ? 0 : ok ? ERROR_NO_MORE_ITEMS_ : reason(log);
}

uint32_t event_log_fetch(struct event_log *log, size_t most,
                         void (*each)(void *arg, struct event_record *record), void *arg,
                         struct event_log_fetched *fetched)
{
    void *events[AT_ONCE];
    uint32_t count;
    *fetched = (struct event_log_fetched){0, false};
    if (most == 0 || log->subscription == NULL) {
        return log->subscription == NULL ? ERROR_INVALID_OPERATION_ : 0;
    }
    most = log->one_at_a_time ? 1 : most < AT_ONCE ? most : AT_ONCE;
    uint32_t error = next(log, log->subscription, most, events, &count);
    if (error == RPC_S_INVALID_BOUND_ && most > 1) {
        log->one_at_a_time = true;
        error = next(log, log->subscription, 1, events, &count);
    }
    if (error == ERROR_NO_MORE_ITEMS_ || error == ERROR_TIMEOUT_ ||
        error == ERROR_INVALID_OPERATION_) {
        log->one_at_a_time = false;
        fetched->doubtful = error == ERROR_INVALID_OPERATION_;
        return 0;
    }
    for (uint32_t i = 0; error == 0 && i < count; i++) {
        struct event_record record;
        if (read_event(log, events[i], &record)) {
            each(arg, &record);
        } else {
            log->dropped++;
        }
        log->api->close(events[i]);
    }
    fetched->count = count;
    return error;
}

/* If the log is empty, the query finds nothing: that is success, with *record_id 0. */
uint32_t event_log_newest(struct event_log *log, uint64_t *record_id)
{
    const struct event_log_api *api = log->api;
    void *event = NULL;
    uint32_t count, used = 0, values = 0;
    *record_id = 0;
    api->set_last_error(0);
    void *found = api->query(NULL, channel, u"*", EVENT_QUERY_CHANNEL | EVENT_QUERY_REVERSE);
    if (found == NULL) {
        return reason(log);
    }
    uint32_t error = next(log, found, 1, &event, &count);
    if (error == 0) {
        if (!api->render(log->system, event, EVENT_RENDER_VALUES, sizeof log->newest, log->newest,
                         &used, &values)) {
            error = reason(log);
        } else if (values > EVENT_SYSTEM_RECORD_ID) {
            *record_id = log->newest[EVENT_SYSTEM_RECORD_ID].as.bits;
        }
        api->close(event);
    }
    api->close(found);
    return error == ERROR_NO_MORE_ITEMS_ ? 0 : error;
}

uint64_t event_log_dropped(const struct event_log *log)
{
    return log->dropped;
}
