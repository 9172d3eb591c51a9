/* eventlog.h: what the service writes to Windows' event log: numbered entries with positional
 * texts.
 *
 * Entries go through a queue to a thread of its own, because writing one can block. When the queue
 * is full, further entries are dropped, and a later entry says how many. A small interface hides
 * where they go: sink_win32.h implements it, and tests have their own. README.md lists the entries;
 * messages.mc has their texts.
 */
#ifndef MSIWATCH_SERVICE_EVENTLOG_H
#define MSIWATCH_SERVICE_EVENTLOG_H

#include <stddef.h>

enum eventlog_level { EVENTLOG_INFORMATION = 1, EVENTLOG_WARNING, EVENTLOG_ERROR };

/* The entries: name, number, level. A number never changes its meaning, because people subscribe to
 * it. */
#define EVENTLOG_ENTRIES(ENTRY)                                                                    \
    ENTRY(STARTED, 100, INFORMATION)                                                               \
    ENTRY(STOPPED, 101, INFORMATION)                                                               \
    ENTRY(FAILED, 102, ERROR)                                                                      \
    ENTRY(DROPPED, 103, WARNING)                                                                   \
    ENTRY(SENSOR_DEGRADED, 200, WARNING)                                                           \
    ENTRY(SENSOR_BACK, 201, INFORMATION)                                                           \
    ENTRY(JOURNAL_DAMAGED, 300, ERROR)                                                             \
    ENTRY(JOURNAL_VOLATILE, 301, WARNING)                                                          \
    ENTRY(JOURNAL_DURABLE, 302, INFORMATION)                                                       \
    ENTRY(SETTING_REJECTED, 400, WARNING)                                                          \
    ENTRY(IDLE, 500, INFORMATION)                                                                  \
    ENTRY(BUSY, 501, INFORMATION)                                                                  \
    ENTRY(UNKNOWN, 502, INFORMATION)

enum eventlog_id {
#define EVENTLOG_ID(name, number, level) EVENTLOG_##name = (number),
    EVENTLOG_ENTRIES(EVENTLOG_ID)
#undef EVENTLOG_ID
};

#define EVENTLOG_TEXTS 9
#define EVENTLOG_TEXT_SIZE 320

struct eventlog_entry {
    enum eventlog_id id;
    size_t count;                                   /* number of texts */
    char texts[EVENTLOG_TEXTS][EVENTLOG_TEXT_SIZE]; /* UTF-8, cut to this size */
};

struct eventlog_sink {
    /* Writes an entry. Called on the eventlog's thread. */
    void (*write)(struct eventlog_sink *self, const struct eventlog_entry *entry);
    /* Frees the sink. No write follows. */
    void (*close)(struct eventlog_sink *self);
};

struct eventlog;

enum eventlog_level eventlog_level_of(enum eventlog_id id);

/* Takes over the sink, even on failure. Returns 0 or a negative libuv code. */
int eventlog_new(struct eventlog **out, struct eventlog_sink *sink);

/* Writes the waiting entries, for at most a second, and frees the eventlog. NULL is allowed. */
void eventlog_free(struct eventlog *eventlog);

/* Adds an entry with `count` texts. Any thread; never waits. Does nothing if `eventlog` is NULL.
 */
void eventlog_add(struct eventlog *eventlog, enum eventlog_id id, size_t count,
                  const char *const texts[]);

#endif
