/* powershell.h: JSON as the objects of the PowerShell module are. Pure. */
#ifndef MSIWATCH_CLI_POWERSHELL_H
#define MSIWATCH_CLI_POWERSHELL_H

#include "cli/base/text.h"

/* Adds JSON text of ours, changed so that the module (client/powershell) has little to do:
 * owner_pid becomes OwnerProcessId and at Time, times end in +00:00 and not in Z, and durations are
 * in units of 100 ns. Names with other letters than a-z stay. */
void powershell_add_json(struct text *out, const char *json);

/* Makes one array, on one line, of lines of JSON: PowerShell reads it in half the time. */
void powershell_join(struct text *lines);

#endif
