/* mitigations.c: the words for mitigations. */
#include "config/mitigations.h"

WORDS_OF(mitigation_state, "off", "on", "partial", "unknown")
