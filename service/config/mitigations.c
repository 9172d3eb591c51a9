/* mitigations.c: the words for mitigations. */
#include "config/mitigations.h"

#include <string.h>

static const char *const settings[] = {"default", "compatible"};

const char *mitigations_name(enum mitigations mitigations)
{
    return settings[mitigations];
}

int mitigations_parse(const char *word)
{
    for (int i = 0; i < (int)(sizeof settings / sizeof settings[0]); i++) {
        if (strcmp(word, settings[i]) == 0) {
            return i;
        }
    }
    return -1;
}

const char *mitigation_state_name(enum mitigation_state state)
{
    static const char *const names[] = {"off", "on", "partial", "unknown"};
    return names[state];
}
