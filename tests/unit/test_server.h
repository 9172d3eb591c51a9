/* test_server.h: a JSON-RPC server with the protocol's methods, set up as in the service, without
 * the rest of it. Does not include cmocka. */
#ifndef MSIWATCH_TESTS_TEST_SERVER_H
#define MSIWATCH_TESTS_TEST_SERVER_H

#include "api/api.h"
#include "api/methods.h"
#include "api/turns.h"
#include "rpc/dispatch.h"

/* `config` is complete except for its server and metrics. 0 or UV_ENOMEM. */
static inline int test_server_init(struct rpc_server *server, struct api *api,
                                   struct metrics *metrics, const struct rpc_limits *limits,
                                   struct api_config config)
{
    struct rpc_server_config of_server = {.limits = *limits, .metrics = metrics};
    int error = rpc_server_init(server, &of_server);
    config.server = server;
    config.metrics = metrics;
    api_init(api, &config);
    turns_begin(api, &(struct turns_config){.limits = turns_limits_default()});
    rpc_bind(server, api_methods, API_METHODS, api);
    return error;
}

/* Does what the monitor does after a look that changed nothing else. */
static inline void test_server_look(struct api *api, const struct status *status,
                                    uint64_t since_mono_ms)
{
    struct monitor_look look = {.status = status, .since_mono_ms = since_mono_ms};
    api_listener(api).looked(api, &look);
    turns_listener(api).looked(api, &look);
}

#endif
