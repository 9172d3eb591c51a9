/* system_win32.c: Windows' sensors, in the order in which they are read. */
#include "observe/sensors_win32.h"
#include "observe/system.h"

/* `context` is the log, or NULL. */
int sensors_add(struct sampler *sampler, struct install_log *records, void *context)
{
    struct log *log = context;
    struct sensor *sensor;
    int error = sensor_mutex_new(&sensor, log);
    if (error == 0) {
        error = sampler_add(sampler, sensor);
    }
    if (error == 0 && (error = sensor_msiserver_new(&sensor, log)) == 0) {
        error = sampler_add(sampler, sensor);
    }
    if (error == 0 && (error = sensor_registry_new(&sensor, sampler_waiter(sampler), log)) == 0) {
        error = sampler_add(sampler, sensor);
    }
    if (error == 0 && (error = sensor_processes_new(&sensor, log)) == 0) {
        error = sampler_add(sampler, sensor);
    }
    if (error == 0 &&
        (error = sensor_install_log_new(&sensor, sampler_waiter(sampler), records, log)) == 0) {
        error = sampler_add(sampler, sensor);
    }
    return error;
}
