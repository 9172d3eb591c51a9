/* limits.h: the limits of the protocol; `about` reports them. */
#ifndef MSIWATCH_SERVICE_LIMITS_H
#define MSIWATCH_SERVICE_LIMITS_H

#include "rpc/admission.h"

struct rpc_limits {
    struct admission_limits connections;
    uint32_t line;          /* of a request, in bytes, including its end */
    uint32_t requests;      /* in flight, per connection */
    uint32_t subscriptions; /* per connection; the method enforces it */
    uint32_t batch;         /* members per batch */
    uint32_t first_request_ms;
    uint32_t queued_bytes; /* of output, per connection */
};

#endif
