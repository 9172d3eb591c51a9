/* self_wait.h: whether a client would wait for what waits for the client itself. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_SELF_WAIT_H
#define MSIWATCH_SERVICE_SELF_WAIT_H

#include "api/turns_state.h"

#define SELF_WAIT_AGAIN_MS 1000u

/* Whether the client descends from the process that owns the mutex or that asked for what is being
 * installed, or, with `turns`, for which a turn is out. */
bool self_wait_found(struct self_wait *wait, const struct request *request);

/* The same if it is due. */
bool self_wait_found_by_now(struct self_wait *wait, const struct request *request);

/* Answers the request, with -32005. */
void self_wait_refuse(struct request *request, const struct self_wait *wait);

/* Refuses those that wait for a turn and are found by now. Returns when the next is due. */
uint64_t self_wait_watch_turns(struct api *api);

#endif
