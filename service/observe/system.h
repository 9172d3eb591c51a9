/* system.h: Windows' sensors, all of them. */
#ifndef MSIWATCH_SERVICE_SYSTEM_H
#define MSIWATCH_SERVICE_SYSTEM_H

#include "observe/install_log.h"
#include "observe/sampler.h"

/* Makes every sensor and gives it to the sampler. What the event log says goes to `records`, which
 * outlive the sampler; `log` (a struct log, or NULL) is for what fails. 0 or a negative libuv
 * code. */
int system_add_sensors(struct sampler *sampler, struct install_log *records, void *log);

/* When Windows was booted, by the wall clock of that time: when its services.exe began
 * (decide/restart.h says why). 0: not known. */
int64_t system_booted_ms(void);

#endif
