/* event_sink.c: prints what would go to Windows' event log, as lines on standard error. */
#include "event_sink.h"

#include <stdio.h>

static void write_entry(struct eventlog_sink *self, const struct eventlog_entry *entry)
{
    char line[EVENTLOG_TEXTS * (EVENTLOG_TEXT_SIZE + 1) + 32];
    size_t size = (size_t)snprintf(line, sizeof line, "event %d:", (int)entry->id);
    (void)self;
    for (size_t i = 0; i < entry->count; i++) {
        size += (size_t)snprintf(line + size, sizeof line - size, "%c%s", i == 0 ? ' ' : '|',
                                 entry->texts[i]);
    }
    fprintf(stderr, "%s\n", line);
}

static void close_sink(struct eventlog_sink *self)
{
    (void)self;
}

struct eventlog_sink *event_sink(void)
{
    static struct eventlog_sink sink = {write_entry, close_sink};
    return &sink;
}
