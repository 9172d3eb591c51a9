/* prometheus.h: the metrics in Prometheus's text format (version 0.0.4), as the textfile has them
 * and `msiwatch metrics` prints them. Loop thread only.
 *
 * Names follow Prometheus's rules: the prefix msiwatch_, base units, _total for counters. Nothing
 * that names a path, a process or a product becomes a label: each value of one would be a series.
 */
#ifndef MSIWATCH_SERVICE_PROMETHEUS_H
#define MSIWATCH_SERVICE_PROMETHEUS_H

#include "metrics/metrics.h"
#include "common/wire.h"

struct exposition {
    const struct metrics *metrics;
    const struct metrics_now *now;
    const struct status *status;
    uint64_t since_mono_ms; /* when its state began */
    int64_t started_ms;     /* wall */
    bool journal_up;        /* it is on disk */
    size_t settings_rejected;
    uint64_t textfile_retries, textfile_failures;
};

/* NUL-terminated, ends with a newline; the caller's to free. NULL when memory is out. */
char *prometheus_text(const struct exposition *from, size_t *size);

#endif
