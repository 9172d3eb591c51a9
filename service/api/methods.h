/* methods.h: one function a method of the protocol. Loop thread only. */
#ifndef MSIWATCH_SERVICE_METHODS_H
#define MSIWATCH_SERVICE_METHODS_H

#include "rpc/params.h"

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
