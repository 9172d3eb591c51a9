/* health.h: whether each sensor could read its part of the machine. Pure functions. */
#ifndef MSIWATCH_SERVICE_HEALTH_H
#define MSIWATCH_SERVICE_HEALTH_H

#include "common/model.h"

/* The sensors whose readings are in a sample. */
enum sensor_id { SENSOR_MUTEX, SENSOR_MSISERVER, SENSOR_REGISTRY, SENSOR_COUNT };

/* The protocol's words: "mutex", "msiserver", "registry". */
const char *sensor_name(enum sensor_id sensor);

enum health sensor_health(enum sensor_id sensor, const struct observation *seen);

#endif
