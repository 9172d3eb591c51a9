/* event_log.h: reads what MsiInstaller writes to the event log, for the doctor's timeline. Windows
 * only, one thread. Hearsay: any program may write under that name. */
#ifndef MSIWATCH_CLI_EVENT_LOG_H
#define MSIWATCH_CLI_EVENT_LOG_H

#include "cli/doctor/records.h"
#include "cli/doctor/timeline.h"

struct doctor_log;

/* Begins to follow the log from now on. CODE_OK, or a Win32 code if the log cannot be read. */
uint32_t doctor_log_new(struct doctor_log **out);
void doctor_log_free(struct doctor_log *log);

/* Counts the forms of the newest records that are already there. 0, or a Win32 code. */
uint32_t doctor_log_past(struct doctor_log *log, struct records *records);

/* Counts the forms of the records that have come since. */
struct records doctor_log_records(const struct doctor_log *log);

/* Adds an edge for each event that has come: its id, and as detail when it was logged, its record
 * id, who wrote it, and its data, with only the last part of each path. Does not wait. `now_ms`:
 * monotonic. `log` may be NULL. */
void doctor_log_take(struct doctor_log *log, struct edges *timeline, uint64_t now_ms);

#endif
