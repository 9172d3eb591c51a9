/* machine.h: reads the machine for the doctor: one sample after the other. Queries only; no handle
 * to the mutex is kept, and none to msiserver for longer than a second, since an open one keeps a
 * service that was deleted from going away. Windows only, one thread. */
#ifndef MSIWATCH_CLI_MACHINE_H
#define MSIWATCH_CLI_MACHINE_H

#include "cli/doctor/timeline.h"

struct machine;

/* CODE_OK, or a Win32 code. */
uint32_t machine_new(struct machine **out);
void machine_free(struct machine *machine);

/* Takes a sample. Never fails: what could not be read, it says. *cost_us: how long that took. */
void machine_look(struct machine *machine, struct sight *sight, uint64_t *cost_us);

#endif
