/* turns.h: the queue of turns: whose turn it is to use Windows Installer. At most one turn is
 * granted at a time.
 *
 * It is pure: it reads no clock and has no side effects. Its caller says what happened and at which
 * monotonic time, which never goes back, and turns_next says what follows. After each call that
 * changes something, and when the time of turns_due has come, call turns_next until it returns
 * TURN_NOTHING.
 *
 * The rules:
 *
 *  1. A turn is granted only if no other is, and the verdict has been idle for the turn's settle
 *     time, according to a sample that began after the last turn ended and after this one was
 *     requested. While the next turn settles, a later one with a shorter settle time does not
 *     pass it.
 *  2. The order of the waiting turns. The first rule that distinguishes two turns counts:
 *     a. administrators, who count as one user, go first, but never twice in a row while another
 *        user waits;
 *     b. turns that have waited for age_ms go first, but again no user goes twice in a row while
 *        another waits. Among these turns, only b and then d and e count;
 *     c. turns of users who were within their acquires an hour when they requested it go first;
 *        then normal before background;
 *     d. of two users, the one whose last turn was longer ago;
 *     e. first come, first served.
 *  3. The lease. While others wait, a turn ends when the verdict has been idle for TurnIdle and
 *     then expiring_ms, in a row; a break shorter than break_ms does not interrupt that. While an
 *     administrator waits, a standard user's turn also ends after yield_idle_ms of idle, or
 *     yield_ms after it was granted, whichever is first; the latter not within expiring_ms after
 *     the administrator's request. Every turn ends most_ms after it was granted. The holder gets
 *     a notice expiring_ms before the end; if the notice is late, so is the end.
 *  4. When the verdict has been unknown for blind_after_ms, turns are granted blind, each
 *     blind_gap_ms after the last one ended. A turn that requires a known verdict ends instead.
 *  5. While the queue is on hold, turns are granted only to administrators who ignore the hold,
 *     and all others count as if they did not wait.
 *  6. Limits: how many turns wait of one process, of one user, in total. Administrators have only
 *     the last limit, and some places of it are reserved for them.
 *
 * Loop thread only. Its memory grows with the number of waiting turns, up to the limits.
 */
#ifndef MSIWATCH_SERVICE_TURNS_H
#define MSIWATCH_SERVICE_TURNS_H

#include "decide/turns_state.h"

/* Returns the product's limits (see ARCHITECTURE.md, "Turns"). */
struct turns_limits turns_limits_default(void);

/* The verdict counts as unknown since `now_ms`. */
void turns_init(struct turns *turns, const struct turns_limits *limits, uint64_t now_ms);
void turns_release(struct turns *turns);

/* Sets other limits, for requests and the lease from now on. */
void turns_set_limits(struct turns *turns, const struct turns_limits *limits);

/* ---- what happens ---- */

enum turn_refusal {
    TURN_WAITS,
    TURN_OVER_PROCESS,
    TURN_OVER_USER,
    TURN_OVER_TOTAL,
    TURN_NO_MEMORY,
};

/* A client requests a turn. If the result is TURN_WAITS, it waits from now on, and *number is
 * set. */
enum turn_refusal turns_acquire(struct turns *turns, const struct turn_wish *wish, uint64_t now_ms,
                                uint64_t *number);

/* Ends a turn that waits or is granted, for any reason. Returns false if there is none with that
 * number. */
bool turns_end(struct turns *turns, uint64_t number, uint64_t now_ms);

/* A sample that began at seen_ms found this verdict, which began at since_ms. */
void turns_look(struct turns *turns, enum verdict_state verdict, uint64_t since_ms,
                uint64_t seen_ms);

/* Puts the queue on hold until then (UINT64_MAX for until it is lifted), or ends the hold (0). */
void turns_hold(struct turns *turns, uint64_t until_ms);

/* ---- what follows ---- */

enum turn_step {
    TURN_NOTHING,
    TURN_GRANTED,  /* this turn is granted */
    TURN_EXPIRING, /* the granted turn ends at ends_ms unless something changes */
    TURN_KEPT,     /* it does not end then after all */
    TURN_EXPIRED,  /* it has ended */
    TURN_UNKNOWN,  /* it requires a known verdict and no longer waits */
};

struct turn_news {
    enum turn_step step;
    struct turn turn;
    bool blind; /* only for TURN_GRANTED */
    uint64_t ends_ms;
};

/* Returns the next step. When it returns, the step has been taken. */
struct turn_news turns_next(struct turns *turns, uint64_t now_ms);

/* Returns when to call turns_next again if nothing happens before; UINT64_MAX for never. If that
 * time has come and turns_next returns TURN_NOTHING, a new sample is needed. */
uint64_t turns_due(const struct turns *turns);

/* ---- the current state ---- */

/* Returns whether a turn is wedged_ms later than the rules allow, which is a defect of this queue
 * or of its caller. */
bool turns_wedged(const struct turns *turns, uint64_t now_ms);

#endif
