/* limits.h: the caps of the protocol; `about` reports them. */
#ifndef MSIWATCH_SERVICE_LIMITS_H
#define MSIWATCH_SERVICE_LIMITS_H

#include "rpc/admission.h"

struct rpc_limits {
    struct admission_limits connections;
    uint32_t line;          /* of a request, in bytes, its end included */
    uint32_t requests;      /* in flight, a connection */
    uint32_t subscriptions; /* a connection; the methods' to keep */
    uint32_t batch;         /* members */
    uint32_t first_request_ms;
    uint32_t queued_bytes; /* of output, a connection */
};

#endif
