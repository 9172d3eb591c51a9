/* sink_win32.h: Windows' event log as a sink: channel Application, source MsiWatch.
 *
 * Windows only.
 */
#ifndef MSIWATCH_SERVICE_SINK_WIN32_H
#define MSIWATCH_SERVICE_SINK_WIN32_H

#include "eventlog/eventlog.h"

struct log;

/* Creates the sink. A failure to write is logged once, until a write succeeds again. Returns 0 or a
 * negative libuv code. */
int eventlog_sink_new(struct eventlog_sink **out, struct log *log);

/* Registers the event source, whose messages are in the file `image`, or removes it. Returns a
 * Win32 code. Removing a source that does not exist succeeds. */
unsigned long eventlog_add_source(const wchar_t *image);
unsigned long eventlog_remove_source(void);

#endif
