/* mitigations.h: which of Windows' process mitigations the service asks for, and what came of each.
 */
#ifndef MSIWATCH_SERVICE_MITIGATIONS_H
#define MSIWATCH_SERVICE_MITIGATIONS_H

#include <stddef.h>

/* The setting "mitigations": "default", "compatible". */
enum mitigations {
    MITIGATIONS_DEFAULT,
    /* Without those that can end a process into which a product for endpoint security puts a
     * library of its own: no dynamic code, strict handle checks. */
    MITIGATIONS_COMPATIBLE,
};

/* A policy as the system reports it for this process, whoever asked for it. */
enum mitigation_state {
    MITIGATION_OFF,
    MITIGATION_ON,
    MITIGATION_PARTIAL, /* some of what was asked for */
    MITIGATION_UNKNOWN, /* the system does not say */
};

struct mitigation_result {
    const char *name; /* static */
    enum mitigation_state state;
    unsigned long error; /* Win32: why the system did not take it; 0: it did, or was not asked */
};

#define MITIGATIONS_MOST 8

struct mitigation_results {
    size_t count; /* 0: this system has none */
    struct mitigation_result list[MITIGATIONS_MOST];
};

/* "off", "on", "partial", "unknown" */
const char *mitigation_state_name(enum mitigation_state state);

#endif
