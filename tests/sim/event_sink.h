/* event_sink.h: prints what would go to Windows' event log, as lines on standard error: "event 501:
 * busy|idle|2026-11-22T10:41:07.123Z|4711|mutex". */
#ifndef MSIWATCH_TESTS_EVENT_SINK_H
#define MSIWATCH_TESTS_EVENT_SINK_H

#include "eventlog/eventlog.h"

struct eventlog_sink *event_sink(void);

#endif
