/* mitigations.c: the words for mitigations. */
#include "config/mitigations.h"

const char *mitigation_state_name(enum mitigation_state state)
{
    static const char *const names[] = {"off", "on", "partial", "unknown"};
    return names[state];
}
