/* method.h: a method, as the server is given it (dispatch.h). */
#ifndef MSIWATCH_SERVICE_METHOD_H
#define MSIWATCH_SERVICE_METHOD_H

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct params;
struct request;
struct text;

struct rpc_method {
    const char *name;
    const char *const *params; /* their names, in order, ended by NULL; NULL: it has none */
    bool waits;        /* for what comes later: without effect as a notification, and forgotten when
                        * the client sends no more */
    size_t state_size; /* of request->state: zeroed before `run`, freed with the request */
    /* The result's JSON, for a request without parameters, if it stands already; NULL: it does not,
     * so run. Without this member: it never does. */
    const struct text *(*ready)(struct connection *connection);
    /* Answers the request, now or later (request.h). */
    void (*run)(struct request *request, const struct params *params);
};

#endif
