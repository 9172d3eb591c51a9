/* monitor.c: a sample goes in, a status and events come out. */
#include "decide/monitor.h"

#include "base/clock.h"
#include "base/log.h"
#include "decide/decider.h"
#include "decide/correlator.h"
#include "decide/stall.h"

#include <stdlib.h>
#include <string.h>

/* The sensors count as silent only if three checks in a row, a second apart, find it. After the
 * system has slept, the first check comes before the first sample. */
#define TICK_MS 1000u
#define SILENT_TICKS 3

struct monitor {
    struct monitor_config config;
    struct monitor_listener listeners[MONITOR_LISTENERS];
    size_t listener_count;
    struct decider decider;
    struct correlator *correlator;
    struct stall stall;
    uint64_t busy_position;  /* the position of the transition that began the current period */
    struct observation seen; /* the last sample */
    uv_timer_t silence;
    uint64_t silence_set_ms; /* when `silence` was started */
    uv_timer_t due;          /* fires when an event about an installation is complete */
    int silent_ticks;
};

/* Calls a function on every listener `to` that has it. */
#define REPORT(monitor, function, arguments)                                                       \
    for (size_t n = 0; n < (monitor)->listener_count; n++) {                                       \
        const struct monitor_listener *to = &(monitor)->listeners[n];                              \
        if (to->function != NULL) {                                                                \
            to->function arguments;                                                                \
        }                                                                                          \
    }

/* ---- installations ---- */

/* msiserver runs custom actions in its own child processes. */
static enum owner_role find_owner_role(const struct monitor *monitor, uint64_t mono_ms)
{
    const struct observation *seen = &monitor->seen;
    uint32_t owner = seen->mutex.owner_pid, service = seen->msiserver.pid;
    if (!seen->mutex.owner_known || owner == 0) {
        return ROLE_UNKNOWN;
    }
    return service != 0 && (owner == service || seen->mutex.owner_parent_pid == service)
               ? ROLE_SERVICE
               : correlator_owner_role(monitor->correlator, owner, mono_ms);
}

static void learn(struct monitor *monitor)
{
    struct install install;
    uint64_t now_ms = clock_mono_ms();
    bool known = correlator_current(monitor->correlator, now_ms, &install);
    enum owner_role owner = find_owner_role(monitor, now_ms);
    const struct restart *restart = correlator_restart(monitor->correlator);
    REPORT(monitor, learnt, (to->arg, known ? &install : NULL, owner, restart));
}

static void on_due(uv_timer_t *timer);

/* Reports what is complete at that time; UINT64_MAX for everything. */
static void report_until(struct monitor *monitor, uint64_t mono_ms)
{
    struct event event;
    struct install install;
    bool again;
    while (correlator_next(monitor->correlator, mono_ms, &event, &install, &again)) {
        log_line(monitor->config.log, LOG_INFO, "installation recorded: %s, %s",
                 install.product[0] != '\0' ? install.product : "product unknown",
                 install.result == RESULT_UNKNOWN ? "result unknown"
                                                  : install_result_name(install.result));
        monitor->config.record(monitor->config.arg, &event);
        REPORT(monitor, installed, (to->arg, &event, again));
    }
    learn(monitor);
    uint64_t due_ms = correlator_due(monitor->correlator), now_ms = clock_mono_ms();
    if (due_ms == UINT64_MAX) {
        uv_timer_stop(&monitor->due);
    } else {
        uv_update_time(monitor->config.loop);
        uv_timer_start(&monitor->due, on_due, due_ms > now_ms ? due_ms - now_ms : 0, 0);
    }
}

static void on_due(uv_timer_t *timer)
{
    report_until(timer->data, clock_mono_ms());
}

void monitor_record(struct monitor *monitor, const struct install_record *record)
{
    correlator_record(monitor->correlator, record, clock_mono_ms());
}

const struct restart *monitor_restart(const struct monitor *monitor)
{
    return correlator_restart(monitor->correlator);
}

void monitor_remember_restart(struct monitor *monitor, const struct restart *restart)
{
    correlator_remember_restart(monitor->correlator, restart);
    learn(monitor);
}

void monitor_log_readable(struct monitor *monitor, bool readable)
{
    correlator_log_readable(monitor->correlator, readable, clock_mono_ms());
}

void monitor_report_installs(struct monitor *monitor)
{
    report_until(monitor, clock_mono_ms());
}

/* ---- the verdict ---- */

