/* turns_order.h: which turn is next (turns.h, rules 2 and 5). Pure functions. */
#ifndef MSIWATCH_SERVICE_TURNS_ORDER_H
#define MSIWATCH_SERVICE_TURNS_ORDER_H

#include "decide/turns_state.h"

/* Returns whether the turn counts as waiting: not if a hold stops it. */
bool turns_may_go(const struct turns *turns, const struct turn *turn);

/* Returns the index in `waiting` of the next turn; turns->count if none may be granted. */
size_t turns_pick(struct turns *turns, uint64_t now_ms);

/* Writes the waiting turns in the order in which they are likely to be granted. `order` has room
 * for turns->count. Takes time proportional to the square of their number. */
void turns_order(struct turns *turns, uint64_t now_ms, const struct turn **order);

#endif
