/* event_log.h: what MsiInstaller writes to the event log, for the doctor's timeline. Windows only,
 * one thread. Hearsay: any program may write under that name. */
#ifndef MSIWATCH_CLI_EVENT_LOG_H
#define MSIWATCH_CLI_EVENT_LOG_H

#include "cli/doctor/records.h"
#include "cli/doctor/timeline.h"

struct doctor_log;

/* Follows the log from now on. CODE_OK, or a Win32 code: it cannot be read here. */
uint32_t doctor_log_new(struct doctor_log **out);
void doctor_log_free(struct doctor_log *log);

/* What the newest records of the past look like; 0, or a Win32 code. */
uint32_t doctor_log_past(struct doctor_log *log, struct records *records);

/* What those that came since look like. */
struct records doctor_log_records(const struct doctor_log *log);

/* Adds an edge for each event that has come: its id, and in the detail when it was logged, its
 * record id, who wrote it, and what its data say, of paths the last part only. Does not wait.
 * `now_ms`: monotonic. NULL is fine. */
void doctor_log_take(struct doctor_log *log, struct edges *timeline, uint64_t now_ms);

#endif
