/* turns_users.h: the users of a queue who wait or recently waited. For turns.c. */
#ifndef MSIWATCH_SERVICE_TURNS_USERS_H
#define MSIWATCH_SERVICE_TURNS_USERS_H

#include "decide/turns_state.h"

/* Makes room for one more item of `size` bytes. Returns false if there is not enough memory. */
bool turns_make_room(void **items, size_t count, size_t *room, size_t size);

/* Returns the user of a request, who may be new. NULL if there is not enough memory. */
struct turn_user *turns_find_user(struct turns *turns, const struct turn_wish *wish,
                                  uint64_t now_ms);

/* Counts an acquire. Returns whether it is one too many in this hour. */
bool turns_count_acquire(const struct turns *turns, struct turn_user *user, uint64_t now_ms);

/* Counts a turn that begins to wait, or no longer waits. */
void turns_count_in(struct turns *turns, const struct turn *turn);
void turns_count_out(struct turns *turns, const struct turn *turn);

/* Returns which of the TURN_KINDS it is. */
static inline unsigned turn_kind(const struct turn *turn)
{
    return (unsigned)turn->over << 1 | (unsigned)turn->background;
}

#endif
