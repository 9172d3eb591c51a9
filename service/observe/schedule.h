/* schedule.h: when to take a sample (ARCHITECTURE.md, "When samples are taken"). Pure: it reads no
 * clock. */
#ifndef MSIWATCH_SERVICE_SCHEDULE_H
#define MSIWATCH_SERVICE_SCHEDULE_H

#include "common/model.h"

/* Each situation has its interval, which is a setting. */
enum pace { PACE_CALM, PACE_ALERT, PACE_BUSY, PACE_WAITED, PACE_COUNT };

struct sampler_settings {
    uint32_t interval_ms[PACE_COUNT];
};

/* However many hints come, samples begin at least this far apart, or one interval if that is less.
 * Clients, and everybody who writes to the event log or changes a key, can cause hints. */
#define SCHEDULE_HINTED_US UINT64_C(10000)

/* When an installation begins, the registry or msiserver changes some milliseconds before the mutex
 * does. While idle, such a change begins a burst: samples BURST_STEP_US apart, until one of them
 * finds the machine busy, for at most BURST_US. Whatever changes meanwhile, a burst begins at most
 * once in BURST_EVERY_US, and nothing makes it longer. */
#define BURST_STEP_US UINT64_C(1000)
#define BURST_US UINT64_C(50000)
#define BURST_EVERY_US UINT64_C(1000000)

/* Ready to use when zeroed: there was no sample yet. */
struct schedule {
    bool looked, bursting, burst;   /* `burst`: there was a burst, */
    uint64_t burst_us;              /* which began at this time */
    enum msiserver_state msiserver; /* as in the last sample */
    uint32_t controls;
};

/* A sample that was taken. */
struct sighting {
    uint64_t begun_us; /* monotonic */
    const struct observation *seen;
    bool hinted; /* a sensor noticed a change that an installation begins with */
    bool waited; /* a client waits for a change */
};

/* The time from the start of this sample to the start of the next one, in microseconds. */
struct pause {
    enum pace pace;
    uint64_t interval_us; /* if there is no hint */
    uint64_t least_us;    /* however many hints there are */
};

struct pause schedule_next(struct schedule *schedule, const struct sampler_settings *settings,
                           const struct sighting *sighting);

/* Returns the pace that a sample calls for. `waited`: a client waits for a change. */
enum pace pace_of(const struct observation *seen, bool waited);

const char *pace_name(enum pace pace);

#endif
