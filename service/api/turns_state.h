/* turns_state.h: the data of the turns of all connections (turns.h). */
#ifndef MSIWATCH_SERVICE_API_TURNS_STATE_H
#define MSIWATCH_SERVICE_API_TURNS_STATE_H

#include "common/model.h"
#include "decide/turns.h"
#include "pipe/processes.h"
#include "rpc/request.h"

struct api;

/* What the turns need from the composition (service.c). */
struct turns_config {
    struct turns_limits limits;
    const struct processes *processes; /* NULL: the system's */
    /* Calls turns_on_time once at that monotonic time, and forgets an earlier request for that;
     * UINT64_MAX: never. NULL: only samples drive the queue. */
    void (*set_timer)(void *arg, uint64_t mono_ms);
    /* Keeps a hold across restarts; the argument is NULL when it was lifted. May be NULL itself. */
    void (*keep_hold)(void *arg, const struct turns_brief *hold);
};

/* When a waiting client is checked. First by the first sample that may answer it, because its
 * installation may have begun after the sample before. Once more SELF_WAIT_AGAIN_MS later, because
 * the record that names who asked for the installation comes late. Then no more, because each check
 * walks from process to process. */
struct self_wait {
    bool turns, again;
    uint64_t due_ms; /* monotonic; first: by a sample that was begun then or later. UINT64_MAX: no
                      * more checks */
    const char *of;  /* what waits for the client, and its process; set by self_wait_found */
    uint32_t pid;
};

enum seat_state { SEAT_WAITING, SEAT_OUT, SEAT_EXPIRING, SEAT_ENDED };

/* A connection's turn. */
struct seat {
    struct attachment base;
    struct list node;    /* in api_turns.waiting, or in none if it does not wait */
    struct list telling; /* in the list of seats that are about to be notified, or in none */
    struct api *api;
    struct connection *connection;
    struct request *request; /* the one to answer, while it waits */
    struct self_wait self_wait;
    enum seat_state state;
    struct turn_info info;
    char why[MSIWATCH_STRING_BYTES];
    struct process process; /* the process that the turn is for; pid 0: not known */
    bool for_other;         /* that process is an ancestor of the client: the turn ends with it,
                             * too */
    bool over, blind;
    uint64_t asked_ms, granted_ms; /* monotonic */
    uint64_t waited_ms;
    uint64_t ends_ms; /* for SEAT_EXPIRING; monotonic */
    enum turn_end end;
    uint32_t collisions;
    size_t position;      /* among those that wait, from 1 */
    size_t told_position; /* the position that was sent to its client last */
    uint64_t told_holder;
    bool told_held;
    bool news;  /* the next round notifies it */
    bool stale; /* a notification is due as soon as its client takes output */
};

struct api_turns {
    struct turns_config config;
    struct turns queue;
    struct list waiting; /* seats, in the order in which the clients will probably get their
                          * turns */
    struct seat *holder;
    struct turns_brief brief;
    bool pumping, again;
    bool changed;        /* a notification may be due */
    uint64_t told_ms;    /* when the last round of notifications was */
    uint64_t telling_ms; /* when the next one is; 0: not known yet */
    uint64_t checked_ms; /* when the queue was last checked for being wedged */
    uint64_t timer_ms;   /* the time that was given to set_timer */
    uint64_t self_ms;    /* when the first self_wait of `waiting` is due */
    /* When `waiting` was sorted; the last number, and how many waited then. */
    uint64_t arranged_ms, arranged_numbers;
    size_t arranged_count;
};

#endif
