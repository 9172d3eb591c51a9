/* shares.c: processes input round robin by user, a little in each loop iteration. */
#include "rpc/shares.h"

bool connections_take(struct connections *connections)
{
    size_t left = SHARES_TURN;
    struct fair_entry *entry;
    while (left > 0 && (entry = fair_queue_take(&connections->waiting)) != NULL) {
        size_t share = left < SHARES_CONNECTION ? left : SHARES_CONNECTION;
        size_t taken = connection_take(LIST_ENTRY(entry, struct connection, entry), share);
        left -= taken < left ? taken : left;
    }
    return !fair_queue_is_empty(&connections->waiting);
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

/* Once per loop iteration, after everything that the loop found has been read. */
static void on_check(uv_check_t *check)
{
    struct shares *shares = check->data;
    if (!connections_take(shares->connections)) {
        uv_idle_stop(&shares->idle);
    }
}

static void begin(struct connections *connections)
{
    uv_idle_start(&connections->shares->idle, on_idle);
}

void shares_init(struct shares *shares, uv_loop_t *loop)
{
    uv_check_init(loop, &shares->check);
    uv_idle_init(loop, &shares->idle);
    uv_unref((uv_handle_t *)&shares->check); /* it does not keep the loop running */
    shares->check.data = shares;
}

void shares_close(struct shares *shares)
{
    uv_close((uv_handle_t *)&shares->check, NULL);
    uv_close((uv_handle_t *)&shares->idle, NULL);
}

void shares_serve(struct shares *shares, struct connections *connections)
{
    shares->connections = connections;
    connections->shares = shares;
    connections->somebody_waits = begin;
    uv_check_start(&shares->check, on_check);
}
