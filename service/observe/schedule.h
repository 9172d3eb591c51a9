/* schedule.h: when to take a sample (ARCHITECTURE.md, "When samples are taken"). Pure: it reads no
 * clock. */
#ifndef MSIWATCH_SERVICE_SCHEDULE_H
#define MSIWATCH_SERVICE_SCHEDULE_H

#include "common/model.h"

/* Each situation has its interval, which the settings give. */
enum pace { PACE_CALM, PACE_ALERT, PACE_BUSY, PACE_WAITED, PACE_COUNT };

struct sampler_settings {
    uint32_t interval_ms[PACE_COUNT];
};

/* However many hints come, looks begin so far apart at least, or an interval if that is less:
 * clients, whoever writes to the event log and whoever changes a key can make them come. */
#define SCHEDULE_HINTED_US UINT64_C(10000)

/* Where an installation begins, the registry or msiserver changes some milliseconds before the
 * mutex does. While idle such a change begins a burst: looks that begin BURST_STEP_US apart, until
 * one of them finds the machine busy, for BURST_US at most. A burst begins at most once in
 * BURST_EVERY_US, whatever changes meanwhile, and nothing makes it longer. */
#define BURST_STEP_US UINT64_C(1000)
#define BURST_US UINT64_C(50000)
#define BURST_EVERY_US UINT64_C(1000000)

/* Zeroed is a valid start: nothing was looked at yet. */
struct schedule {
    bool looked, bursting, burst;   /* `burst`: there was one, */
    uint64_t burst_us;              /* which began then */
    enum msiserver_state msiserver; /* as the last look found it */
    uint32_t controls;
};

/* A look that was made. */
struct sighting {
    uint64_t begun_us; /* monotonic */
    const struct observation *seen;
    bool hinted; /* a sensor heard of a change that an installation begins with */
    bool waited; /* somebody waits for a change */
};

/* From the begin of that look to the begin of the next one, in microseconds. */
struct pause {
    enum pace pace;
    uint64_t interval_us; /* if nothing hints */
    uint64_t least_us;    /* however much hints */
};

struct pause schedule_next(struct schedule *schedule, const struct sampler_settings *settings,
                           const struct sighting *sighting);

/* The pace that a reading calls for. `waited`: somebody waits for a change. */
enum pace pace_of(const struct observation *seen, bool waited);

const char *pace_name(enum pace pace);

#endif
