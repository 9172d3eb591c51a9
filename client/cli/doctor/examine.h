/* examine.h: runs the doctor once its options are read. examine_win32.c does the work; on other
 * systems there is nothing to examine, and examine_posix.c says so. */
#ifndef MSIWATCH_CLI_EXAMINE_H
#define MSIWATCH_CLI_EXAMINE_H

#include "cli/base/cli.h"
#include "cli/doctor/findings.h"
#include "cli/doctor/report.h"

/* Prints the report: findings, facts, a timeline of `ms`, totals, what the service recorded. Ctrl-C
 * ends the timeline early. Returns the exit code. */
uint32_t examine(struct cli *cli, struct report *report, uint64_t ms);

/* Reads the mutex and stores its state in `seen`. */
typedef void examine_look(void *arg, struct observation *seen);

/* Asks the service about itself and about what it sees. Adds the answers as facts named "service.",
 * "status." and "metrics.", or the fact that no service answers, and stores them in `facts`. If it
 * reports another state of the mutex than `look`, it is asked again. False: the pipe does not
 * exist. */
bool examine_service(struct cli *cli, struct report *report, struct doctor_facts *facts,
                     examine_look *look, void *arg);

/* Adds the newest events of the service's journal, the oldest of them first. `begun_ms` is the wall
 * time when the timeline began. cli->handle is connected. */
void examine_history(struct cli *cli, struct report *report, int64_t begun_ms);

#endif
