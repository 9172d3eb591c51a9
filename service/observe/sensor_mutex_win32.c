/* sensor_mutex_win32.c: reads the state of Global\_MSIExecute, and its owner. */
#include "base/clock.h"
#include "common/win32/mutex.h"
#include "observe/sensors_win32.h"
#include "base/win32_error.h"

#include <stdlib.h>
#include <uv.h>

#define MINUTE_MS 60000u
#define LINES_A_MINUTE 4

struct sensor_mutex {
    struct sensor base;
    struct log *log;
    struct owner owner;
    DWORD logged_error; /* the error that was logged last; 0 if it could be read */
    uint64_t minute_ms; /* when the current minute began; `lines` were logged in it */
    unsigned lines;
};

/* Logs an error when it begins or changes, and when it ends. Anybody can make that happen in each
 * sample, so only a few lines are logged each minute; after the last of them, the state that is
 * then current is logged. */
static void note(struct sensor_mutex *sensor, DWORD error, const char *what)
{
    uint64_t now_ms = clock_mono_ms();
    if (now_ms - sensor->minute_ms >= MINUTE_MS) {
        sensor->minute_ms = now_ms;
        sensor->lines = 0;
    }
    if (error == sensor->logged_error || sensor->lines == LINES_A_MINUTE) {
        return;
    }
    sensor->lines++;
    sensor->logged_error = error;
    if (error != ERROR_SUCCESS) {
        log_win32(sensor->log, LOG_WARN, error, "%s Global\\_MSIExecute", what);
    } else {
        log_line(sensor->log, LOG_INFO, "Global\\_MSIExecute can be read again");
    }
}

static void read_mutex(struct sensor *self, struct observation *into)
{
    struct sensor_mutex *sensor = (struct sensor_mutex *)self;
    const char *what = "";
    DWORD error = mutex_look(into, &sensor->owner, &what);
    note(sensor, error, what);
}

static void close_mutex(struct sensor *self)
{
    free(self);
}

int sensor_mutex_new(struct sensor **out, struct log *log)
{
    struct sensor_mutex *sensor = calloc(1, sizeof *sensor);
    if (sensor == NULL) {
        return UV_ENOMEM;
    }
    sensor->base = (struct sensor){.read = read_mutex, .close = close_mutex};
    sensor->log = log;
    *out = &sensor->base;
    return 0;
}
