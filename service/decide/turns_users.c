/* turns_users.c: the users of a queue who wait or recently waited. */
#include "decide/turns_users.h"

#include <stdlib.h>
#include <string.h>

#define ADMINISTRATORS 0u

bool turns_make_room(void **items, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return true;
    }
    size_t wanted = *room == 0 ? 8 : *room * 2;
    void *grown = realloc(*items, wanted * size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *room = wanted;
    return true;
}

static struct turn_user *add_user(struct turns *turns)
{
    void *users = turns->users;
    if (!turns_make_room(&users, turns->user_count, &turns->user_room, sizeof *turns->users)) {
        return NULL;
    }
    turns->users = users;
    return &turns->users[turns->user_count++];
}

static bool may_forget(const struct turns *turns, uint32_t user)
{
    return user != ADMINISTRATORS && user != turns->last_user && turns->users[user].waiting == 0 &&
           !(turns->out && turns->holder.user == user);
}

/* Finds a place for a new user: that of a user whose hour is over; or a new one, as long as there
 * are not more than can wait; or that of the user known for longest. NULL if there is not enough
 * memory. */
static struct turn_user *find_place(struct turns *turns, uint64_t now_ms)
{
    struct turn_user *oldest = NULL;
    for (uint32_t i = 0; i < turns->user_count; i++) {
        struct turn_user *user = &turns->users[i];
        if (may_forget(turns, i) &&
            (oldest == NULL || user->hour_began_ms < oldest->hour_began_ms)) {
            oldest = user;
        }
    }
    bool over = oldest != NULL && now_ms - oldest->hour_began_ms >= turns->limits.hour_ms;
    /* Three for the administrators, the holder and the last user; each of the others has a waiting
     * turn. */
    bool full = turns->user_count >= turns->limits.total + (size_t)3;
    return over || (full && oldest != NULL) ? oldest : add_user(turns);
}

static bool is_named(const struct turn_user *user, const struct turn_wish *wish)
{
    return user->name_size == wish->user_size &&
           memcmp(user->name, wish->user, wish->user_size) == 0;
}

struct turn_user *turns_find_user(struct turns *turns, const struct turn_wish *wish,
                                  uint64_t now_ms)
{
    if (turns->user_count == 0) {
        struct turn_user *administrators = add_user(turns);
        if (administrators == NULL) {
            return NULL;
        }
        memset(administrators, 0, sizeof *administrators);
    }
    if (wish->administrator) {
        return &turns->users[ADMINISTRATORS];
    }
    for (size_t i = 1; i < turns->user_count; i++) {
        if (is_named(&turns->users[i], wish)) {
            return &turns->users[i];
        }
    }
    struct turn_user *user = find_place(turns, now_ms);
    if (user != NULL) {
        memset(user, 0, sizeof *user);
        memcpy(user->name, wish->user, wish->user_size);
        user->name_size = wish->user_size;
        user->hour_began_ms = now_ms;
    }
    return user;
}

bool turns_count_acquire(const struct turns *turns, struct turn_user *user, uint64_t now_ms)
{
    if (now_ms - user->hour_began_ms >= turns->limits.hour_ms) {
        user->hour_began_ms = now_ms;
        user->acquires = 0;
    }
    if (user->acquires >= turns->limits.acquires) {
        return true;
    }
    user->acquires++;
    return false;
}

void turns_count_in(struct turns *turns, const struct turn *turn)
{
    struct turn_user *user = &turns->users[turn->user];
    user->waiting++;
    turns->kind_count += user->kinds[turn_kind(turn)]++ == 0;
}

void turns_count_out(struct turns *turns, const struct turn *turn)
{
    struct turn_user *user = &turns->users[turn->user];
    user->waiting--;
    turns->kind_count -= --user->kinds[turn_kind(turn)] == 0;
}
