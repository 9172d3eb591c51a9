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
enum report_id {
    REPORT_STARTED = 100,
    REPORT_STOPPED = 101,
    REPORT_FAILED = 102,
    REPORT_DROPPED = 103,
    REPORT_SENSOR_DEGRADED = 200,
    REPORT_SENSOR_BACK = 201,
    REPORT_JOURNAL_DAMAGED = 300,
    REPORT_JOURNAL_VOLATILE = 301,
    REPORT_JOURNAL_DURABLE = 302,
    REPORT_SETTING_REJECTED = 400,
    REPORT_IDLE = 500,
    REPORT_BUSY = 501,
    REPORT_UNKNOWN = 502,
};

enum report_level { REPORT_INFORMATION, REPORT_WARNING, REPORT_ERROR };

#define REPORT_TEXTS 5
#define REPORT_TEXT_SIZE 320

struct report_entry {
    enum report_id id;
    size_t count;                               /* of texts */
    char texts[REPORT_TEXTS][REPORT_TEXT_SIZE]; /* UTF-8, cut */
};

struct report_sink {
    /* Writes one; on the report's thread. */
    void (*write)(struct report_sink *self, const struct report_entry *entry);
    /* Frees it; no write follows. */
    void (*close)(struct report_sink *self);
};

struct report;

enum report_level report_level_of(enum report_id id);

/* Takes over the sink, also on failure. 0 or a negative libuv code. */
int report_new(struct report **out, struct report_sink *sink);

/* Writes what waits, for at most a second. NULL is fine. */
void report_free(struct report *report);

/* Adds an entry with `count` texts. Any thread; never waits. NULL is a report that nobody reads. */
void report_add(struct report *report, enum report_id id, size_t count, const char *const texts[]);

#endif
