/* msiexecs.h: which msiexec processes run, each with its age, session and parent. Behind the table
 * of common/process_list.h; no process is opened. */
#ifndef MSIWATCH_CLI_MSIEXECS_H
#define MSIWATCH_CLI_MSIEXECS_H

#include "cli/doctor/findings.h"
#include "common/process_list.h"

/* Reads them into the facts. `msiserver_pid`: 0 if it does not run; now_ms: wall. */
void msiexecs_read(struct doctor_facts *facts, const struct process_calls *calls,
                   uint32_t msiserver_pid, int64_t now_ms);

/* Adds a fact for each, or that none runs, or that they cannot be listed. */
void msiexecs_report(const struct doctor_facts *facts, struct report *report);

#endif
