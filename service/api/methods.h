/* methods.h: the protocol's methods, for rpc_bind, with the api as their context. */
#ifndef MSIWATCH_SERVICE_METHODS_H
#define MSIWATCH_SERVICE_METHODS_H

#include "rpc/method.h"

#define API_METHODS 13u
extern const struct rpc_method *const api_methods[API_METHODS];

/* One file per family: about.c, status.c, history.c, subscribe.c, wait.c, cancel.c, metrics.c,
 * turn.c, turn_admin.c. */
extern const struct rpc_method api_about, api_status_method, api_history, api_subscribe,
    api_unsubscribe, api_wait, api_cancel, api_metrics, api_turn_acquire, api_turn_release,
    api_turn_list, api_turn_revoke, api_hold;

#endif
