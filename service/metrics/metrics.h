/* metrics.h: what the service counts, and its JSON. Loop thread only. */
#ifndef MSIWATCH_SERVICE_METRICS_H
#define MSIWATCH_SERVICE_METRICS_H

#include "decide/monitor.h"
#include "observe/install_log.h"
#include "observe/sampler.h"

#include <yyjson.h>

/* What installations do and how they end, as the event log tells it, in the order of the model's
 * enums; "unknown" where that does not tell. */
#define METRICS_OPERATIONS (ACTION_UPDATE + 1u)
#define METRICS_RESULTS (RESULT_LOST + 1u)

#define METRICS_TURN_ENDS (TURN_END_SHUTDOWN + 1u)

/* The protocol's limits. */
#define METRICS_LIMITS 13u
const char *metrics_limit_name(unsigned limit);

struct metrics {
    uint64_t connections_total, connections_rejected_total;
    uint64_t requests_total, errors_total, over_limit_total;
    uint64_t transitions_total, events_sent_total;
    /* Clients whose user could not be read from the process' token, which decides places; and those
     * that could not be impersonated, which decides what they may see. */
    uint64_t client_processes_unread_total, client_identities_unread_total;
    uint64_t bytes_read_total, bytes_written_total;
    uint64_t subscriptions; /* now */
    uint64_t busy_ms_total; /* of periods that are over */
    uint64_t busy_periods_total;
    uint64_t stalled_periods_total;
    /* Collisions are none of these: they are counted apart, and so are checks (Win32_Product) and
     * what somebody else than Windows Installer wrote. */
    uint64_t operations_total[METRICS_OPERATIONS][METRICS_RESULTS];
    uint64_t collisions_total, checks_total, untrusted_total;
    uint64_t rejected_total[METRICS_LIMITS];
    uint64_t turns_total; /* granted */
    uint64_t turns_ended_total[METRICS_TURN_ENDS], turn_collisions_total;
    uint64_t turns_wedged_total; /* times that the queue should have gone on and did not */
};

/* Counts what the monitor finds. */
struct monitor_listener metrics_listener(struct metrics *metrics);

/* The event log described an installation. Further ones of the same period, for which it stands,
 * are counted as unknown. `again`: it has described this one before, and says more; that is counted
 * once, as it was told first. */
void metrics_count_operation(struct metrics *metrics, const struct install *install, bool again);

/* A request or a connection was refused or ended because of this limit, named in the protocol's
 * words. Once for each of them, whoever and how often it is reported. */
void metrics_count_over_limit(struct metrics *metrics, const char *limit);

/* What is not counted but read off when somebody asks. */
struct metrics_now {
    uint64_t uptime_ms;
    uint64_t connections, waits;
    uint64_t turns_waiting;
    uint64_t turn_out; /* 1, or 0 */
    struct sampler_gauges sampler;
    struct install_log_state install_log;
};

/* prometheus.c, which has the table of them. NULL when memory is out. */
yyjson_mut_val *metrics_json(yyjson_mut_doc *doc, const struct metrics *metrics,
                             const struct metrics_now *now);

#endif
