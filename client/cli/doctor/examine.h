/* examine.h: what the doctor does, once its options are read. examine_win32.c; elsewhere there is
 * nothing to examine, and examine_posix.c says so. */
#ifndef MSIWATCH_CLI_EXAMINE_H
#define MSIWATCH_CLI_EXAMINE_H

#include "cli/base/cli.h"
#include "cli/doctor/report.h"

/* Prints the report: facts, a timeline of `ms`, totals. Ctrl-C ends the timeline early. The
 * result is the exit code. */
uint32_t examine(struct cli *cli, struct report *report, uint64_t ms);

/* Makes cli->handle, not yet connected. CODE_OK, or an exit code, and why has been said. */
uint32_t examine_open(struct cli *cli);

/* Adds what the service says of itself and of what it sees, as facts named "service.", "status."
 * and "metrics."; or that none answers. False: there is no such pipe. */
bool examine_service(struct cli *cli, struct report *report);

#endif
