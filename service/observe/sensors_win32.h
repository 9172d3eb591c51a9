/* sensors_win32.h: Windows' sensors, a file each.
 *
 * Each returns 0 or a negative libuv code. `log` may be NULL; a sensor logs a failure once, when it
 * begins, not at every sample.
 */
#ifndef MSIWATCH_SERVICE_SENSORS_WIN32_H
#define MSIWATCH_SERVICE_SENSORS_WIN32_H

#include "base/log.h"
#include "observe/install_log.h"
#include "observe/sensor.h"

struct event_log_api;

/* Global\_MSIExecute: what it is, and who owns it. */
int sensor_mutex_new(struct sensor **out, struct log *log);

/* The service msiserver. Wakes by APC: the thread must wait alertably. */
int sensor_msiserver_new(struct sensor **out, struct log *log);

/* Windows Installer's key in the registry. Gives the waiter two handles. */
int sensor_registry_new(struct sensor **out, struct waiter *waiter, struct log *log);

/* The event log's records of installations, which go to `records`. Gives the waiter a handle. */
int sensor_install_log_new(struct sensor **out, struct waiter *waiter, struct install_log *records,
                           struct log *log);

/* Likewise, with a table of calls instead of the system's, which is copied. */
int sensor_install_log_new_with(struct sensor **out, struct waiter *waiter,
                                struct install_log *records, struct log *log,
                                const struct event_log_api *api);

#endif
