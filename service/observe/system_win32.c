/* system_win32.c: Windows' sensors, in the order in which they are read. */
#include "observe/system.h"

#include "observe/sensors_win32.h"

/* Adds what a maker has made. */
static int add(struct sampler *sampler, int error, struct sensor **sensor)
{
    return error != 0 ? error : sampler_add(sampler, *sensor);
}

int system_add_sensors(struct sampler *sampler, struct install_log *records, void *log)
{
    struct waiter *waiter = sampler_waiter(sampler);
    struct sensor *sensor = NULL;
    int error = add(sampler, sensor_mutex_new(&sensor, log), &sensor);
    if (error != 0) {
        return error;
    }
    error = add(sampler, sensor_msiserver_new(&sensor, log), &sensor);
    if (error != 0) {
        return error;
    }
    error = add(sampler, sensor_registry_new(&sensor, waiter, log), &sensor);
    if (error != 0) {
        return error;
    }
    error = add(sampler, sensor_processes_new(&sensor, log), &sensor);
    if (error != 0) {
        return error;
    }
    return add(sampler, sensor_install_log_new(&sensor, waiter, records, log), &sensor);
}
