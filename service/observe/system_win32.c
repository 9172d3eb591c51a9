/* system_win32.c: all sensors on Windows, in the order in which they are read. */
#include "observe/system.h"

#include "observe/process_watch.h"
#include "observe/sensors_win32.h"
#include "common/win32/process_calls.h"

/* Adds a sensor that was created with this result. */
static int add(struct sampler *sampler, int error, struct sensor **sensor)
{
    return error != 0 ? error : sampler_add(sampler, *sensor);
}

/* Must be added before the event log's sensor, which puts the records and asks who started a
 * client. */
static int add_watch(struct sampler *sampler, struct install_log *records, struct log *log)
{
    struct process_watch *watch;
    int error = process_watch_new(&watch, process_calls_of_system(), log);
    if (error == 0) {
        install_log_set_clients(records, &(struct install_log_clients){process_watch_began,
                                                                       process_watch_ended, watch});
        error = sampler_add(sampler, process_watch_sensor(watch));
    }
    return error;
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
    error = add_watch(sampler, records, log);
    if (error != 0) {
        return error;
    }
    return add(sampler, sensor_install_log_new(&sensor, waiter, records, log), &sensor);
}

int64_t system_booted_ms(void)
{
    struct process_list list;
    process_list_init(&list, process_calls_of_system());
    const struct process_entry *services = process_list_look(&list) == 0
                                               ? process_list_first(&list, "services.exe")
                                               : NULL;
    int64_t booted_ms = services == NULL ? 0 : process_began_ms(services);
    process_list_release(&list);
    return booted_ms;
}
