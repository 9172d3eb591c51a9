/* methods.c: the table of the protocol's methods. */
#include "api/methods.h"

const struct rpc_method *const api_methods[API_METHODS] = {
    &api_about,     &api_status_method, &api_history, &api_subscribe,    &api_unsubscribe,
    &api_wait,      &api_cancel,        &api_metrics, &api_turn_acquire, &api_turn_release,
    &api_turn_list, &api_turn_revoke,   &api_hold,
};
