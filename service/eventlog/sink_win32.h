/* sink_win32.h: Windows' event log as a sink: channel Application, source MsiWatch.
 *
 * Windows only.
 */
#ifndef MSIWATCH_SERVICE_SINK_WIN32_H
#define MSIWATCH_SERVICE_SINK_WIN32_H

#include "eventlog/eventlog.h"

struct log;

/* A failure to write is logged once, until a write succeeds. 0 or a negative libuv code. */
int eventlog_sink_new(struct eventlog_sink **out, struct log *log);

/* Enters the source, whose messages are in the file at `image`, or removes it. A Win32 code;
 * removing what is not there is no failure. */
unsigned long eventlog_add_source(const wchar_t *image);
unsigned long eventlog_remove_source(void);

#endif
