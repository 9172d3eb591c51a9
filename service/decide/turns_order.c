/* turns_order.c: which turn is next (turns.h, rules 2 and 5). */
#include "decide/turns_order.h"

#include "decide/turns_users.h"

/* Which user had the last turn: in reality, or as foreseen by turns_order. */
struct past {
    uint32_t last_user;
    bool foreseen;
    bool others; /* a user other than the one with the last turn waits */
};

bool turns_may_go(const struct turns *turns, const struct turn *turn)
{
    return !turns->held || (turn->administrator && turn->ignore_hold);
}

/* Returns the rules that distinguish turns as one number, the most important rule in the highest
 * bits. The smaller number goes first; of two equal ones, the turn that came first. It is one
 * number for speed, because each grant computes it for every waiting turn. */
static uint64_t key_of(const struct turns *turns, const struct turn *turn, const struct past *past,
                       uint64_t now_ms)
{
    const struct turn_user *user = &turns->users[turn->user];
    bool twice = past->others && turn->user == past->last_user;
    bool aged = now_ms - turn->asked_ms >= turns->limits.age_ms && !twice;
    uint64_t administrator = !turn->administrator ? 1 : twice ? 2 : 0;
    uint64_t over = !aged && turn->over;
    uint64_t background = !aged && turn->background;
    uint64_t served = past->foreseen ? user->foreseen : user->served;
    return administrator << 62 | (uint64_t)!aged << 61 | over << 60 | background << 59 | served;
}

/* Returns whether this pick has seen a turn of the same user and kind before; marks it as seen. */
static bool was_seen(struct turns *turns, const struct turn *turn)
{
    uint64_t *seen = &turns->users[turn->user].seen[turn_kind(turn)];
    bool was = *seen == turns->picks;
    *seen = turns->picks;
    return was;
}

/* Stops when it has seen one turn of each user and kind, because the others cannot go before those.
 * That does not hold if some turns do not count. */
static size_t pick(struct turns *turns, struct past *past, uint64_t now_ms)
{
    size_t best = turns->count;
    uint64_t best_key = UINT64_MAX;
    size_t left = turns->kind_count;
    bool all_count = !turns->held && !past->foreseen;
    turns->picks++;
    past->others = false;
    for (size_t i = 0; i < turns->count && !past->others; i++) {
        const struct turn *turn = &turns->waiting[i];
        past->others = turn->user != past->last_user && !(past->foreseen && turn->placed) &&
                       turns_may_go(turns, turn);
    }
    for (size_t i = 0; i < turns->count && left > 0; i++) {
        const struct turn *turn = &turns->waiting[i];
        if (all_count && was_seen(turns, turn)) {
            continue;
        }
        left -= all_count;
        if ((past->foreseen && turn->placed) || !turns_may_go(turns, turn)) {
            continue;
        }
        uint64_t key = key_of(turns, turn, past, now_ms);
        if (key < best_key) {
            best = i;
            best_key = key;
        }
    }
    return best;
}

size_t turns_pick(struct turns *turns, uint64_t now_ms)
{
    struct past past = {.last_user = turns->last_user};
    return pick(turns, &past, now_ms);
}

/* Plays through the coming grants as if nothing else happened. Turns that a hold stops come
 * last. */
void turns_order(struct turns *turns, uint64_t now_ms, const struct turn **order)
{
    struct past past = {.last_user = turns->last_user, .foreseen = true};
    uint64_t grants = turns->grants;
    size_t placed = 0;
    for (size_t i = 0; i < turns->user_count; i++) {
        turns->users[i].foreseen = turns->users[i].served;
    }
    for (size_t i = 0; i < turns->count; i++) {
        turns->waiting[i].placed = false;
    }
    for (size_t next = pick(turns, &past, now_ms); next < turns->count;
         next = pick(turns, &past, now_ms)) {
        struct turn *turn = &turns->waiting[next];
        turn->placed = true;
        turns->users[turn->user].foreseen = ++grants;
        past.last_user = turn->user;
        order[placed++] = turn;
    }
    for (size_t i = 0; i < turns->count; i++) {
        if (!turns->waiting[i].placed) {
            order[placed++] = &turns->waiting[i];
        }
    }
}
