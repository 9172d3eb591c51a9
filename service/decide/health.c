/* health.c: whether each sensor could read its part of the machine. */
#include "decide/health.h"

const char *sensor_name(enum sensor_id sensor)
{
    static const char *const names[SENSOR_COUNT] = {"mutex", "msiserver", "registry"};
    return names[sensor];
}

enum health sensor_health(enum sensor_id sensor, const struct observation *seen)
{
    switch (sensor) {
    case SENSOR_MUTEX:
        return seen->mutex.state == MUTEX_DENIED     ? HEALTH_DENIED
               : mutex_unreadable(seen->mutex.state) ? HEALTH_UNAVAILABLE
                                                     : HEALTH_OK;
    case SENSOR_MSISERVER:
        return seen->msiserver.state == MSISERVER_DENIED  ? HEALTH_DENIED
               : seen->msiserver.state == MSISERVER_ERROR ? HEALTH_UNAVAILABLE
                                                          : HEALTH_OK;
    case SENSOR_REGISTRY:
    case SENSOR_COUNT:
        break;
    }
    return seen->registry_known ? HEALTH_OK : HEALTH_UNAVAILABLE;
}
