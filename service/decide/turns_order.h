/* turns_order.h: who is next (turns.h, rules 2 and 5). Pure functions. */
#ifndef MSIWATCH_SERVICE_TURNS_ORDER_H
#define MSIWATCH_SERVICE_TURNS_ORDER_H

#include "decide/turns_state.h"

/* Whether it counts as waiting: not while it is held back by a hold. */
bool turns_may_go(const struct turns *turns, const struct turn *turn);

/* The place in `waiting` of the next one; turns->count when there is none that may go. */
size_t turns_pick(struct turns *turns, uint64_t now_ms);

/* Those that wait, in the order in which they are likely to go on. `order` has room for
 * turns->count. Takes time by the square of those that wait. */
void turns_order(struct turns *turns, uint64_t now_ms, const struct turn **order);

#endif
