/* machine.h: reads the machine for the doctor, one sample after the other. It only queries. It
 * keeps no handle to the mutex, and none to msiserver for longer than a second, because an open
 * handle keeps a deleted service from disappearing. Windows only, one thread. */
#ifndef MSIWATCH_CLI_MACHINE_H
#define MSIWATCH_CLI_MACHINE_H

#include "cli/doctor/timeline.h"

struct machine;

/* CODE_OK, or a Win32 code. */
uint32_t machine_new(struct machine **out);
void machine_free(struct machine *machine);

/* Takes a sample. Never fails: `sight` says what could not be read. *cost_us: how long it took. */
void machine_look(struct machine *machine, struct sight *sight, uint64_t *cost_us);

#endif
