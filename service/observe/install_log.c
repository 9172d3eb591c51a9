/* install_log.c: passes the records of the event log to the loop. */
#include "observe/install_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { QUEUE = 64 };

struct install_log {
    struct install_log_clients clients;
    uv_mutex_t lock;                    /* guards everything below */
    struct install_record queue[QUEUE]; /* a ring */
    size_t first, count;
    bool news;
    struct log_position position;
    struct install_log_state state; /* its `dropped` does not include `unread` */
    uint64_t unread;                /* records that were dropped before they came here */
};

int install_log_new(struct install_log **out)
{
    struct install_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return UV_ENOMEM;
    }
    int error = uv_mutex_init(&log->lock);
    if (error != 0) {
        free(log);
        return error;
    }
    log->state.health = HEALTH_UNAVAILABLE;
    snprintf(log->state.problem, sizeof log->state.problem, "it is not open yet");
    *out = log;
    return 0;
}

void install_log_free(struct install_log *log)
{
    if (log != NULL) {
        uv_mutex_destroy(&log->lock);
        free(log);
    }
}

void install_log_set_clients(struct install_log *log, const struct install_log_clients *clients)
{
    log->clients = *clients;
}

/* Called without the lock, because it may take some milliseconds. */
static void ask_clients(const struct install_log *log, struct install_record *record)
{
    const struct install_log_clients *clients = &log->clients;
    uint32_t pid = record->install.client_pid;
    if (clients->began == NULL || pid == 0) {
        return;
    }
    if (record->kind == RECORD_BEGIN) {
        clients->began(clients->arg, pid, record->at_ms + (record->whole_second ? 999 : 0),
                       &record->install.chain);
    } else if (record->kind == RECORD_END) {
        clients->ended(clients->arg, pid);
    }
}

/* The caller holds the lock. A record without an id is always new. */
static bool is_new(struct install_log *log, uint64_t record_id)
{
    if (record_id == 0) {
        return true;
    }
    if (log->position.next == 0) {
        log_position_begin(&log->position, record_id);
    }
    return log_position_take(&log->position, record_id);
}

void install_log_put(struct install_log *log, const struct event_record *event)
{
    struct install_record record;
    enum record_verdict verdict = install_record_of(event, &record);
    if (verdict == RECORD_READ) {
        ask_clients(log, &record);
    }
    uv_mutex_lock(&log->lock);
    if (is_new(log, event->record_id)) {
        log->news = true;
        if (verdict == RECORD_READ && log->count < QUEUE) {
            log->state.records++;
            log->queue[(log->first + log->count++) % QUEUE] = record;
        } else {
            log->state.malformed += verdict == RECORD_MALFORMED ? 1 : 0;
            log->state.dropped += verdict == RECORD_READ ? 1 : 0;
            log_position_report(&log->position, event->record_id);
        }
    }
    uv_mutex_unlock(&log->lock);
}

static size_t room(struct install_log *log)
{
    uv_mutex_lock(&log->lock);
    size_t room = QUEUE - log->count;
    uv_mutex_unlock(&log->lock);
    return room;
}

/* Records that are refused count, too, so that a flood of them does not keep this going. */
int install_log_drain(struct install_log *log, install_log_fetch fetch, void *arg)
{
    for (size_t left = room(log); left > 0;) {
        int count = fetch(arg, left);
        if (count <= 0) {
            return count;
        }
        left -= (size_t)count < left ? (size_t)count : left;
    }
    return 1;
}

void install_log_set_health(struct install_log *log, enum health health, const char *problem)
{
    uv_mutex_lock(&log->lock);
    log->news = log->news || log->state.health != health;
    log->state.health = health;
    snprintf(log->state.problem, sizeof log->state.problem, "%s",
             health == HEALTH_OK ? "" : problem);
    uv_mutex_unlock(&log->lock);
}

bool install_log_has_news(struct install_log *log)
{
    uv_mutex_lock(&log->lock);
    bool news = log->news;
    log->news = false;
    uv_mutex_unlock(&log->lock);
    return news;
}

bool install_log_take(struct install_log *log, struct install_record *out)
{
    uv_mutex_lock(&log->lock);
    bool any = log->count > 0;
    if (any) {
        *out = log->queue[log->first];
        log->first = (log->first + 1) % QUEUE;
        log->count--;
    }
    uv_mutex_unlock(&log->lock);
    return any;
}

void install_log_read_state(struct install_log *log, struct install_log_state *out)
{
    uv_mutex_lock(&log->lock);
    *out = log->state;
    out->dropped += log->unread;
    uv_mutex_unlock(&log->lock);
}

/* ---- how far the log has been read ---- */

bool install_log_restore(struct install_log *log, const char *text)
{
    uv_mutex_lock(&log->lock);
    bool known = log_position_parse(&log->position, text);
    uv_mutex_unlock(&log->lock);
    return known;
}

void install_log_position(struct install_log *log, char out[LOG_POSITION_BYTES])
{
    uv_mutex_lock(&log->lock);
    log_position_format(&log->position, out);
    uv_mutex_unlock(&log->lock);
}

void install_log_report(struct install_log *log, uint64_t record_id)
{
    uv_mutex_lock(&log->lock);
    log_position_report(&log->position, record_id);
    uv_mutex_unlock(&log->lock);
}

bool install_log_seen(struct install_log *log, uint64_t *record_id)
{
    uv_mutex_lock(&log->lock);
    *record_id = log->position.seen;
    bool known = log->position.next != 0;
    uv_mutex_unlock(&log->lock);
    return known;
}

void install_log_see(struct install_log *log, uint64_t record_id)
{
    uv_mutex_lock(&log->lock);
    if (log->position.next == 0) {
        log_position_begin(&log->position, record_id + 1);
    } else {
        log_position_see(&log->position, record_id);
    }
    uv_mutex_unlock(&log->lock);
}

void install_log_pass(struct install_log *log, uint64_t record_id)
{
    uv_mutex_lock(&log->lock);
    if (log->position.next != 0 && log_position_take(&log->position, record_id)) {
        log_position_report(&log->position, record_id);
    }
    uv_mutex_unlock(&log->lock);
}

void install_log_begin(struct install_log *log, uint64_t record_id)
{
    uv_mutex_lock(&log->lock);
    log_position_begin(&log->position, record_id);
    uv_mutex_unlock(&log->lock);
}

void install_log_set_dropped(struct install_log *log, uint64_t dropped)
{
    uv_mutex_lock(&log->lock);
    log->unread = dropped;
    uv_mutex_unlock(&log->lock);
}
