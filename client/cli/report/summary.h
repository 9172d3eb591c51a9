/* summary.h: sums up a stretch of the journal: its busy periods, what was installed in them, and
 * the sums over them. First give it the events, in order; then call summary_finish; then read it.
 * Pure except for its memory. Not thread safe. Times are the service's wall clock, in milliseconds
 * since 1970 UTC. */
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

/* How many products have a colour of their own; the others share one. */
#define SUMMARY_COLOURS 8u

struct product {
    const char *name; /* from outside: make it harmless before printing it */
    uint64_t busy_ms, longest_ms;
    uint32_t count, failures; /* installations; those of them that failed */
    unsigned colour;          /* 1 to SUMMARY_COLOURS; 0: it has none of its own */
};

/* Sums over the report's time, in milliseconds. */
struct summary_sums {
    uint64_t busy_ms, idle_ms, unknown_ms, missing_ms;
};

/* All zeroes except for since_ms and until_ms: no events yet. */
struct summary {
    int64_t since_ms, until_ms;
    struct stretches stretches;
    struct installs installs; /* the first one may have begun before since_ms */
    struct product *products; /* by the name's index in installs.strings; 0: not known */
    struct product **ranking; /* `products` without the first, the longest busy first */
    size_t ranking_count;
    struct summary_sums sums;
    struct status now; /* if `current` */
    uint32_t state;    /* if `current`: MSIWATCH_IDLE, _BUSY or _UNKNOWN */
    int64_t state_since_ms;
    bool current;      /* the report ends now */
    bool with_changes; /* the changes of state are listed, too */
    bool failed;       /* out of memory: something is missing */
};

void summary_release(struct summary *summary);

/* Adds the next event. `json` is its text; a transition does not need it. */
void summary_take(struct summary *summary, const struct msiwatch_event *event, const char *json);

/* Adds the current state, after the last event. The report then ends now. */
void summary_take_status(struct summary *summary, const struct msiwatch_status *status,
                         const char *json);

/* Call it when there are no more events: computes the sums and ranks the products. */
void summary_finish(struct summary *summary);

/* The index in `products` of what was installed. */
uint32_t summary_product(const struct installation *one);

/* The longest busy period; NULL: there is none. */
const struct period *summary_longest(const struct summary *summary);

#endif
