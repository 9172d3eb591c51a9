/* turns.c: the queue of turns: what happens, and what follows from it. turns_order.c has the
 * order. */
#include "decide/turns.h"

#include "decide/turns_order.h"
#include "decide/turns_users.h"

#include <stdlib.h>
#include <string.h>

#define NEVER UINT64_MAX
#define NOBODY UINT32_MAX
#define ADMINISTRATORS 0u
#define FEW 32u
#define SECOND_MS UINT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)

struct turns_limits turns_limits_default(void)
{
    return (struct turns_limits){
        .process = 8,
        .user = 64,
        .total = 512,
        .kept = 32,
        .acquires = 20,
        .hour_ms = 60 * MINUTE_MS,
        .age_ms = 15 * MINUTE_MS,
        .idle_ms = 10 * MINUTE_MS,
        .idle_standard_ms = 2 * MINUTE_MS,
        .expiring_ms = 30 * SECOND_MS,
        .break_ms = SECOND_MS,
        .yield_idle_ms = 30 * SECOND_MS,
        .yield_ms = 15 * MINUTE_MS,
        .most_ms = 240 * MINUTE_MS,
        .blind_after_ms = MINUTE_MS,
        .blind_gap_ms = 30 * SECOND_MS,
        .wedged_ms = SECOND_MS,
    };
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* ---- start and end ---- */

void turns_init(struct turns *turns, const struct turns_limits *limits, uint64_t now_ms)
{
    memset(turns, 0, sizeof *turns);
    turns->limits = *limits;
    turns->last_user = NOBODY;
    turns->verdict = VERDICT_UNKNOWN;
    turns->since_ms = turns->ended_ms = turns->seen_ms = now_ms;
    turns->due_ms = NEVER;
}

void turns_release(struct turns *turns)
{
    free(turns->waiting == NULL ? NULL : turns->waiting - turns->gone);
    free(turns->users);
    turns->waiting = NULL;
    turns->users = NULL;
    turns->count = turns->gone = turns->user_count = 0;
}

void turns_set_limits(struct turns *turns, const struct turns_limits *limits)
{
    turns->limits = *limits;
    turns->changed = true;
}

/* ---- what happens ---- */

static enum turn_refusal check_bounds(const struct turns *turns, const struct turn_wish *wish,
                                      const struct turn_user *user)
{
    const struct turns_limits *limits = &turns->limits;
    uint32_t kept = limits->kept < limits->total / 2 ? limits->kept : limits->total / 2;
    size_t standard = turns->count - turns->users[ADMINISTRATORS].waiting;
    uint32_t of_process = 0;
    if (turns->count >= limits->total ||
        (!wish->administrator && standard + kept >= limits->total)) {
        return TURN_OVER_TOTAL;
    }
    if (wish->administrator) {
        return TURN_WAITS;
    }
    for (size_t i = 0; i < turns->count; i++) {
        of_process += turns->waiting[i].pid == wish->pid;
    }
    return of_process >= limits->process   ? TURN_OVER_PROCESS
           : user->waiting >= limits->user ? TURN_OVER_USER
                                           : TURN_WAITS;
}

/* Makes room for one more waiting turn. The places of turns that have left are reused first. */
static bool make_room(struct turns *turns)
{
    size_t used = turns->gone + turns->count;
    void *places = NULL;
    if (turns->waiting != NULL) {
        places = turns->waiting - turns->gone;
        if (used == turns->room && turns->gone > turns->room / 4) {
            memmove(places, turns->waiting, turns->count * sizeof *turns->waiting);
            turns->waiting = places;
            turns->gone = 0;
            return true;
        }
    }
    if (!turns_make_room(&places, used, &turns->room, sizeof *turns->waiting) || places == NULL) {
        return false;
    }
    turns->waiting = (struct turn *)places + turns->gone;
    return true;
}

enum turn_refusal turns_acquire(struct turns *turns, const struct turn_wish *wish, uint64_t now_ms,
                                uint64_t *number)
{
    struct turn_user *user = turns_find_user(turns, wish, now_ms);
    if (user == NULL) {
        return TURN_NO_MEMORY;
    }
    enum turn_refusal refusal = check_bounds(turns, wish, user);
    if (refusal != TURN_WAITS) {
        return refusal;
    }
    if (!make_room(turns)) {
        return TURN_NO_MEMORY;
    }
    turns->waiting[turns->count++] = (struct turn){
        .number = ++turns->numbers,
        .owner = wish->owner,
        .asked_ms = now_ms,
        .settle_ms = wish->settle_ms,
        .pid = wish->pid,
        .user = (uint32_t)(user - turns->users),
        .administrator = wish->administrator,
        .background = wish->background,
        .require_known = wish->require_known,
        .ignore_hold = wish->ignore_hold,
        .over = !wish->administrator && turns_count_acquire(turns, user, now_ms),
    };
    turns_count_in(turns, &turns->waiting[turns->count - 1]);
    turns->changed = true;
    *number = turns->numbers;
    return TURN_WAITS;
}

/* Removes a waiting turn by moving those on the shorter side of it, because it is usually one of
 * the first. */
static struct turn take_waiting(struct turns *turns, size_t place)
{
    struct turn *waiting = turns->waiting, turn = waiting[place];
    if (turns->count > FEW && place < turns->count / 2) {
        memmove(&waiting[1], waiting, place * sizeof turn);
        turns->waiting++;
        turns->gone++;
    } else {
        memmove(&waiting[place], &waiting[place + 1], (turns->count - place - 1) * sizeof turn);
    }
    turns->count--;
    turns_count_out(turns, &turn);
    turns->changed = true;
    return turn;
}

static void end_holder(struct turns *turns, uint64_t now_ms)
{
    turns->out = turns->expiring = turns->blind = false;
    turns->ended_ms = now_ms;
    turns->changed = true;
}

bool turns_end(struct turns *turns, uint64_t number, uint64_t now_ms)
{
    if (turns->out && turns->holder.number == number) {
        end_holder(turns, now_ms);
        return true;
    }
    for (size_t i = 0; i < turns->count; i++) {
        if (turns->waiting[i].number == number) {
            take_waiting(turns, i);
            return true;
        }
    }
    return false;
}

void turns_look(struct turns *turns, enum verdict_state verdict, uint64_t since_ms,
                uint64_t seen_ms)
{
    bool was_idle = turns->verdict == VERDICT_IDLE;
    bool is_idle = verdict == VERDICT_IDLE;
    bool same = verdict == turns->verdict && since_ms == turns->since_ms;
    if (was_idle && !same) {
        turns->broken_ms = is_idle ? turns->seen_ms : since_ms;
    }
    if (is_idle && !same && since_ms >= turns->broken_ms + turns->limits.break_ms) {
        turns->row_ms = since_ms;
    }
    turns->verdict = verdict;
    turns->since_ms = since_ms;
    turns->seen_ms = seen_ms;
    turns->changed = turns->changed || !same;
}

void turns_hold(struct turns *turns, uint64_t until_ms)
{
    bool held = until_ms != 0;
    turns->changed = turns->changed || held != turns->held || until_ms != turns->held_until_ms;
    turns->held = held;
    turns->held_until_ms = until_ms;
}

/* ---- the lease ---- */

/* Returns whether the verdict is idle for the lease, for which a short break does not count. */
static bool is_in_a_row(const struct turns *turns, uint64_t now_ms)
{
    return turns->verdict == VERDICT_IDLE || now_ms < turns->broken_ms + turns->limits.break_ms;
}

/* Returns since when others wait, or administrators; NEVER if nobody does. */
static uint64_t waits_since(const struct turns *turns, bool administrators)
{
    size_t count = administrators && turns->users[ADMINISTRATORS].waiting == 0 ? 0 : turns->count;
    for (size_t i = 0; i < count; i++) {
        const struct turn *turn = &turns->waiting[i];
        if (turns_may_go(turns, turn) && (turn->administrator || !administrators)) {
            return turn->asked_ms;
        }
    }
    return NEVER;
}

static uint64_t lease_end(const struct turns *turns, uint64_t now_ms)
{
    const struct turns_limits *limits = &turns->limits;
    const struct turn *holder = &turns->holder;
    uint64_t end = turns->granted_ms + limits->most_ms;
    uint64_t others = waits_since(turns, false);
    if (others == NEVER) {
        return end;
    }
    bool in_a_row = is_in_a_row(turns, now_ms);
    uint64_t row = later(turns->granted_ms, turns->row_ms);
    if (in_a_row) {
        uint64_t idle = holder->administrator ? limits->idle_ms : limits->idle_standard_ms;
        end = earlier(end, later(row, others) + idle + limits->expiring_ms);
    }
    uint64_t administrators = holder->administrator ? NEVER : waits_since(turns, true);
    if (administrators == NEVER) {
        return end;
    }
    if (in_a_row) {
        end = earlier(end, later(row, administrators) + limits->yield_idle_ms);
    }
    uint64_t yield = later(turns->granted_ms + limits->yield_ms,
                           administrators + limits->expiring_ms);
    return earlier(end, yield);
}

static struct turn_news news_of(struct turns *turns, enum turn_step step, uint64_t ends_ms)
{
    turns->changed = true; /* there may be more to report */
    return (struct turn_news){
        .step = step, .turn = turns->holder, .blind = turns->blind, .ends_ms = ends_ms};
}

static struct turn_news next_of_lease(struct turns *turns, uint64_t now_ms)
{
    uint64_t notice = turns->limits.expiring_ms;
    uint64_t end = lease_end(turns, now_ms);
    bool expiring = end <= now_ms + notice;
    if (expiring && !turns->expiring) {
        turns->expiring = true;
        turns->told_ms = now_ms;
        return news_of(turns, TURN_EXPIRING, later(end, now_ms + notice));
    }
    if (!expiring && turns->expiring) {
        turns->expiring = false;
        return news_of(turns, TURN_KEPT, end);
    }
    uint64_t due = expiring ? later(end, turns->told_ms + notice) : end - notice;
    if (expiring && due <= now_ms) {
        struct turn_news news = news_of(turns, TURN_EXPIRED, due);
        end_holder(turns, now_ms);
        return news;
    }
    if (turns->verdict != VERDICT_IDLE && is_in_a_row(turns, now_ms)) {
        due = earlier(due, turns->broken_ms + turns->limits.break_ms);
    }
    turns->due_ms = due;
    return (struct turn_news){.step = TURN_NOTHING};
}

/* ---- granting ---- */

/* Returns when a turn may be granted: by a sample that began at this time or later, or, if the
 * verdict is unknown, by the clock. */
static uint64_t may_go_ms(const struct turns *turns, const struct turn *turn)
{
    switch (turns->verdict) {
    case VERDICT_IDLE:
        return later(turns->since_ms + turn->settle_ms, later(turns->ended_ms, turn->asked_ms));
    case VERDICT_UNKNOWN:
        return later(turns->since_ms + turns->limits.blind_after_ms,
                     turns->ended_ms + turns->limits.blind_gap_ms);
    case VERDICT_BUSY:
        break;
    }
    return NEVER;
}

static uint64_t seen_until(const struct turns *turns, uint64_t now_ms)
{
    return turns->verdict == VERDICT_IDLE ? turns->seen_ms : now_ms;
}

/* Returns when the next waiting turn will have waited for age_ms, because then another turn may be
 * the next one. */
static uint64_t next_aged_ms(const struct turns *turns, uint64_t now_ms)
{
    for (size_t i = 0; i < turns->count; i++) {
        uint64_t aged_ms = turns->waiting[i].asked_ms + turns->limits.age_ms;
        if (aged_ms > now_ms) {
            return aged_ms;
        }
    }
    return NEVER;
}

static struct turn_news grant(struct turns *turns, size_t place, uint64_t now_ms)
{
    bool blind = turns->verdict != VERDICT_IDLE;
    struct turn turn = take_waiting(turns, place);
    if (blind && turn.require_known) {
        return (struct turn_news){.step = TURN_UNKNOWN, .turn = turn};
    }
    turns->out = true;
    turns->holder = turn;
    turns->blind = blind;
    turns->granted_ms = now_ms;
    turns->last_user = turn.user;
    turns->users[turn.user].served = ++turns->grants;
    return news_of(turns, TURN_GRANTED, NEVER);
}

static struct turn_news next_grant(struct turns *turns, bool changed, uint64_t now_ms)
{
    if (changed || now_ms >= turns->next_until_ms) {
        turns->next = turns_pick(turns, now_ms);
        turns->next_until_ms = next_aged_ms(turns, now_ms);
    }
    turns->due_ms = NEVER;
    if (turns->next < turns->count) {
        uint64_t at_ms = may_go_ms(turns, &turns->waiting[turns->next]);
        if (at_ms <= seen_until(turns, now_ms)) {
            return grant(turns, turns->next, now_ms);
        }
        turns->due_ms = at_ms == NEVER ? NEVER : earlier(at_ms, turns->next_until_ms);
    }
    return (struct turn_news){.step = TURN_NOTHING};
}

struct turn_news turns_next(struct turns *turns, uint64_t now_ms)
{
    if (turns->held && now_ms >= turns->held_until_ms) {
        turns_hold(turns, 0);
    }
    bool changed = turns->changed;
    if (!changed && now_ms < turns->due_ms) {
        return (struct turn_news){.step = TURN_NOTHING};
    }
    turns->changed = false;
    return turns->out ? next_of_lease(turns, now_ms) : next_grant(turns, changed, now_ms);
}

uint64_t turns_due(const struct turns *turns)
{
    bool held_back = turns->held; /* even if nobody waits, because clients see the hold */
    return held_back ? earlier(turns->due_ms, turns->held_until_ms) : turns->due_ms;
}

bool turns_wedged(const struct turns *turns, uint64_t now_ms)
{
    uint64_t late = turns->limits.wedged_ms;
    if (turns->out) {
        uint64_t end = lease_end(turns, now_ms);
        return turns->expiring
                   ? now_ms > later(end, turns->told_ms + turns->limits.expiring_ms) + late
                   : now_ms + turns->limits.expiring_ms > end + late;
    }
    bool waits = false;
    for (size_t i = 0; i < turns->count; i++) {
        const struct turn *turn = &turns->waiting[i];
        uint64_t at_ms = may_go_ms(turns, turn);
        if (!turns_may_go(turns, turn)) {
            continue;
        }
        waits = true;
        if (at_ms == NEVER || at_ms + late >= seen_until(turns, now_ms)) {
            return false;
        }
    }
    return waits;
}
