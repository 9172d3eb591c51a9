/* turns_users.h: the users of a queue, whether they wait or did of late. For turns.c. */
#ifndef MSIWATCH_SERVICE_TURNS_USERS_H
#define MSIWATCH_SERVICE_TURNS_USERS_H

#include "decide/turns_state.h"

/* Room for one more of what has `size` bytes. False when memory is out. */
bool turns_make_room(void **items, size_t count, size_t *room, size_t size);

/* The user that wishes, who may be new. NULL when memory is out. */
struct turn_user *turns_find_user(struct turns *turns, const struct turn_wish *wish,
                                  uint64_t now_ms);

/* Counts an acquire. Whether it is one too many in this hour. */
bool turns_count_acquire(const struct turns *turns, struct turn_user *user, uint64_t now_ms);

/* A turn waits from now on, or no longer. */
void turns_count_in(struct turns *turns, const struct turn *turn);
void turns_count_out(struct turns *turns, const struct turn *turn);

/* Which of TURN_KINDS it is of. */
static inline unsigned turn_kind(const struct turn *turn)
{
    return (unsigned)turn->over << 1 | (unsigned)turn->background;
}

#endif
