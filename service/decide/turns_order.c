/* turns_order.c: who is next (turns.h, rules 2 and 5). */
#include "decide/turns_order.h"

/* What stands between two that wait, most important first; the smaller one goes before. */
enum { KEY_ADMINISTRATOR, KEY_AGE, KEY_OVER, KEY_CLASS, KEY_SERVED, KEY_COUNT };

/* Who had the last turn, and when each user had its last one: as it is, or as it will be. */
struct past {
    uint32_t last_user;
    bool foreseen;
    bool others; /* somebody waits who is not the user that had the last turn */
};

bool turns_may_go(const struct turns *turns, const struct turn *turn)
{
    return !turns->held || (turn->administrator && turn->ignore_hold);
}

static void make_key(const struct turns *turns, const struct turn *turn, const struct past *past,
                     uint64_t now_ms, uint64_t key[KEY_COUNT])
{
    const struct turn_user *user = &turns->users[turn->user];
    bool twice = past->others && turn->user == past->last_user;
    bool aged = now_ms - turn->asked_ms >= turns->limits.age_ms && !twice;
    key[KEY_ADMINISTRATOR] = !turn->administrator ? 1 : twice ? 2 : 0;
    key[KEY_AGE] = !aged;
    key[KEY_OVER] = !aged && turn->over;
    key[KEY_CLASS] = !aged && turn->background;
    key[KEY_SERVED] = past->foreseen ? user->foreseen : user->served;
}

static bool is_before(const uint64_t a[KEY_COUNT], const uint64_t b[KEY_COUNT])
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i];
        }
    }
    return false; /* who came first stands first */
}

static size_t pick(const struct turns *turns, struct past *past, uint64_t now_ms)
{
    size_t best = turns->count;
    uint64_t best_key[KEY_COUNT], key[KEY_COUNT];
    past->others = false;
    for (size_t i = 0; i < turns->count && !past->others; i++) {
        const struct turn *turn = &turns->waiting[i];
        past->others = turn->user != past->last_user && !(past->foreseen && turn->placed) &&
                       turns_may_go(turns, turn);
    }
    for (size_t i = 0; i < turns->count; i++) {
        const struct turn *turn = &turns->waiting[i];
        if ((past->foreseen && turn->placed) || !turns_may_go(turns, turn)) {
            continue;
        }
        make_key(turns, turn, past, now_ms, key);
        if (best == turns->count || is_before(key, best_key)) {
            best = i;
            for (size_t k = 0; k < KEY_COUNT; k++) {
                best_key[k] = key[k];
            }
        }
    }
    return best;
}

size_t turns_pick(const struct turns *turns, uint64_t now_ms)
{
    struct past past = {.last_user = turns->last_user};
    return pick(turns, &past, now_ms);
}

/* Plays the grants to come, as if nothing else happened. Those that a hold keeps back come last. */
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
