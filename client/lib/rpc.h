/* rpc.h: JSON-RPC over the transport, the client's side: one request at a time, matched with its
 * answer. Notifications that come in between are kept for rpc_next.
 *
 * Nothing that the service sends is trusted: the length of lines and the number of kept bytes are
 * limited, and anything that is not understood ends the connection with CODE_BAD_DATA. Results are
 * codes (codes.h); deadlines are times of transport_now. One thread at a time.
 */
#ifndef MSIWATCH_CLIENT_RPC_H
#define MSIWATCH_CLIENT_RPC_H

#include "common/lines.h"
#include "lib/rpc_error.h"
#include "lib/transport.h"

#include <yyjson.h>

/* The most bytes of notifications that are kept. */
#define KEPT_BYTES 0x100000u

struct rpc {
    struct transport *transport; /* not owned */
    bool connected;
    char closing_limit[MSIWATCH_NAME_SIZE]; /* the service closes because of this limit; "": it has
                                             * not said so */
    struct lines lines;
    uint64_t last_id;
    uint64_t abandoned_id; /* a request that the service still works on but nobody waits for; 0:
                            * none */
    bool subscribed;
    uint64_t subscription;
    struct lines kept; /* notifications that wait for rpc_next, at most KEPT_BYTES */
    /* Called for each notification `turn`, from inside the call that read it. True: it was the last
     * one of a turn. NULL: they are ignored. */
    bool (*turn_told)(void *arg, yyjson_val *params);
    void *turn_arg;
    yyjson_doc *doc;             /* the last answer or notification, or NULL */
    yyjson_val *value;           /* the part of it that the caller asked for, or NULL */
    struct msiwatch_error error; /* of the last call; its size is not set */
};

/* What happens to a request when its caller stops waiting. */
enum rpc_abandon {
    RPC_DROP,      /* its answer is dropped when it comes */
    RPC_CANCEL,    /* the service is also told that nobody waits for it */
    RPC_DISCONNECT /* its answer would have an effect: close the connection */
};

void rpc_init(struct rpc *rpc, struct transport *transport);
void rpc_release(struct rpc *rpc);

/* Connects; drops the connection if there is one. */
uint32_t rpc_connect(struct rpc *rpc, uint64_t deadline);
void rpc_disconnect(struct rpc *rpc);

/* Sends a request and waits for the answer. rpc->value is the result; after an error answer, it is
 * the error object, and the code is what that means. `params` was made in `doc` and may be NULL;
 * the caller owns `doc` (NULL: out of memory). When this returns, nothing that came after the
 * answer has been read. */
struct rpc_call {
    const char *method;
    yyjson_mut_doc *doc;
    yyjson_mut_val *params;
    enum rpc_abandon abandon;
    /* Called whenever nothing has come for tick_ms; 0: never. */
    uint32_t tick_ms;
    void (*tick)(void *arg);
    void *arg;
};
uint32_t rpc_call(struct rpc *rpc, const struct rpc_call *call, uint64_t deadline);

/* Returns the next notification `event`, `gap` or `reset` of rpc->subscription: rpc->value is all
 * of it. CODE_LOST: the service has closed the connection, and none is left. */
uint32_t rpc_next(struct rpc *rpc, uint64_t deadline);

/* Waits until the turn of this connection ends: rpc->value is what the service said about it.
 * CODE_LOST: the service has closed the connection. */
uint32_t rpc_watch_turn(struct rpc *rpc, uint64_t deadline);

/* Forgets the subscription and the notifications that were kept for it. */
void rpc_forget_subscription(struct rpc *rpc);

/* Tells the service, if that needs no waiting, that nobody waits for the last abandoned request. */
void rpc_tell_abandoned(struct rpc *rpc);

/* To be called when a result was not understood: closes the connection, returns CODE_BAD_DATA. */
uint32_t rpc_garbled(struct rpc *rpc);

#endif
