/* system.h: the sensors of this system.
 *
 * sensors_add makes every sensor that the system has and gives it to the sampler. Implemented once
 * for Windows (system_win32.c) and once, scripted, for the simulator (tests/sim).
 */
#ifndef MSIWATCH_SERVICE_SYSTEM_H
#define MSIWATCH_SERVICE_SYSTEM_H

#include "observe/install_log.h"
#include "observe/sampler.h"

/* 0 or a negative libuv code. What the event log tells goes to `records`, which outlive the
 * sampler. `context` is the log on Windows and the script in the simulator. */
int sensors_add(struct sampler *sampler, struct install_log *records, void *context);

#endif
