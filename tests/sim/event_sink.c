/* event_sink.c: what would go to Windows' event log, as lines on standard error. */
#include "event_sink.h"

#include <stdio.h>

static void write_entry(struct report_sink *self, const struct report_entry *entry)
{
    char line[REPORT_TEXTS * (REPORT_TEXT_SIZE + 1) + 32];
    size_t size = (size_t)snprintf(line, sizeof line, "event %d:", (int)entry->id);
    (void)self;
    for (size_t i = 0; i < entry->count; i++) {
        size += (size_t)snprintf(line + size, sizeof line - size, "%c%s", i == 0 ? ' ' : '|',
                                 entry->texts[i]);
    }
    fprintf(stderr, "%s\n", line);
}

static void close_sink(struct report_sink *self)
{
    (void)self;
}

struct report_sink *event_sink(void)
{
    static struct report_sink sink = {write_entry, close_sink};
    return &sink;
}
