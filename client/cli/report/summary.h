/* summary.h: what a stretch of the journal comes to: its busy periods, what was installed in them,
 * and the sums over them. Events in, in order; then summary_finish; then it is read. Pure except
 * its memory. Not thread safe. Times are the service's wall clock, in milliseconds since 1970 UTC.
 */
#ifndef MSIWATCH_CLI_REPORT_SUMMARY_H
#define MSIWATCH_CLI_REPORT_SUMMARY_H

#include "msiwatch.h"
#include "cli/base/installs.h"
#include "cli/base/now.h"
#include "cli/base/spans.h"
#include "cli/base/time_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Products that have a colour of their own; the others share one. */
#define SUMMARY_COLOURS 8u

struct product {
    const char *name; /* from outside: to be made harmless before it is printed */
    uint64_t busy_ms, longest_ms;
    uint32_t count, failures; /* installations; those that failed */
    unsigned colour;          /* 1 to SUMMARY_COLOURS; 0: it has none of its own */
};

/* Sums over the report's time, in milliseconds. */
struct summary_sums {
    uint64_t busy_ms, idle_ms, unknown_ms, missing_ms;
};

/* All zeroes except for since_ms and until_ms is one without events. */
struct summary {
    int64_t since_ms, until_ms;
    struct stretches stretches;
    struct installs installs; /* the first may have begun before since_ms */
    struct product *products; /* by the name's place in installs.strings; 0: not known */
    struct product **ranking; /* of `products` but the first, the longest busy first */
    size_t ranking_count;
    struct summary_sums sums;
    struct now now; /* if `current` */
    uint32_t state; /* if `current`: MSIWATCH_IDLE, _BUSY or _UNKNOWN */
    int64_t state_since_ms;
    bool current;      /* the report ends now */
    bool with_changes; /* they are to be listed, too */
    bool failed;       /* no memory: something is missing */
};

void summary_release(struct summary *summary);

/* Takes in the next event. `json` is its text, not needed of a transition. */
void summary_take(struct summary *summary, const struct msiwatch_event *event, const char *json);

/* Takes in what goes on: after the last event. The report ends now, then. */
void summary_take_status(struct summary *summary, const struct msiwatch_status *status,
                         const char *json);

/* There are no more: reckons the sums, ranks the products. */
void summary_finish(struct summary *summary);

/* The place in `products` of what was installed. */
uint32_t summary_product(const struct installation *one);

/* The longest busy period; NULL: there is none. */
const struct period *summary_longest(const struct summary *summary);

#endif
