/* eventlog.c: a queue of entries for the event log, and the thread that writes them. */
#include "eventlog/eventlog.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { QUEUE = 256 };

#define LAST_MS UINT64_C(1000) /* how long report_free waits */

struct report {
    struct report_sink *sink;
    uv_thread_t thread;
    uv_mutex_t lock; /* guards all below */
    uv_cond_t changed;
    struct report_entry *queue; /* a ring of QUEUE */
    size_t first, count;
    uint64_t dropped;
    bool stop, stopped;
};

enum report_level report_level_of(enum report_id id)
{
    switch (id) {
    case REPORT_FAILED:
    case REPORT_JOURNAL_DAMAGED:
        return REPORT_ERROR;
    case REPORT_DROPPED:
    case REPORT_SENSOR_DEGRADED:
    case REPORT_JOURNAL_VOLATILE:
    case REPORT_SETTING_REJECTED:
        return REPORT_WARNING;
    case REPORT_STARTED:
    case REPORT_STOPPED:
    case REPORT_SENSOR_BACK:
    case REPORT_JOURNAL_DURABLE:
    case REPORT_IDLE:
    case REPORT_BUSY:
    case REPORT_UNKNOWN:
        break;
    }
    return REPORT_INFORMATION;
}

static void write_entry(struct report *report, const struct report_entry *entry)
{
    uv_mutex_unlock(&report->lock);
    report->sink->write(report->sink, entry);
    uv_mutex_lock(&report->lock);
}

/* There were more than it could take; that is told when it has caught up. */
static void write_dropped(struct report *report)
{
    struct report_entry entry = {.id = REPORT_DROPPED, .count = 1};
    snprintf(entry.texts[0], sizeof entry.texts[0], "%llu", (unsigned long long)report->dropped);
    report->dropped = 0;
    write_entry(report, &entry);
}

static void run(void *arg)
{
    struct report *report = arg;
    uv_mutex_lock(&report->lock);
    while (!report->stop || report->count > 0) {
        if (report->count > 0) {
            struct report_entry entry = report->queue[report->first];
            report->first = (report->first + 1) % QUEUE;
            report->count--;
            write_entry(report, &entry);
        } else if (report->dropped > 0) {
            write_dropped(report);
        } else {
            uv_cond_wait(&report->changed, &report->lock);
        }
    }
    report->stopped = true;
    uv_cond_signal(&report->changed);
    uv_mutex_unlock(&report->lock);
}

int report_new(struct report **out, struct report_sink *sink)
{
    int error = UV_ENOMEM;
    struct report *report = calloc(1, sizeof *report);
    if (report == NULL) {
        goto close_sink;
    }
    report->sink = sink;
    report->queue = calloc(QUEUE, sizeof *report->queue);
    if (report->queue == NULL) {
        goto free_report;
    }
    error = uv_mutex_init(&report->lock);
    if (error != 0) {
        goto free_queue;
    }
    error = uv_cond_init(&report->changed);
    if (error != 0) {
        goto destroy_lock;
    }
    error = uv_thread_create(&report->thread, run, report);
    if (error != 0) {
        goto destroy_changed;
    }
    *out = report;
    return 0;

destroy_changed:
    uv_cond_destroy(&report->changed);
destroy_lock:
    uv_mutex_destroy(&report->lock);
free_queue:
    free(report->queue);
free_report:
    free(report);
close_sink:
    sink->close(sink);
    return error;
}

void report_free(struct report *report)
{
    if (report == NULL) {
        return;
    }
    uint64_t until = uv_hrtime() + LAST_MS * 1000000;
    uv_mutex_lock(&report->lock);
    report->stop = true;
    uv_cond_signal(&report->changed);
    while (!report->stopped) {
        uint64_t now = uv_hrtime();
        if (now >= until || uv_cond_timedwait(&report->changed, &report->lock, until - now) != 0) {
            break;
        }
    }
    bool stopped = report->stopped;
    uv_mutex_unlock(&report->lock);
    if (!stopped) {
        return; /* the event log does not answer; the process ends, and so does the thread */
    }
    uv_thread_join(&report->thread);
    report->sink->close(report->sink);
    uv_cond_destroy(&report->changed);
    uv_mutex_destroy(&report->lock);
    free(report->queue);
    free(report);
}

void report_add(struct report *report, enum report_id id, size_t count, const char *const texts[])
{
    if (report == NULL) {
        return;
    }
    uv_mutex_lock(&report->lock);
    if (report->count == QUEUE) {
        report->dropped++;
    } else {
        struct report_entry *entry = &report->queue[(report->first + report->count++) % QUEUE];
        memset(entry, 0, sizeof *entry);
        entry->id = id;
        entry->count = count < REPORT_TEXTS ? count : REPORT_TEXTS;
        for (size_t i = 0; i < entry->count; i++) {
            snprintf(entry->texts[i], sizeof entry->texts[i], "%s", texts[i]);
        }
        uv_cond_signal(&report->changed);
    }
    uv_mutex_unlock(&report->lock);
}
