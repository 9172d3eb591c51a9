/* metrics.h: what the service counts, and its JSON. Loop thread only. */
#ifndef MSIWATCH_SERVICE_METRICS_H
#define MSIWATCH_SERVICE_METRICS_H

#include "observe/sampler.h"

#include <yyjson.h>

struct metrics {
    uint64_t connections_total, connections_rejected_total;
    uint64_t requests_total, errors_total, over_limit_total;
    uint64_t transitions_total, events_sent_total;
    uint64_t bytes_read_total, bytes_written_total;
    uint64_t subscriptions; /* now */
};

/* What is not counted but read off when somebody asks. */
struct metrics_now {
    uint64_t uptime_ms;
    uint64_t connections, waits;
    struct sampler_gauges sampler;
};

/* NULL when memory is out. */
yyjson_mut_val *metrics_json(yyjson_mut_doc *doc, const struct metrics *metrics,
                             const struct metrics_now *now);

#endif
