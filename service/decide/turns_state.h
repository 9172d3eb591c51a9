/* turns_state.h: what a queue of turns is made of (turns.h). */
#ifndef MSIWATCH_SERVICE_TURNS_STATE_H
#define MSIWATCH_SERVICE_TURNS_STATE_H

#include "common/model.h"

/* The largest name of a user: a SID on Windows, a uid elsewhere. */
#define TURNS_USER_BYTES 68

/* All times in milliseconds. */
struct turns_limits {
    uint32_t process, user, total, kept; /* that wait; `kept` of the total for administrators */
    uint32_t acquires;                   /* of a standard user, within hour_ms */
    uint64_t hour_ms;
    uint64_t age_ms;
    uint64_t idle_ms, idle_standard_ms; /* TurnIdle: of administrators, of standard users */
    uint64_t expiring_ms, break_ms;
    uint64_t yield_idle_ms, yield_ms, most_ms;
    uint64_t blind_after_ms, blind_gap_ms;
    uint64_t wedged_ms; /* a delay of more than this is a defect */
};

/* Who asks, and how. */
struct turn_wish {
    void *owner; /* the caller's; comes back in turn_news */
    uint32_t pid;
    bool administrator;
    unsigned char user[TURNS_USER_BYTES]; /* not looked at for administrators */
    uint8_t user_size;
    bool background, require_known, ignore_hold;
    uint64_t settle_ms;
};

/* One that waits or is out. */
struct turn {
    uint64_t number; /* from 1; never twice */
    void *owner;
    uint64_t asked_ms, settle_ms;
    uint32_t pid, user; /* `user`: its place in turns->users */
    bool administrator, background, require_known, ignore_hold;
    bool over;   /* asked for beyond the acquires an hour */
    bool placed; /* turns_order's */
};

/* Of one user's turns of one kind the first comes first: `over`, and whether in background. */
#define TURN_KINDS 4

struct turn_user {
    unsigned char name[TURNS_USER_BYTES];
    uint8_t name_size;
    uint32_t waiting;           /* turns that wait, */
    uint32_t kinds[TURN_KINDS]; /* and of each kind */
    uint64_t seen[TURN_KINDS];  /* turns_order's: which pick has seen one of that kind */
    uint32_t acquires;          /* since hour_began_ms */
    uint64_t hour_began_ms;
    uint64_t served; /* when it last had a turn, as a count of all grants; 0: never */
    uint64_t foreseen;
};

struct turns {
    struct turns_limits limits;
    struct turn *waiting; /* in the order in which they came */
    size_t count, room;
    size_t gone;             /* places of the array before `waiting`, of turns that have left */
    struct turn_user *users; /* the first stands for all administrators */
    size_t user_count, user_room;
    size_t kind_count; /* of all users */
    uint64_t numbers, grants, picks;
    uint32_t last_user; /* had the last turn; UINT32_MAX: there was none */
    uint64_t ended_ms;  /* the last turn */

    bool out, blind, expiring;
    struct turn holder; /* if one is out */
    uint64_t granted_ms;
    uint64_t told_ms; /* if expiring: when the holder got notice */

    enum verdict_state verdict;
    uint64_t since_ms, seen_ms; /* since when, and up to which sample */
    uint64_t row_ms, broken_ms; /* idle in a row since; and when it last stopped being idle */

    bool held;
    uint64_t held_until_ms; /* UINT64_MAX: until it is lifted */

    bool changed; /* something happened that turns_next has not looked at */
    uint64_t due_ms;
    size_t next;            /* which of `waiting` is next, if nothing has changed since, */
    uint64_t next_until_ms; /* until then */
};

#endif
