/* method.h: a method, as the server is given it (dispatch.h). */
#ifndef MSIWATCH_SERVICE_METHOD_H
#define MSIWATCH_SERVICE_METHOD_H

#include <stdbool.h>
#include <stddef.h>

struct params;
struct request;

struct rpc_method {
    const char *name;
    const char *const *params; /* their names, in order, ended by NULL; NULL: it has none */
    bool waits;        /* for what comes later: without effect as a notification, and forgotten when
                        * the client sends no more */
    size_t state_size; /* of request->state: zeroed before `run`, freed with the request */
    /* Answers the request, now or later (request.h). */
    void (*run)(struct request *request, const struct params *params);
};

#endif
