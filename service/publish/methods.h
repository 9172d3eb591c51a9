/* methods.h: one function a method of the protocol. Loop thread only. */
#ifndef MSIWATCH_SERVICE_METHODS_H
#define MSIWATCH_SERVICE_METHODS_H

#include "publish/requests.h"

/* The members of a request's params, by name or by place. */
struct params {
    yyjson_val *value;        /* an object, an array or NULL */
    const char *const *names; /* in order, ended by NULL */
};

struct method {
    const char *name;
    const char *const *params;
    bool waits; /* sent as a notification it has no effect */
    /* Answers the request, now or later. */
    void (*run)(struct request *request, const struct params *params);
};

/* NULL if there is no such method. */
const struct method *method_find(const char *name, size_t size);

#endif
