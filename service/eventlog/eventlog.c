/* eventlog.c: a queue of entries for the event log, and the thread that writes them. */
#include "eventlog/eventlog.h"

#include "common/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { QUEUE = 256 };

#define LAST_MS UINT64_C(1000) /* the longest time that eventlog_free waits */

struct eventlog {
    struct eventlog_sink *sink;
    uv_thread_t thread;
    uv_mutex_t lock; /* guards everything below */
    uv_cond_t changed;
    struct eventlog_entry *queue; /* a ring of QUEUE entries */
    size_t first, count;
    uint64_t dropped;
    bool stop, stopped;
};

enum eventlog_level eventlog_level_of(enum eventlog_id id)
{
    switch (id) {
#define LEVEL_OF(name, number, level)                                                              \
    case EVENTLOG_##name:                                                                          \
        return EVENTLOG_##level;
        EVENTLOG_ENTRIES(LEVEL_OF)
#undef LEVEL_OF
    }
    return EVENTLOG_ERROR;
}

static void write_entry(struct eventlog *eventlog, const struct eventlog_entry *entry)
{
    uv_mutex_unlock(&eventlog->lock);
    eventlog->sink->write(eventlog->sink, entry);
    uv_mutex_lock(&eventlog->lock);
}

/* Reports how many entries did not fit into the queue. Called when the thread has caught up. */
static void write_dropped(struct eventlog *eventlog)
{
    struct eventlog_entry entry = {.id = EVENTLOG_DROPPED, .count = 1};
    snprintf(entry.texts[0], sizeof entry.texts[0], "%llu", (unsigned long long)eventlog->dropped);
    eventlog->dropped = 0;
    write_entry(eventlog, &entry);
}

static void run(void *arg)
{
    struct eventlog *eventlog = arg;
    uv_mutex_lock(&eventlog->lock);
    while (!eventlog->stop || eventlog->count > 0) {
        if (eventlog->count > 0) {
            struct eventlog_entry entry = eventlog->queue[eventlog->first];
            eventlog->first = (eventlog->first + 1) % QUEUE;
            eventlog->count--;
            write_entry(eventlog, &entry);
        } else if (eventlog->dropped > 0) {
            write_dropped(eventlog);
        } else {
            uv_cond_wait(&eventlog->changed, &eventlog->lock);
        }
    }
    eventlog->stopped = true;
    uv_cond_signal(&eventlog->changed);
    uv_mutex_unlock(&eventlog->lock);
}

int eventlog_new(struct eventlog **out, struct eventlog_sink *sink)
{
    int error = UV_ENOMEM;
    struct eventlog *eventlog = calloc(1, sizeof *eventlog);
    if (eventlog == NULL) {
        goto close_sink;
    }
    eventlog->sink = sink;
    eventlog->queue = calloc(QUEUE, sizeof *eventlog->queue);
    if (eventlog->queue == NULL) {
        goto free_report;
    }
    error = uv_mutex_init(&eventlog->lock);
    if (error != 0) {
        goto free_queue;
    }
    error = uv_cond_init(&eventlog->changed);
    if (error != 0) {
        goto destroy_lock;
    }
    error = uv_thread_create(&eventlog->thread, run, eventlog);
    if (error != 0) {
        goto destroy_changed;
    }
    *out = eventlog;
    return 0;

destroy_changed:
    uv_cond_destroy(&eventlog->changed);
destroy_lock:
    uv_mutex_destroy(&eventlog->lock);
free_queue:
    free(eventlog->queue);
free_report:
    free(eventlog);
close_sink:
    sink->close(sink);
    return error;
}

void eventlog_free(struct eventlog *eventlog)
{
    if (eventlog == NULL) {
        return;
    }
    uint64_t until = uv_hrtime() + LAST_MS * 1000000;
    uv_mutex_lock(&eventlog->lock);
    eventlog->stop = true;
    uv_cond_signal(&eventlog->changed);
    while (!eventlog->stopped) {
        uint64_t now = uv_hrtime();
        if (now >= until ||
            uv_cond_timedwait(&eventlog->changed, &eventlog->lock, until - now) != 0) {
            break;
        }
    }
    bool stopped = eventlog->stopped;
    uv_mutex_unlock(&eventlog->lock);
    if (!stopped) {
        return; /* the event log does not answer; the thread ends with the process */
    }
    uv_thread_join(&eventlog->thread);
    eventlog->sink->close(eventlog->sink);
    uv_cond_destroy(&eventlog->changed);
    uv_mutex_destroy(&eventlog->lock);
    free(eventlog->queue);
    free(eventlog);
}

/* A text from outside, such as a path, must not start new lines, nor contain %1 or %%1, which Event
 * Viewer would replace with other texts. */
static void make_harmless(char *text)
{
    for (; *text != '\0'; text++) {
        bool inserts = *text == '%' && (text[1] == '%' || (text[1] >= '0' && text[1] <= '9'));
        if (inserts || (unsigned char)*text < 0x20 || *text == 0x7F) {
            *text = '?';
        }
    }
}

void eventlog_add(struct eventlog *eventlog, enum eventlog_id id, size_t count,
                  const char *const texts[])
{
    if (eventlog == NULL) {
        return;
    }
    uv_mutex_lock(&eventlog->lock);
    if (eventlog->count == QUEUE) {
        eventlog->dropped++;
    } else {
        struct eventlog_entry *entry =
            &eventlog->queue[(eventlog->first + eventlog->count++) % QUEUE];
        memset(entry, 0, sizeof *entry);
        entry->id = id;
        entry->count = count < EVENTLOG_TEXTS ? count : EVENTLOG_TEXTS;
        for (size_t i = 0; i < entry->count; i++) {
            utf8_copy(entry->texts[i], sizeof entry->texts[i], texts[i]);
            make_harmless(entry->texts[i]);
        }
        uv_cond_signal(&eventlog->changed);
    }
    uv_mutex_unlock(&eventlog->lock);
}
