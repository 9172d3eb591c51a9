/* rpc.h: JSON-RPC over the transport, from the asking side: one request at a time, matched with its
 * answer; notifications that come in between are kept for rpc_next.
 *
 * Nothing that the peer sends is trusted: lines and what is kept are bounded, and what is not
 * understood ends the connection with CODE_BAD_DATA. Results are codes (codes.h); deadlines are
 * times of transport_now. One thread at a time.
 */
#ifndef MSIWATCH_CLIENT_RPC_H
#define MSIWATCH_CLIENT_RPC_H

#include "lib/line_queue.h"
#include "common/lines.h"
#include "lib/rpc_error.h"
#include "lib/transport.h"

#include <yyjson.h>

struct rpc {
    struct transport *transport; /* not owned */
    bool connected;
    char closing_limit[RPC_LIMIT_SIZE]; /* the peer closes because of this limit; "": it does not */
    struct lines lines;
    uint64_t last_id;
    uint64_t abandoned_id; /* a request that the peer still works on for nobody; 0: none */
    bool subscribed;
    uint64_t subscription;
    struct kept kept; /* notifications that wait for rpc_next */
    /* Hears each notification `turn`, from inside of the call that read it. True: this was the
     * last one of a turn. NULL: nobody hears them. */
    bool (*turn_told)(void *arg, yyjson_val *params);
    void *turn_arg;
    yyjson_doc *doc;        /* the last answer or notification, or NULL */
    yyjson_val *value;      /* what of it the caller asked for, or NULL */
    struct rpc_error error; /* of the last call */
};

/* What becomes of a request whose caller stopped waiting. */
enum rpc_abandon {
    RPC_DROP,      /* its answer is dropped when it comes */
    RPC_CANCEL,    /* the service hears, too, that nobody waits */
    RPC_DISCONNECT /* its answer would matter: close the connection */
};

void rpc_init(struct rpc *rpc, struct transport *transport);
void rpc_release(struct rpc *rpc);

/* Connects, dropping the connection there is. */
uint32_t rpc_connect(struct rpc *rpc, uint64_t deadline);
void rpc_disconnect(struct rpc *rpc);

/* Asks, and waits for the answer: rpc->value is the result; after an error answer the error
 * object, and the code is what it stands for. `params` was made in `doc` and may be NULL; `doc` is
 * the caller's (NULL: memory was out). Nothing that the peer sent after the answer has been looked
 * at when this returns. */
struct rpc_call {
    const char *method;
    yyjson_mut_doc *doc;
    yyjson_mut_val *params;
    enum rpc_abandon abandon;
    /* Called whenever so long nothing came; 0: never. */
    uint32_t tick_ms;
    void (*tick)(void *arg);
    void *arg;
};
uint32_t rpc_call(struct rpc *rpc, const struct rpc_call *call, uint64_t deadline);

/* The next notification `event`, `gap` or `reset` of rpc->subscription: rpc->value is the whole of
 * it. CODE_LOST when the peer has closed and none is left. */
uint32_t rpc_next(struct rpc *rpc, uint64_t deadline);

/* Waits until the turn of this connection ends: rpc->value is what was said of it. CODE_LOST when
 * the peer has closed. */
uint32_t rpc_watch_turn(struct rpc *rpc, uint64_t deadline);

/* Forgets the subscription and what was kept of it. */
void rpc_forget_subscription(struct rpc *rpc);

/* Tells the peer, if that needs no waiting, that the last abandoned request is of no use. */
void rpc_tell_abandoned(struct rpc *rpc);

/* Takes a result that was not understood for what it is: closes, CODE_BAD_DATA. */
uint32_t rpc_garbled(struct rpc *rpc);

#endif
