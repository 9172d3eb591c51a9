/* sensor.h: the interface of all sensors.
 *
 * A sensor reads one part of the machine into its part of a sample. All calls come from the sensor
 * thread, `read` first, so a sensor opens what it needs in its first `read`. `close` also frees the
 * sensor. `read` never fails: if it could not read something, the sample says so. A sensor that can
 * notice changes has the waiter wake the thread for them.
 */
#ifndef MSIWATCH_SERVICE_SENSOR_H
#define MSIWATCH_SERVICE_SENSOR_H

#include "common/model.h"

struct sensor {
    void (*read)(struct sensor *self, struct observation *into);
    void (*close)(struct sensor *self);
    /* The sampler clears these before `read`, which may set them. `hinted`: the sensor noticed a
     * change that an installation begins with, so the mutex may be taken within milliseconds.
     * `news`: the sensor has something for the loop that is not in the sample. */
    bool hinted, news;
};

struct waiter;

#endif
