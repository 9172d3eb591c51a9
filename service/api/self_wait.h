/* self_wait.h: finds out whether a client would wait for something that waits for the client. Loop
 * thread only. */
#ifndef MSIWATCH_SERVICE_SELF_WAIT_H
#define MSIWATCH_SERVICE_SELF_WAIT_H

#include "api/turns_state.h"

#define SELF_WAIT_AGAIN_MS 1000u

/* Whether the client descends from the process that owns the mutex, from the one that asked for the
 * running installation, or, if `turns` is set, from the one that the current turn is for. */
bool self_wait_found(struct self_wait *wait, const struct request *request);

/* The same, but only if the check is due; otherwise false. */
bool self_wait_found_by_now(struct self_wait *wait, const struct request *request);

/* Answers the request with -32005. */
void self_wait_refuse(struct request *request, const struct self_wait *wait);

/* Refuses the requests that wait for a turn and are due and found. Returns when the next is due. */
uint64_t self_wait_watch_turns(struct api *api);

#endif
