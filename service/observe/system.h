/* system.h: all sensors on Windows. */
#ifndef MSIWATCH_SERVICE_SYSTEM_H
#define MSIWATCH_SERVICE_SYSTEM_H

#include "observe/install_log.h"
#include "observe/sampler.h"

/* Creates every sensor and gives it to the sampler. Records from the event log go to `records`,
 * which must outlive the sampler. Failures are logged to `log` (a struct log, or NULL). Returns 0
 * or a negative libuv code. */
int system_add_sensors(struct sampler *sampler, struct install_log *records, void *log);

/* Returns when Windows was booted, by the wall clock at that time: when its services.exe started
 * (decide/restart.h says why). 0 if not known. */
int64_t system_booted_ms(void);

#endif
