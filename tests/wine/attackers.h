/* attackers.h: hostile and broken clients of the real pipe, each in a process of its own. */
#ifndef MSIWATCH_TESTS_ATTACKERS_H
#define MSIWATCH_TESTS_ATTACKERS_H

#include <stdbool.h>

struct attacker {
    const char *name;
    void (*run)(void); /* does not return; prints "ready" when it has begun */
    bool toggle;       /* the mutex changes hands at the same time */
    const char *grows; /* the number in `metrics` that shows that the service has noticed it */
};

extern const struct attacker attackers[]; /* ended by a name of NULL */

/* What the process "... die NUMBER" does: sends a part of a request, or reads a part of a reply,
 * and ends. */
void attackers_die(unsigned number);

#endif
