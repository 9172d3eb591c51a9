/* metrics.c: the service's counters. */
#include "metrics/metrics.h"

#include <string.h>

void metrics_count_operation(struct metrics *metrics, const struct install *install, bool again)
{
    uint64_t all = (again ? 0u : 1u) + (uint64_t)install->further;
    if (install->trusted == TRUST_NO) {
        metrics->untrusted_total += all;
    } else if (install->action == ACTION_CHECK) {
        metrics->checks_total += all;
    } else if (install->result == RESULT_COLLISION) {
        metrics->collisions_total += again ? 0 : 1;
    } else {
        metrics->operations_total[install->action][install->result] += again ? 0 : 1;
        /* Further updates belong to this one installation; anything else is an installation
         * each. */
        metrics->operations_total[ACTION_UNKNOWN][RESULT_UNKNOWN] += install->action ==
                                                                             ACTION_UNKNOWN
                                                                         ? install->further
                                                                         : 0;
    }
}

static void count_look(void *arg, const struct monitor_look *look)
{
    struct metrics *metrics = arg;
    const struct event *transition = look->transition;
    metrics->stalled_periods_total += look->activity != NULL && look->activity->activity.stalled;
    if (transition == NULL) {
        return;
    }
    metrics->transitions_total++;
    if (transition->from == VERDICT_BUSY && transition->after_known) {
        metrics->busy_ms_total += transition->after_ms;
    }
    if (transition->to == VERDICT_BUSY) {
        metrics->busy_periods_total++;
    }
}

static void count_installed(void *arg, const struct event *event, bool again)
{
    metrics_count_operation(arg, event->install, again);
}

struct monitor_listener metrics_listener(struct metrics *metrics)
{
    return (struct monitor_listener){
        .looked = count_look, .installed = count_installed, .arg = metrics};
}

const char *metrics_limit_name(unsigned limit)
{
    static const char *const names[METRICS_LIMITS] = {"line",
                                                      "requests",
                                                      "subscriptions",
                                                      "connections",
                                                      "connections_process",
                                                      "connections_user",
                                                      "first_request",
                                                      "queued_bytes",
                                                      "turns_connection",
                                                      "turns_process",
                                                      "turns_user",
                                                      "turns",
                                                      "history_reads"};
    return names[limit];
}

void metrics_count_over_limit(struct metrics *metrics, const char *limit)
{
    metrics->over_limit_total++;
    for (unsigned i = 0; i < METRICS_LIMITS; i++) {
        if (strcmp(metrics_limit_name(i), limit) == 0) {
            metrics->rejected_total[i]++;
        }
    }
}
