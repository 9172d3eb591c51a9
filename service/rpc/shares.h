/* shares.h: processes input round robin by user, a little in each loop iteration, so that a client
 * that sends a lot delays the others by only a few requests. Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_SHARES_H
#define MSIWATCH_SERVICE_SHARES_H

#include "rpc/connection.h"

/* Requests that are processed in a loop iteration, and of one connection before the next; more
 * only if a batch exceeds this. */
enum { SHARES_TURN = 8, SHARES_CONNECTION = 4 };

/* Takes some of what waits, by user; whether more waits. */
bool connections_take(struct connections *connections);

/* What calls it, in a turn of a loop. */
struct shares {
    uv_check_t check;
    uv_idle_t idle; /* so that the loop does not wait for others meanwhile */
    struct connections *connections;
};

/* For the loop's use; uv_close follows in shares_close. */
void shares_init(struct shares *shares, uv_loop_t *loop);
void shares_close(struct shares *shares);

/* It serves these connections from now on. */
void shares_serve(struct shares *shares, struct connections *connections);

#endif
