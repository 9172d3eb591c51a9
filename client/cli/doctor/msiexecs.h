/* msiexecs.h: lists the msiexec processes that run, each with its age, session and parent. Uses the
 * table of common/process_list.h; opens no process. */
#ifndef MSIWATCH_CLI_MSIEXECS_H
#define MSIWATCH_CLI_MSIEXECS_H

#include "cli/doctor/findings.h"
#include "common/process_list.h"

/* Stores them in the facts. `msiserver_pid` is 0 if it does not run; `now_ms` is wall time. */
void msiexecs_read(struct doctor_facts *facts, const struct process_calls *calls,
                   uint32_t msiserver_pid, int64_t now_ms);

/* Adds a fact for each of them; or the fact that none runs, or that they cannot be listed. */
void msiexecs_report(const struct doctor_facts *facts, struct report *report);

#endif
