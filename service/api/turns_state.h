/* turns_state.h: what the turns of all connections are made of (turns.h). */
#ifndef MSIWATCH_SERVICE_API_TURNS_STATE_H
#define MSIWATCH_SERVICE_API_TURNS_STATE_H

#include "common/model.h"
#include "decide/turns.h"
#include "pipe/processes.h"
#include "rpc/request.h"

struct api;

/* What the turns ask of the composition root. */
struct turns_config {
    struct turns_limits limits;
    const struct processes *processes; /* NULL: the system's */
    /* Calls turns_on_time once at that monotonic time, instead of any earlier such wish;
     * UINT64_MAX: never. NULL: samples alone drive the queue. */
    void (*set_timer)(void *arg, uint64_t mono_ms);
    /* Keeps a hold across restarts; NULL: it was lifted. May be NULL itself. */
    void (*keep_hold)(void *arg, const struct turns_brief *hold);
};

/* A client that waits, and when it is looked at: by the first sample that may answer it, for its
 * installation may have begun after the sample before; and once more SELF_WAIT_AGAIN_MS later, for
 * the record that names who asked for the installation comes late. No further: each look walks from
 * process to process. */
struct self_wait {
    bool turns, again;
    uint64_t due_ms; /* monotonic; at first: of a sample begun then or later. UINT64_MAX: no more */
    const char *of;  /* what waits for it, found by self_wait_found, and of which process */
    uint32_t pid;
};

enum seat_state { SEAT_WAITING, SEAT_OUT, SEAT_EXPIRING, SEAT_ENDED };

/* A connection's turn. */
struct seat {
    struct attachment base;
    struct list node;    /* in api_turns.waiting, in none when it does not wait */
    struct list telling; /* in the list of those that a round notifies, or in none */
    struct api *api;
    struct connection *connection;
    struct request *request; /* while it waits: the one to answer */
    struct self_wait self_wait;
    enum seat_state state;
    struct turn_info info;
    char why[MSIWATCH_STRING_BYTES];
    struct process process; /* that it is for; pid 0: not known */
    bool for_other;         /* that is an ancestor of the client: it ends with that, too */
    bool administrator, over, blind;
    uint64_t asked_ms, granted_ms; /* monotonic */
    uint64_t waited_ms;
    uint64_t ends_ms; /* of SEAT_EXPIRING, monotonic */
    enum turn_end end;
    uint32_t collisions;
    size_t position;      /* among those that wait, from 1 */
    size_t told_position; /* what its client last got */
    uint64_t told_holder;
    bool told_held;
    bool news;  /* the next round sends it something */
    bool stale; /* a notification is due as soon as it takes something */
};

struct api_turns {
    struct turns_config config;
    struct turns queue;
    struct list waiting; /* seats, in the order in which they are likely to go on */
    struct seat *holder;
    struct turns_brief brief;
    bool pumping, again;
    bool changed;        /* a notification may be due */
    uint64_t told_ms;    /* the last round of notifications */
    uint64_t telling_ms; /* the next one; 0: not known yet */
    uint64_t checked_ms; /* whether it is wedged, the last time */
    uint64_t timer_ms;   /* what was asked of set_timer */
    uint64_t self_ms;    /* the first of `waiting` whose self_wait is due */
    /* When `waiting` was brought into order, the last number and how many waited then. */
    uint64_t arranged_ms, arranged_numbers;
    size_t arranged_count;
};

#endif
