/* summary.h: what a stretch of the journal comes to: its busy periods, what was installed in them,
 * and the sums over them. Events in, in order; then summary_finish; then it is read. Pure but for
 * its memory. Not thread safe.
 *
 * Times are the service's wall clock, in milliseconds since 1970 UTC; how long a busy period lasted
 * is by its monotonic clock where the journal says so.
 */
#ifndef MSIWATCH_CLI_REPORT_SUMMARY_H
#define MSIWATCH_CLI_REPORT_SUMMARY_H

#include "msiwatch.h"
#include "cli/base/spans.h"
#include "cli/base/time_text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Products that have a colour of their own; the others share one. */
#define SUMMARY_COLOURS 8u

enum period_end {
    PERIOD_ENDED,   /* seen to end */
    PERIOD_OPEN,    /* goes on at the report's end */
    PERIOD_NOT_SEEN /* nobody watched when it ended, or the journal does not say it */
};

struct period {
    uint64_t seq; /* of the transition to busy */
    int64_t at_ms;
    uint64_t lasted_ms;                /* of PERIOD_NOT_SEEN: as long as it was seen */
    uint32_t product;                  /* place in `products`; 0: not known */
    uint32_t version, action, outcome; /* places in `words`; 0: not known */
    uint32_t more;                     /* further products in the same period */
    uint8_t end;                       /* enum period_end */
};

struct product {
    char *name; /* from outside: to be made harmless before it is printed */
    uint64_t busy_ms, longest_ms;
    uint32_t periods, failures; /* of these so many have another outcome than success */
    unsigned colour;            /* 1 to SUMMARY_COLOURS; 0: it has none of its own */
};

/* Each different text once; its place is its name. Place 0 is "". */
struct words {
    char **items;
    size_t count, room;
    uint32_t *table; /* of `slots` places + 1, by hash; 0: free */
    size_t slots;
};

/* Sums over the report's time, in milliseconds. */
struct summary_sums {
    uint64_t busy_ms, idle_ms, unknown_ms, missing_ms;
};

/* What did not install anything, over the report's time. */
struct summary_counts {
    uint64_t collisions, lost, checks, untrusted;
};

/* All zeroes but for since_ms and until_ms is one without events. */
struct summary {
    int64_t since_ms, until_ms;
    struct stretches stretches;
    struct period *periods; /* by seq; the first may have begun before since_ms */
    size_t period_count, period_room;
    struct words names, words; /* of products; of versions and outcomes */
    struct product *products;  /* products[i] has names.items[i] */
    struct product **ranking;  /* of `products` but the first, the longest busy first */
    size_t ranking_count;
    struct summary_sums sums;
    struct summary_counts counts;
    uint64_t last_seq;
    bool failed; /* no memory: something is missing */
};

void summary_release(struct summary *summary);

/* Takes in the next event. `json` is its text, needed of an install event only. */
void summary_take(struct summary *summary, const struct msiwatch_event *event, const char *json);

/* There are no more: reckons the sums, ranks the products. */
void summary_finish(struct summary *summary);

/* The longest busy period; NULL: there is none. */
const struct period *summary_longest(const struct summary *summary);

/* The busy period that a transition began; NULL: that of that seq did not begin one. */
const struct period *summary_find(const struct summary *summary, uint64_t seq);

/* Whether an outcome, as the protocol has it, says that something went wrong. */
bool summary_is_failure(const char *outcome);

#endif
