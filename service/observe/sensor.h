/* sensor.h: the one interface of all sensors.
 *
 * A sensor reads one thing of the machine into its part of an observation. All calls come from
 * the sensor thread, `read` first, so a sensor opens what it needs in its first `read`; `close`
 * frees the sensor too. `read` never fails: what it could not read it says in the observation.
 * A sensor that can hear of changes asks the waiter to wake for them.
 */
#ifndef MSIWATCH_SERVICE_SENSOR_H
#define MSIWATCH_SERVICE_SENSOR_H

#include "common/model.h"

struct sensor {
    const char *name;
    void (*read)(struct sensor *self, struct observation *into);
    void (*close)(struct sensor *self);
    /* Set by `read`, which finds them false. `hinted`: the sensor heard of a change that an
     * installation begins with, so that the mutex may be taken within milliseconds. `news`: it has
     * something for the loop that is not in the observation. */
    bool hinted, news;
};

struct waiter;

#endif
