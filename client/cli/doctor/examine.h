/* examine.h: what the doctor does, once its options are read. examine_win32.c; elsewhere there is
 * nothing to examine, and examine_posix.c says so. */
#ifndef MSIWATCH_CLI_EXAMINE_H
#define MSIWATCH_CLI_EXAMINE_H

#include "cli/base/cli.h"
#include "cli/doctor/findings.h"
#include "cli/doctor/report.h"

/* Prints the report: findings, facts, a timeline of `ms`, totals, what the service recorded. Ctrl-C
 * ends the timeline early. The result is the exit code. */
uint32_t examine(struct cli *cli, struct report *report, uint64_t ms);

/* Makes cli->handle, not yet connected. CODE_OK, or an exit code, and why has been said. */
uint32_t examine_open(struct cli *cli);

/* Looks at the mutex: what it is now, into `seen`. */
typedef void examine_look(void *arg, struct observation *seen);

/* Adds what the service says of itself and of what it sees, as facts named "service.", "status."
 * and "metrics."; or that none answers; and the same to `facts`. False: there is no such pipe.
 * If it says another thing of the mutex than `look`, it is asked again. */
bool examine_service(struct cli *cli, struct report *report, struct doctor_facts *facts,
                     examine_look *look, void *arg);

/* Adds the newest events of the service's journal, the oldest of them first; `begun_ms`: when the
 * timeline began, wall. cli->handle is connected. */
void examine_history(struct cli *cli, struct report *report, int64_t begun_ms);

#endif
