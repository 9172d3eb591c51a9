/* method.h: a method, in the form in which the server gets it (dispatch.h). */
#ifndef MSIWATCH_SERVICE_METHOD_H
#define MSIWATCH_SERVICE_METHOD_H

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct param;
struct params;
struct request;
struct text;

struct rpc_method {
    const char *name;
    const struct param *params; /* their table (params.h); NULL: it has none */
    bool waits;        /* it waits for something later: it has no effect as a notification, and is
                        * forgotten when the client will send no more */
    size_t state_size; /* the size of request->state, which is zeroed before `run` and freed with
                        * the request */
    /* The JSON of the result, for a request without parameters, if it was rendered before; if it
     * returns NULL, `run` is called. May be NULL itself: `run` is always called. */
    const struct text *(*ready)(struct connection *connection);
    /* Answers the request, now or later (request.h). */
    void (*run)(struct request *request, const struct params *params);
};

#endif
