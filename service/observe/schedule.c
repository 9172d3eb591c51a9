/* schedule.c: when to take a sample. */
#include "observe/schedule.h"

static bool is_busy(const struct observation *seen)
{
    return seen->mutex.state == MUTEX_HELD || msiserver_says_busy(seen);
}

enum pace pace_of(const struct observation *seen, bool waited)
{
    if (waited) {
        return PACE_WAITED;
    }
    if (is_busy(seen)) {
        return PACE_BUSY;
    }
    switch (seen->msiserver.state) {
    case MSISERVER_START_PENDING:
    case MSISERVER_RUNNING:
    case MSISERVER_CONTINUE_PENDING:
    case MSISERVER_PAUSE_PENDING:
    case MSISERVER_PAUSED:
        return PACE_ALERT;
    default:
        return PACE_CALM;
    }
}

const char *pace_name(enum pace pace)
{
    static const char *const names[PACE_COUNT] = {"calm", "alert", "busy", "waited"};
    return pace < PACE_COUNT ? names[pace] : "error";
}

/* Returns whether something changed that usually changes when an installation begins. */
static bool is_hinted(struct schedule *schedule, const struct sighting *sighting)
{
    const struct observation *seen = sighting->seen;
    bool changed = schedule->looked && (schedule->msiserver != seen->msiserver.state ||
                                        schedule->controls != seen->msiserver.controls);
    schedule->looked = true;
    schedule->msiserver = seen->msiserver.state;
    schedule->controls = seen->msiserver.controls;
    return changed || sighting->hinted;
}

static void follow_burst(struct schedule *schedule, const struct sighting *sighting)
{
    bool hinted = is_hinted(schedule, sighting);
    uint64_t since_us = sighting->begun_us - schedule->burst_us;
    if (is_busy(sighting->seen) || mutex_unreadable(sighting->seen->mutex.state) ||
        since_us >= BURST_US) {
        schedule->bursting = false;
    }
    if (hinted && !is_busy(sighting->seen) && !mutex_unreadable(sighting->seen->mutex.state) &&
        (!schedule->burst || since_us >= BURST_EVERY_US)) {
        schedule->bursting = schedule->burst = true;
        schedule->burst_us = sighting->begun_us;
    }
}

struct pause schedule_next(struct schedule *schedule, const struct sampler_settings *settings,
                           const struct sighting *sighting)
{
    struct pause pause = {.pace = pace_of(sighting->seen, sighting->waited)};
    uint32_t ms = settings->interval_ms[pause.pace];
    uint32_t unwaited_ms = settings->interval_ms[pace_of(sighting->seen, false)];
    follow_burst(schedule, sighting);
    pause.interval_us = (unwaited_ms < ms ? unwaited_ms : ms) * UINT64_C(1000);
    if (schedule->bursting && pause.interval_us > BURST_STEP_US) {
        pause.interval_us = BURST_STEP_US;
    }
    pause.least_us = pause.interval_us < SCHEDULE_HINTED_US ? pause.interval_us
                                                            : SCHEDULE_HINTED_US;
    return pause;
}
