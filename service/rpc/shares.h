/* shares.h: processes input round robin by user, a little in each loop iteration, so that a client
 * that sends a lot delays the others by only a few requests. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_SHARES_H
#define MSIWATCH_SERVICE_SHARES_H

#include "rpc/connection.h"

/* Requests that are processed in a loop iteration, and of one connection before the next; more
 * only if a batch exceeds this. */
enum { SHARES_TURN = 8, SHARES_CONNECTION = 4 };

/* Processes some of the waiting input, by user; returns whether more waits. */
bool connections_take(struct connections *connections);

/* Calls connections_take once per loop iteration. */
struct shares {
    uv_check_t check;
    uv_idle_t idle; /* so that the loop does not block while input waits */
    struct connections *connections;
};

/* Sets it up in the loop; shares_close closes its handles with uv_close. */
void shares_init(struct shares *shares, uv_loop_t *loop);
void shares_close(struct shares *shares);

/* From now on it serves these connections. */
void shares_serve(struct shares *shares, struct connections *connections);

#endif
