/* turns.h: whose turn it is to use Windows Installer: a queue, and at most one turn that is out.
 *
 * A pure queue. It reads no clock and has no side effects: its caller says what happened and at
 * which monotonic time, never a time before an earlier one, and turns_next says what follows. After
 * each call that changes something, and when turns_due's time has come, call turns_next until it
 * says TURN_NOTHING.
 *
 * The rules:
 *  1. A turn is granted only when none is out and the verdict has been idle for the turn's settle
 *     time, by a sample that was begun since the last turn ended and since this one was asked for.
 *     While the one that is next settles, a later one with a shorter settle time does not pass it.
 *  2. The order among those that wait, the first that tells them apart:
 *     a. administrators, who are one user, go before others, but never twice in a row while
 *        another waits;
 *     b. who has waited for age_ms goes before those who have not, but so, too, no user twice in a
 *        row while another waits. Among these b alone and then d and e count;
 *     c. who was within the acquires an hour when it asked goes before who was not; then normal
 *        before background;
 *     d. of two users, the one whose last turn is longer ago;
 *     e. first come, first served.
 *  3. The lease. While others wait, a turn ends when the verdict has been idle for TurnIdle and
 *     then expiring_ms, in a row: a break shorter than break_ms does not end the row. A standard
 *     user's turn also ends, while an administrator waits, after yield_idle_ms of idle, and
 *     yield_ms after it was granted, but not within expiring_ms after the administrator asked.
 *     Each ends most_ms after it was granted. The holder gets notice expiring_ms before the end; if
 *     the notice was late, so is the end.
 *  4. When the verdict has been unknown for blind_after_ms, turns are granted blind, each
 *     blind_gap_ms after the last one ended. One that asked for a known verdict ends instead.
 *  5. While the queue is on hold, nothing is granted but to administrators who ignore it, and the
 *     others count as if they did not wait.
 *  6. Bounds: so many wait of one process, of one user, in all; administrators have none but the
 *     last, and some places of it for themselves.
 *
 * Loop thread only. Its memory grows with those that wait, up to the bounds.
 */
#ifndef MSIWATCH_SERVICE_TURNS_H
#define MSIWATCH_SERVICE_TURNS_H

#include "decide/turns_state.h"

/* As ARCHITECTURE.md, "Turns", has them. */
struct turns_limits turns_limits_default(void);

/* The verdict is unknown since then. */
void turns_init(struct turns *turns, const struct turns_limits *limits, uint64_t now_ms);
void turns_release(struct turns *turns);

/* Other limits, for requests and the lease from now on. */
void turns_set_limits(struct turns *turns, const struct turns_limits *limits);

/* ---- what happens ---- */

enum turn_refusal {
    TURN_WAITS,
    TURN_OVER_PROCESS,
    TURN_OVER_USER,
    TURN_OVER_TOTAL,
    TURN_NO_MEMORY,
};

/* Somebody asks for a turn. *number is set if it waits from now on. */
enum turn_refusal turns_acquire(struct turns *turns, const struct turn_wish *wish, uint64_t now_ms,
                                uint64_t *number);

/* A turn that waits or is out ends, for whatever reason. False if there is none of that number. */
bool turns_end(struct turns *turns, uint64_t number, uint64_t now_ms);

/* A sample begun at seen_ms found this verdict, which began at since_ms. */
void turns_look(struct turns *turns, enum verdict_state verdict, uint64_t since_ms,
                uint64_t seen_ms);

/* The queue is on hold until then (UINT64_MAX: until it is lifted), or no longer (0). */
void turns_hold(struct turns *turns, uint64_t until_ms);

/* ---- what follows ---- */

enum turn_step {
    TURN_NOTHING,
    TURN_GRANTED,  /* this one is out */
    TURN_EXPIRING, /* the one that is out ends at ends_ms unless something changes */
    TURN_KEPT,     /* it does not end then, after all */
    TURN_EXPIRED,  /* it ended */
    TURN_UNKNOWN,  /* it asked for a known verdict and waits no longer */
};

struct turn_news {
    enum turn_step step;
    struct turn turn;
    bool blind; /* of TURN_GRANTED */
    uint64_t ends_ms;
};

/* What follows now, one step a call. The step has been taken when it returns. */
struct turn_news turns_next(struct turns *turns, uint64_t now_ms);

/* When to call turns_next again, if nothing happens before: UINT64_MAX if it need not be. If that
 * time has come and turns_next says TURN_NOTHING, a new sample is what is missing. */
uint64_t turns_due(const struct turns *turns);

/* ---- what is so ---- */

/* Whether somebody has waited wedged_ms longer than the rules allow: a defect of this queue or of
 * its caller. */
bool turns_wedged(const struct turns *turns, uint64_t now_ms);

#endif
