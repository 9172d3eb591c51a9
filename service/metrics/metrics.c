/* metrics.c: what the service counts, as JSON. */
#include "metrics/metrics.h"

#include <string.h>

const char *metrics_operation_name(unsigned operation)
{
    const char *name = install_action_name((enum install_action)operation);
    return name == NULL ? "unknown" : name;
}

const char *metrics_result_name(unsigned result)
{
    const char *name = install_result_name((enum install_result)result);
    return name == NULL ? "unknown" : name;
}

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
        /* Several updates are one installation; others are as many. */
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

static void count_installed(void *arg, const struct install *install, bool again)
{
    metrics_count_operation(arg, install, again);
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
                                                      "queued_bytes"};
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

static bool add_gaps(yyjson_mut_doc *doc, yyjson_mut_val *root, const struct sampler_gauges *gauges)
{
    yyjson_mut_val *gaps = yyjson_mut_obj_add_obj(doc, root, "gap_max_ms");
    for (int pace = 0; pace < PACE_COUNT; pace++) {
        if (!yyjson_mut_obj_add_uint(doc, gaps, pace_name((enum pace)pace),
                                     gauges->gap_max_ms[pace])) {
            return false;
        }
    }
    return true;
}

yyjson_mut_val *metrics_json(yyjson_mut_doc *doc, const struct metrics *metrics,
                             const struct metrics_now *now)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"uptime_ms", now->uptime_ms},
        {"connections", now->connections},
        {"connections_total", metrics->connections_total},
        {"connections_rejected_total", metrics->connections_rejected_total},
        {"client_processes_unread_total", metrics->client_processes_unread_total},
        {"client_identities_unread_total", metrics->client_identities_unread_total},
        {"subscriptions", metrics->subscriptions},
        {"waits", now->waits},
        {"requests_total", metrics->requests_total},
        {"errors_total", metrics->errors_total},
        {"over_limit_total", metrics->over_limit_total},
        {"transitions_total", metrics->transitions_total},
        {"events_sent_total", metrics->events_sent_total},
        {"bytes_read_total", metrics->bytes_read_total},
        {"bytes_written_total", metrics->bytes_written_total},
        {"samples_total", now->sampler.samples},
        {"observations_merged_total", now->sampler.merged},
        {"install_records_total", now->install_log.records},
        {"install_records_malformed_total", now->install_log.malformed},
        {"install_records_dropped_total", now->install_log.dropped},
        {"install_collisions_total", metrics->collisions_total},
        {"install_checks_total", metrics->checks_total},
        {"install_untrusted_total", metrics->untrusted_total},
        {"sample_max_us", now->sampler.sample_max_us},
    };
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (!yyjson_mut_obj_add_uint(doc, root, numbers[i].name, numbers[i].value)) {
            return NULL;
        }
    }
    return add_gaps(doc, root, &now->sampler) ? root : NULL;
}
