/* installs.h: makes installations from the journal's events: one row each, with everything that any
 * event says about it. First give it the events, in order; then call installs_finish; then read the
 * rows. Pure except for its memory. Not thread safe.
 *
 * Times are the service's wall clock, in milliseconds since 1970 UTC; the length of a busy period
 * is by its monotonic clock if the journal says so. Texts come from outside, so make them harmless
 * before printing them.
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
    PERIOD_ENDED,    /* its end was seen */
    PERIOD_OPEN,     /* it still lasts after the last event */
    PERIOD_NOT_SEEN, /* nobody watched when it ended, or the journal does not say */
    PERIOD_NONE      /* for an installation: it belongs to no known busy period */
};

/* A busy period. */
struct period {
    uint64_t seq; /* of the transition to busy */
    int64_t at_ms;
    uint64_t lasted_ms;  /* PERIOD_NOT_SEEN: as long as it was observed */
    uint64_t stalled_ms; /* how much of that it was stalled */
    uint32_t product;    /* index in `strings` of the first product in it; 0: not known */
    uint32_t started_by; /* index in `strings` of who started the mutex's owner; 0: not known */
    uint8_t end;         /* enum period_end */
    bool stalled;        /* the last event about that said that it was stalled */
    bool explained;      /* an installation is known to belong to it */
};

/* An installation; or a busy period without an event that says what was installed: then only its
 * times are known. Texts are indexes in `strings`, 0: not known. */
struct installation {
    uint64_t seq;       /* of the last event about it; for a period without one, the period's */
    uint64_t first_seq; /* of the first event about it */
    uint64_t of;        /* the seq of its period; 0: it belongs to none */
    int64_t at_ms;      /* when it began; if that is not known, when it was reported */
    int64_t started_at_ms, told_ms;
    uint64_t lasted_ms, waited_ms, stalled_ms;
    uint64_t further; /* how many others it stands for */
    uint64_t status;
    enum install_action action;
    enum install_result result;
    enum install_reboot reboot;
    uint32_t product, version, package, started_by, product_code;
    uint32_t turn; /* in whose turn it ran: the turn's label, or its holder's program */
    uint32_t client_pid;
    uint32_t chain[MSIWATCH_CHAIN];
    uint8_t chain_count;
    uint8_t end; /* enum period_end */
    bool status_known, untrusted;
    bool ended;  /* it has a result, perhaps one that is not known here */
    bool shared; /* it began together with another one of its period, so how long each took is not
                  * known */
};

/* A turn that has ended, or the current one. */
struct turn_taken {
    uint64_t number, waited_ms, collisions;
    int64_t since_ms, until_ms;
    uint32_t who; /* index in `strings`: its label, or its holder's program */
    uint32_t pid;
};

/* What did not install anything, and what went wrong. */
struct install_counts {
    uint64_t collisions, lost, checks, untrusted;
    uint64_t failed, restarts; /* how many installations failed, and how many asked for a restart */
};

/* All zeroes: no events yet. */
struct installs {
    struct strings strings;
    struct installation *items; /* sorted by at_ms after installs_finish */
    struct period *periods;     /* sorted by seq */
    struct turn_taken *turns;
    size_t count, room, period_count, period_room, turn_count, turn_room;
    struct install_counts counts;
    uint64_t last_seq;
    bool failed; /* out of memory: something is missing */
};

void installs_release(struct installs *installs);

/* Adds the next event, of any kind. `json` is its text; of transitions, only one to busy needs
 * it. */
void installs_take(struct installs *installs, const struct msiwatch_event *event, const char *json);

/* Adds what a Status says about the present; after the last event, before installs_finish. */
void installs_take_status(struct installs *installs, const char *json);

/* Call it when there are no more events: what is still running has lasted until until_ms. */
void installs_finish(struct installs *installs, int64_t until_ms);

/* The busy period that the transition with that seq began; NULL: it did not begin one. */
struct period *installs_find(const struct installs *installs, uint64_t seq);

/* The busy period that still lasts; NULL: none does. */
struct period *installs_open_period(const struct installs *installs);

/* Adds an installation, all zeroes; NULL: out of memory. */
struct installation *installs_add(struct installs *installs);

/* A text of an installation; `place` is an index in `strings`. */
const char *installs_text(const struct installs *installs, uint32_t place);

/* Whether it failed. */
bool installs_has_failed(const struct installation *one);

/* Whether it failed, was lost, or did not begin because another one was running. */
bool installs_is_failure(const struct installation *one);

#endif
