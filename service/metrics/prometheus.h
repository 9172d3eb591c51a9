/* prometheus.h: the metrics in Prometheus's text format (version 0.0.4), for the textfile and for
 * `msiwatch metrics`. Loop thread only.
 *
 * Names follow Prometheus's rules: the prefix msiwatch_, base units, _total for counters. No path,
 * process id or product becomes a label, because each value would be a new series.
 */
#ifndef MSIWATCH_SERVICE_PROMETHEUS_H
#define MSIWATCH_SERVICE_PROMETHEUS_H

#include "metrics/metrics.h"
#include "common/wire.h"

struct exposition {
    const struct metrics *metrics;
    const struct metrics_now *now;
    const struct status *status;
    uint64_t since_mono_ms; /* when the current state began */
    int64_t started_ms;     /* by the wall clock */
    bool journal_up;        /* the journal is on disk */
    size_t settings_rejected;
    uint64_t textfile_retries, textfile_failures;
};

/* Returns a text with a final zero that ends with a newline; the caller frees it. NULL if there is
 * not enough memory. */
char *prometheus_text(const struct exposition *from, size_t *size);

#endif