static void record_transition(struct monitor *monitor, const struct event *transition)
{
    const struct observation *seen = &monitor->seen;
    log_line(monitor->config.log, LOG_INFO, "%s -> %s (mutex %s, msiserver %s)",
             verdict_state_name(transition->from), verdict_state_name(transition->to),
             mutex_state_name(seen->mutex.state), msiserver_state_name(seen->msiserver.state));
    uint64_t position = monitor->config.record(monitor->config.arg, transition);
    monitor->busy_position = position;
    correlator_transition(monitor->correlator, transition, position, seen->mono_ms);
    learn(monitor);
}

/* Returns whether there is an activity event. If a period ends, it comes before the transition. */
static bool record_activity(struct monitor *monitor, const struct event *transition,
                            struct event *event)
{
    const struct observation *seen = &monitor->seen;
    *event = (struct event){
        .kind = EVENT_ACTIVITY, .at_ms = seen->wall_ms, .of = monitor->busy_position};
    enum stall_change change = transition == NULL
                                   ? stall_look(&monitor->stall, seen, &event->activity)
                                   : stall_turn(&monitor->stall, transition->to == VERDICT_BUSY,
                                                seen->mono_ms, &event->activity);
    if (transition != NULL && transition->to == VERDICT_BUSY) {
        struct activity none;
        stall_look(&monitor->stall, seen, &none); /* later samples are compared with this one */
    }
    if (change == STALL_SAME) {
        return false;
    }
    log_line(monitor->config.log, LOG_INFO,
             change == STALL_BEGAN
                 ? "stalled: no CPU or I/O in the installer's own processes for %u s"
                 : "no longer stalled: the installer's own processes are active again after %u s",
             (unsigned)(event->activity.still_ms / 1000));
    monitor->config.record(monitor->config.arg, event);
    return true;
}

static void copy_owner(struct event_owner *owner, const struct observation *seen)
{
    static const struct chain_process none;
    owner->pid = seen->mutex.owner_pid;
    owner->foreign = seen->mutex.owner_foreign;
    memcpy(owner->image, seen->mutex.owner_image, sizeof owner->image);
    memcpy(owner->user, seen->mutex.owner_user, sizeof owner->user);
    const struct chain_process *starter = chain_starter(&seen->mutex.owner_chain, 1);
    owner->started_by = starter == NULL ? none : *starter;
}

static void decide(struct monitor *monitor, const struct observation *seen)
{
    struct decider *decider = &monitor->decider;
    struct event transition, activity;
    bool meaningful = decider->controls_meaningful;
    bool abandoned = monitor->seen.mutex.state == MUTEX_ABANDONED;
    bool other_owner = monitor->seen.mutex.owner_pid != seen->mutex.owner_pid ||
                       monitor->seen.msiserver.pid != seen->msiserver.pid;
    monitor->seen = *seen;
    bool changed = decider_look(decider, seen, &transition);
    bool stall_changed = record_activity(monitor, changed ? &transition : NULL, &activity);
    struct status status = {
        .state = decider->verdict.state,
        .since_ms = decider->since_wall_ms,
        .reasons = decider->verdict.reasons,
        .seen = *seen,
        .says_busy = msiserver_says_busy(seen),
        .suspended = decider_suspended(decider, seen, seen->mono_ms),
        .activity = monitor->stall.activity,
    };
    struct event_owner owner;
    if (changed && transition.to == VERDICT_BUSY && seen->mutex.owner_known) {
        copy_owner(&owner, seen);
        transition.owner = &owner;
    }
    struct monitor_look look = {&status, decider->since_mono_ms, changed ? &transition : NULL,
                                stall_changed ? &activity : NULL};
    if (changed) {
        record_transition(monitor, &transition);
    }
    if (seen->mutex.state == MUTEX_ABANDONED && !abandoned) {
        correlator_abandoned(monitor->correlator, seen->mono_ms);
    }
    if (other_owner) {
        learn(monitor);
    }
    if (decider->controls_meaningful && !meaningful) {
        REPORT(monitor, controls_meaningful, (to->arg));
    }
    REPORT(monitor, looked, (to->arg, &look));
}

static void on_silence(uv_timer_t *timer);

static void expect_sample(struct monitor *monitor, uint64_t within_ms)
{
    monitor->silence_set_ms = clock_mono_ms();
    uv_timer_start(&monitor->silence, on_silence, within_ms, 0);
}

/* Samples may come a hundred times a second, so the timer is restarted at most once in TICK_MS. */
static void hear_sample(struct monitor *monitor)
{
    monitor->silent_ticks = 0;
    if (clock_mono_ms() - monitor->silence_set_ms >= TICK_MS) {
        expect_sample(monitor, monitor->config.settings.silence_ms);
    }
}

/* A sample that began before the sensors counted as silent is about a time that is over. */
bool monitor_observe(struct monitor *monitor, const struct observation *seen)
{
    bool taken = seen->mono_ms >= monitor->seen.mono_ms;
    hear_sample(monitor);
    if (taken) {
        decide(monitor, seen);
    }
    return taken;
}

