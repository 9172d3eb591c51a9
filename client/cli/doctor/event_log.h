/* event_log.h: what MsiInstaller writes to the event log, for the doctor's timeline. Windows only,
 * one thread. Hearsay: any program may write under that name. */
#ifndef MSIWATCH_CLI_EVENT_LOG_H
#define MSIWATCH_CLI_EVENT_LOG_H

#include "cli/doctor/timeline.h"

struct event_log;

/* Follows the log from now on. CODE_OK, or a Win32 code: it cannot be read here. */
uint32_t event_log_new(struct event_log **out);
void event_log_free(struct event_log *log);

/* Adds an edge for each event that has come: its id, and in the detail when it was logged and what
 * its data say, of paths the last part only. Does not wait. NULL is fine. */
void event_log_take(struct event_log *log, struct edges *timeline);

#endif
