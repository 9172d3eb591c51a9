/* mitigations.h: which of Windows' process mitigations the service requests, and which are in
 * force.
 */
#ifndef MSIWATCH_SERVICE_MITIGATIONS_H
#define MSIWATCH_SERVICE_MITIGATIONS_H

#include "common/words.h"

/* The setting "mitigations": "default", "compatible". */
enum mitigations {
    MITIGATIONS_DEFAULT,
    /* Leaves out those that can end the process if an endpoint security product loads a library
     * into it: prohibiting dynamic code, and strict handle checks. */
    MITIGATIONS_COMPATIBLE,
};

/* A policy's state as the system reports it for this process, whether or not we requested it. */
enum mitigation_state {
    MITIGATION_OFF,
    MITIGATION_ON,
    MITIGATION_PARTIAL, /* a part of what was requested */
    MITIGATION_UNKNOWN, /* the system does not say */
};

struct mitigation_result {
    const char *name; /* static */
    enum mitigation_state state;
    unsigned long error; /* Win32: why the request failed; 0 if it succeeded, or was not made */
};

#define MITIGATIONS_MOST 8

struct mitigation_results {
    size_t count; /* 0 if this system has none */
    struct mitigation_result list[MITIGATIONS_MOST];
};

WORDS(mitigation_state); /* "off", "on", "partial", "unknown" */

#endif
