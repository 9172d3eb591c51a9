/* sensors_win32.h: the sensors on Windows, one file each.
 *
 * Each function returns 0 or a negative libuv code. `log` may be NULL; a sensor logs a failure
 * once, when it begins, not at every sample.
 */
#ifndef MSIWATCH_SERVICE_SENSORS_WIN32_H
#define MSIWATCH_SERVICE_SENSORS_WIN32_H

#include "base/log.h"
#include "observe/install_log.h"
#include "observe/sensor.h"

struct event_log_api;

/* The state of Global\_MSIExecute, and its owner. */
int sensor_mutex_new(struct sensor **out, struct log *log);

/* The service msiserver. It wakes the thread by APC, so the thread must wait alertably. */
int sensor_msiserver_new(struct sensor **out, struct log *log);

/* Windows Installer's key in the registry. Adds two handles to the waiter. */
int sensor_registry_new(struct sensor **out, struct waiter *waiter, struct log *log);

/* The event log's records about installations, which go to `records`. Adds a handle to the
 * waiter. */
int sensor_install_log_new(struct sensor **out, struct waiter *waiter, struct install_log *records,
                           struct log *log);

/* The same, with a table of calls, which is copied, instead of the system's. */
int sensor_install_log_new_with(struct sensor **out, struct waiter *waiter,
                                struct install_log *records, struct log *log,
                                const struct event_log_api *api);

#endif
