/* install_log.c: the records of the event log on their way to the loop. */
#include "observe/install_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { QUEUE = 64 };

struct install_log {
    uv_mutex_t lock;                    /* guards all below */
    struct install_record queue[QUEUE]; /* a ring */
    size_t first, count;
    struct install_log_state state;
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
    snprintf(log->state.problem, sizeof log->state.problem, "it has not been opened yet");
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

void install_log_put(struct install_log *log, const char *xml, size_t size)
{
    struct install_record record;
    enum record_verdict verdict = install_record_read(xml, size, &record);
    uv_mutex_lock(&log->lock);
    if (verdict == RECORD_MALFORMED) {
        log->state.malformed++;
    } else if (verdict == RECORD_READ && log->count == QUEUE) {
        log->state.dropped++;
    } else if (verdict == RECORD_READ) {
        log->state.records++;
        log->queue[(log->first + log->count++) % QUEUE] = record;
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

/* Those that are refused count, too: a flood of them must come to an end. */
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
    log->state.health = health;
    snprintf(log->state.problem, sizeof log->state.problem, "%s",
             health == HEALTH_OK ? "" : problem);
    uv_mutex_unlock(&log->lock);
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
    uv_mutex_unlock(&log->lock);
}
