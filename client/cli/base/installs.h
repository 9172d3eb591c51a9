/* installs.h: the journal's events as installations: a row each, with everything that any event
 * says of it. Events in, in order; then installs_finish; then it is read. Pure except its memory.
 * Not thread safe.
 *
 * Times are the service's wall clock, in milliseconds since 1970 UTC; how long a busy period lasted
 * is by its monotonic clock where the journal says so. Texts come from outside: before they are
 * printed, they must be made harmless.
 */
#ifndef MSIWATCH_CLI_INSTALLS_H
#define MSIWATCH_CLI_INSTALLS_H

#include "cli/base/install.h"
#include "cli/base/strings.h"
#include "msiwatch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum period_end {
    PERIOD_ENDED,    /* seen to end */
    PERIOD_OPEN,     /* goes on at the end of the events */
    PERIOD_NOT_SEEN, /* nobody watched when it ended, or the journal does not say it */
    PERIOD_NONE      /* of an installation: it is of no busy period that is known */
};

/* A busy period. */
struct period {
    uint64_t seq; /* of the transition to busy */
    int64_t at_ms;
    uint64_t lasted_ms;  /* of PERIOD_NOT_SEEN: as long as it was seen */
    uint64_t stalled_ms; /* of which it stood still */
    uint32_t product;    /* place in `strings`, of the first one in it; 0: not known */
    uint32_t started_by; /* likewise, of who began the mutex's owner */
    uint8_t end;         /* enum period_end */
    bool stalled;        /* it did not move when that was last told */
    bool explained;      /* an installation is known to have been in it */
};

/* An installation; or a busy period of which no event says what was installed: then only the times
 * are known. Texts are places in `strings`, 0: not known. */
struct installation {
    uint64_t seq;       /* of the last event about it; of a period without one, the period's */
    uint64_t first_seq; /* of the first event about it */
    uint64_t of;        /* the seq of its period; 0: of none */
    int64_t at_ms;      /* when it began, or was reported if that is not known */
    int64_t started_at_ms, told_ms;
    uint64_t lasted_ms, waited_ms, stalled_ms;
    uint64_t further; /* this many more, for which it stands */
    uint64_t status;
    uint32_t product, version, package, action, result, reboot, started_by, product_code;
    uint32_t turn; /* by whose turn it went: the label, or the holder's program */
    uint32_t client_pid;
    uint32_t chain[INSTALL_CHAIN];
    uint8_t chain_count;
    uint8_t end; /* enum period_end */
    bool status_known, untrusted;
    bool shared; /* began with another one of its period: how long each took is not known */
};

/* A turn that ended, or that is out. */
struct turn_taken {
    uint64_t number, waited_ms, collisions;
    int64_t since_ms, until_ms;
    uint32_t who; /* place in `strings`: its label, or the holder's program */
    uint32_t pid;
};

/* What did not install anything; and what went wrong. */
struct install_counts {
    uint64_t collisions, lost, checks, untrusted;
    uint64_t failed, restarts; /* of which so many failed, asked for a restart */
};

/* All zeroes is one without events. */
struct installs {
    struct strings strings;
    struct installation *items; /* after installs_finish by at_ms */
    struct period *periods;     /* by seq */
    struct turn_taken *turns;
    size_t count, room, period_count, period_room, turn_count, turn_room;
    struct install_counts counts;
    uint64_t last_seq;
    bool failed; /* no memory: something is missing */
};

void installs_release(struct installs *installs);

/* Takes in the next event, of any kind. `json` is its text, of a transition
 * needed only of one to busy. */
void installs_take(struct installs *installs, const struct msiwatch_event *event, const char *json);

/* Takes in what a Status says of what goes on: after the last event, before installs_finish. */
void installs_take_status(struct installs *installs, const char *json);

/* There are no more: what goes on has lasted until until_ms. */
void installs_finish(struct installs *installs, int64_t until_ms);

/* The busy period that a transition began; NULL: that of that seq did not begin one. */
struct period *installs_find(const struct installs *installs, uint64_t seq);

/* That which goes on; NULL: none does. */
struct period *installs_open_period(const struct installs *installs);

/* One more installation, all zeroes; NULL: no memory. */
struct installation *installs_add(struct installs *installs);

/* A text of an installation. */
const char *installs_text(const struct installs *installs, uint32_t place);

/* Whether it failed. */
bool installs_has_failed(const struct installs *installs, const struct installation *one);

/* Whether it failed, was lost, or did not begin because another one ran. */
bool installs_is_failure(const struct installs *installs, const struct installation *one);

/* Whether it wants the system to restart. */
bool installs_wants_restart(const struct installs *installs, const struct installation *one);

#endif