uint64_t monitor_due(const struct monitor *monitor)
{
    return decider_due(&monitor->decider, &monitor->seen);
}

void monitor_remember_controls(struct monitor *monitor)
{
    monitor->decider.controls_meaningful = true;
}

/* Nothing is known any more, because the sensors are silent, or the service stops. */
static void lose_sight(struct monitor *monitor)
{
    struct observation seen = monitor->seen;
    seen.mono_ms = clock_mono_ms();
    seen.wall_ms = clock_wall_ms();
    seen.mutex.state = MUTEX_ERROR;
    seen.mutex.owner_known = false;
    seen.msiserver.state = MSISERVER_ERROR;
    seen.registry_known = false;
    seen.ui_clients = -1;
    seen.work.known = false;
    flapping_end(&monitor->decider.flapping, seen.mono_ms);
    decide(monitor, &seen);
}

static uint64_t last_sample_ms(const struct monitor *monitor)
{
    const struct monitor_config *config = &monitor->config;
    uint64_t last_ms = monitor->seen.mono_ms, mono_ms = 0;
    int64_t wall_ms;
    bool later = config->sampled != NULL && config->sampled(config->arg, &mono_ms, &wall_ms) &&
                 mono_ms > last_ms;
    return later ? mono_ms : last_ms;
}

static void on_silence(uv_timer_t *timer)
{
    struct monitor *monitor = timer->data;
    uint64_t silence_ms = monitor->config.settings.silence_ms;
    uint64_t age = clock_mono_ms() - last_sample_ms(monitor), next = TICK_MS;
    if (age < silence_ms) {
        monitor->silent_ticks = 0;
        next = silence_ms - age;
    } else if (++monitor->silent_ticks == SILENT_TICKS) {
        monitor->silent_ticks = 0;
        log_line(monitor->config.log, LOG_ERROR, "the sensors have not answered for %u s",
                 (unsigned)(age / 1000));
        lose_sight(monitor);
    }
    expect_sample(monitor, next);
}

/* ---- start and stop ---- */

int monitor_new(struct monitor **out, const struct monitor_config *config)
{
    const struct monitor_settings *settings = &config->settings;
    struct monitor *monitor = calloc(1, sizeof *monitor);
    if (monitor == NULL) {
        return UV_ENOMEM;
    }
    monitor->config = *config;
    monitor->stall.after_ms = settings->stalled_after_ms;
    monitor->seen.mutex.state = MUTEX_ERROR;
    monitor->seen.msiserver.state = MSISERVER_ERROR;
    monitor->seen.ui_clients = -1;
    monitor->seen.wall_ms = clock_wall_ms();
    int error = decider_init(&monitor->decider, settings->signals, &settings->flapping, false,
                             clock_mono_ms(), monitor->seen.wall_ms);
    if (error != 0) {
        goto free_monitor;
    }
    error = correlator_new(&monitor->correlator, &config->correlator);
    if (error != 0) {
        goto release_decider;
    }
    uv_timer_init(config->loop, &monitor->silence);
    uv_timer_init(config->loop, &monitor->due);
    monitor->silence.data = monitor->due.data = monitor;
    expect_sample(monitor, settings->silence_ms);
    *out = monitor;
    return 0;

release_decider:
    decider_release(&monitor->decider);
free_monitor:
    free(monitor);
    return error;
}

void monitor_listen(struct monitor *monitor, const struct monitor_listener *listener)
{
    if (monitor->listener_count < MONITOR_LISTENERS) {
        monitor->listeners[monitor->listener_count++] = *listener;
    }
}

int monitor_set(struct monitor *monitor, const struct monitor_settings *settings)
{
    monitor->config.settings = *settings;
    monitor->decider.signals = settings->signals;
    monitor->stall.after_ms = settings->stalled_after_ms;
    expect_sample(monitor, settings->silence_ms);
    return flapping_set(&monitor->decider.flapping, &settings->flapping);
}

void monitor_end(struct monitor *monitor)
{
    uv_timer_stop(&monitor->silence);
    lose_sight(monitor);
    report_until(monitor, UINT64_MAX);
    uv_timer_stop(&monitor->due);
}

void monitor_stop(struct monitor *monitor)
{
    if (monitor != NULL) {
        uv_close((uv_handle_t *)&monitor->silence, NULL);
        uv_close((uv_handle_t *)&monitor->due, NULL);
    }
}

void monitor_free(struct monitor *monitor)
{
    if (monitor != NULL) {
        correlator_free(monitor->correlator);
        decider_release(&monitor->decider);
        free(monitor);
    }
}
