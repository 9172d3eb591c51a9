/* self_wait.h: whether a client would wait for what waits for the client itself. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_SELF_WAIT_H
#define MSIWATCH_SERVICE_SELF_WAIT_H

#include "rpc/request.h"

/* Answers a request, with -32005, whose client descends from the process that owns the mutex or
 * that asked for what is being installed; or, with `turns`, for which a turn is out. False, and
 * nothing done: it may wait. */
bool self_wait_refuse(struct request *request, bool turns);

#endif
