/* turns_state.h: the data of a queue of turns (turns.h). */
#ifndef MSIWATCH_SERVICE_TURNS_STATE_H
#define MSIWATCH_SERVICE_TURNS_STATE_H

#include "common/model.h"

/* The largest identifier of a user: a SID on Windows, a uid elsewhere. */
#define TURNS_USER_BYTES 68

/* All times in milliseconds. */
struct turns_limits {
    /* How many may wait; `kept` of the total are reserved for administrators. */
    uint32_t process, user, total, kept;
    uint32_t acquires; /* of a standard user, within hour_ms */
    uint64_t hour_ms;
    uint64_t age_ms;
    uint64_t idle_ms, idle_standard_ms; /* TurnIdle: for administrators, for standard users */
    uint64_t expiring_ms, break_ms;
    uint64_t yield_idle_ms, yield_ms, most_ms;
    uint64_t blind_after_ms, blind_gap_ms;
    uint64_t wedged_ms; /* a longer delay than this is a defect */
};

/* A request for a turn. */
struct turn_wish {
    void *owner; /* for the caller; returned in turn_news */
    uint32_t pid;
    bool administrator;
    unsigned char user[TURNS_USER_BYTES]; /* ignored for administrators */
    uint8_t user_size;
    bool background, require_known, ignore_hold;
    uint64_t settle_ms;
};

/* A turn that waits or is granted. */
struct turn {
    uint64_t number; /* counted from 1; never used twice */
    void *owner;
    uint64_t asked_ms, settle_ms;
    uint32_t pid, user; /* `user` is an index in turns->users */
    bool administrator, background, require_known, ignore_hold;
    bool over;   /* requested beyond the acquires an hour */
    bool placed; /* used by turns_order */
};

/* A kind combines `over` and `background`. Among one user's turns of one kind, the first comes
 * first. */
#define TURN_KINDS 4

struct turn_user {
    unsigned char name[TURNS_USER_BYTES];
    uint8_t name_size;
    uint32_t waiting;           /* number of waiting turns, */
    uint32_t kinds[TURN_KINDS]; /* and of those of each kind */
    /* For turns_order: the last pick that has seen a turn of that kind. */
    uint64_t seen[TURN_KINDS];
    uint32_t acquires; /* since hour_began_ms */
    uint64_t hour_began_ms;
    uint64_t served; /* the number of all grants when it last had a turn; 0 for never */
    uint64_t foreseen;
};

struct turns {
    struct turns_limits limits;
    struct turn *waiting; /* in the order in which they came */
    size_t count, room;
    size_t gone;             /* unused places before `waiting`, of turns that have left */
    struct turn_user *users; /* the first one stands for all administrators */
    size_t user_count, user_room;
    size_t kind_count; /* number of kinds that wait, over all users */
    uint64_t numbers, grants, picks;
    uint32_t last_user; /* the user of the last turn; UINT32_MAX if there was none */
    uint64_t ended_ms;  /* when the last turn ended */

    bool out, blind, expiring;
    struct turn holder; /* the granted turn, if `out` */
    uint64_t granted_ms;
    uint64_t told_ms; /* if expiring, when the holder got the notice */

    enum verdict_state verdict;
    uint64_t since_ms, seen_ms; /* when the verdict began, and when the last sample began */
    /* Start of the current idle row; when the verdict last stopped being idle. */
    uint64_t row_ms, broken_ms;

    bool held;
    uint64_t held_until_ms; /* UINT64_MAX for until it is lifted */

    bool changed; /* something happened that turns_next has not processed */
    uint64_t due_ms;
    size_t next; /* the index in `waiting` of the next turn, if nothing has changed since, */
    uint64_t next_until_ms; /* until this time */
};

#endif
