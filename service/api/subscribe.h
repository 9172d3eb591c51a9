/* subscribe.h: the subscriptions of a connection. Loop thread only. */
#ifndef MSIWATCH_SERVICE_SUBSCRIBE_H
#define MSIWATCH_SERVICE_SUBSCRIBE_H

#include "rpc/connection.h"

/* The most bytes that are written in one piece. */
#define SUBSCRIPTIONS_WRITE_BYTES (32u * 1024u)

/* How many subscriptions the connection has. */
uint32_t subscriptions_count(const struct connection *connection);

#endif
