/* eventlog.h: what the service tells Windows' event log: numbered entries with positional texts.
 *
 * Entries go through a queue to a thread of its own, because writing one can block; when the queue
 * is full, further ones are dropped and the next that fits says how many. Where they go is behind
 * a small interface: eventlog_win32.h, and what tests read. README.md lists the entries;
 * messages.mc has their words.
 */
#ifndef MSIWATCH_SERVICE_REPORT_H
#define MSIWATCH_SERVICE_REPORT_H

#include <stddef.h>

/* Numbers never change their meaning: people's subscriptions name them. */
enum eventlog_id {
    EVENTLOG_STARTED = 100,
    EVENTLOG_STOPPED = 101,
    EVENTLOG_FAILED = 102,
    EVENTLOG_DROPPED = 103,
    EVENTLOG_SENSOR_DEGRADED = 200,
    EVENTLOG_SENSOR_BACK = 201,
    EVENTLOG_JOURNAL_DAMAGED = 300,
    EVENTLOG_JOURNAL_VOLATILE = 301,
    EVENTLOG_JOURNAL_DURABLE = 302,
    EVENTLOG_SETTING_REJECTED = 400,
    EVENTLOG_IDLE = 500,
    EVENTLOG_BUSY = 501,
    EVENTLOG_UNKNOWN = 502,
};

enum eventlog_level { EVENTLOG_INFORMATION, EVENTLOG_WARNING, EVENTLOG_ERROR };

#define EVENTLOG_TEXTS 5
#define EVENTLOG_TEXT_SIZE 320

struct eventlog_entry {
    enum eventlog_id id;
    size_t count;                                   /* of texts */
    char texts[EVENTLOG_TEXTS][EVENTLOG_TEXT_SIZE]; /* UTF-8, cut */
};

struct eventlog_sink {
    /* Writes one; on the eventlog's thread. */
    void (*write)(struct eventlog_sink *self, const struct eventlog_entry *entry);
    /* Frees it; no write follows. */
    void (*close)(struct eventlog_sink *self);
};

struct eventlog;

enum eventlog_level eventlog_level_of(enum eventlog_id id);

/* Takes over the sink, also on failure. 0 or a negative libuv code. */
int eventlog_new(struct eventlog **out, struct eventlog_sink *sink);

/* Writes what waits, for at most a second. NULL is fine. */
void eventlog_free(struct eventlog *eventlog);

/* Adds an entry with `count` texts. Any thread; never waits. NULL is an eventlog that nobody reads.
 */
void eventlog_add(struct eventlog *eventlog, enum eventlog_id id, size_t count,
                  const char *const texts[]);

#endif
