/* metrics.h: the service's counters, and their JSON. Loop thread only. */
#ifndef MSIWATCH_SERVICE_METRICS_H
#define MSIWATCH_SERVICE_METRICS_H

#include "decide/monitor.h"
#include "observe/install_log.h"
#include "observe/sampler.h"

#include <yyjson.h>

/* What installations do and how they end, according to the event log, in the order of the model's
 * enums; "unknown" if the log does not say. */
#define METRICS_OPERATIONS (ACTION_UPDATE + 1u)
#define METRICS_RESULTS (RESULT_LOST + 1u)

#define METRICS_TURN_ENDS (TURN_END_SHUTDOWN + 1u)

/* The limits in the protocol. */
#define METRICS_LIMITS 13u
const char *metrics_limit_name(unsigned limit);

struct metrics {
    uint64_t connections_total, connections_rejected_total;
    uint64_t requests_total, errors_total, over_limit_total;
    uint64_t transitions_total, events_sent_total;
    /* Clients whose user could not be read from the token of their process (which decides which
     * limits count for them), and clients that could not be impersonated (which decides what they
     * may see). */
    uint64_t client_processes_unread_total, client_identities_unread_total;
    uint64_t bytes_read_total, bytes_written_total;
    uint64_t subscriptions; /* current number */
    uint64_t busy_ms_total; /* of periods that have ended */
    uint64_t busy_periods_total;
    uint64_t stalled_periods_total;
    /* Collisions, checks (Win32_Product), and records that were not written by Windows Installer
     * are not in operations_total; they have counters of their own. */
    uint64_t operations_total[METRICS_OPERATIONS][METRICS_RESULTS];
    uint64_t collisions_total, checks_total, untrusted_total;
    uint64_t rejected_total[METRICS_LIMITS];
    uint64_t turns_total; /* turns that were granted */
    uint64_t turns_ended_total[METRICS_TURN_ENDS], turn_collisions_total;
    uint64_t turns_wedged_total; /* how often the queue should have continued and did not */
};

/* Returns the listener that counts what the monitor finds. */
struct monitor_listener metrics_listener(struct metrics *metrics);

/* Counts an installation that the event log described. It also stands for install->further
 * installations of the same period, which are counted as unknown. `again` means that it was
 * reported before and more is known now: its first report was counted, so it is not counted
 * again. */
void metrics_count_operation(struct metrics *metrics, const struct install *install, bool again);

/* Counts a request or connection that was refused or ended because of a limit; `limit` is its name
 * in the protocol. Call it once for each of them, however often it is reported. */
void metrics_count_over_limit(struct metrics *metrics, const char *limit);

/* Values that are not counted, but read when somebody asks. */
struct metrics_now {
    uint64_t uptime_ms;
    uint64_t connections, waits;
    uint64_t turns_waiting;
    uint64_t turn_out; /* whether a turn is granted now: 1 or 0 */
    struct sampler_gauges sampler;
    struct install_log_state install_log;
};

/* In prometheus.c, which has the table of metrics. NULL if there is not enough memory. */
yyjson_mut_val *metrics_json(yyjson_mut_doc *doc, const struct metrics *metrics,
                             const struct metrics_now *now);

#endif
