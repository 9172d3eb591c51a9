/* attacks.h: what hostile and broken clients do, each for as long as it is let. */
#ifndef MSIWATCH_TESTS_ATTACKS_H
#define MSIWATCH_TESTS_ATTACKS_H

#include <stdbool.h>

struct attack {
    const char *name;
    /* In a process of its own, which is killed to end it. Writes a byte to `ready` once it is
     * under way. */
    void (*run)(const char *path, int ready);
    bool toggle; /* the mutex changes hands meanwhile, as fast as it can */
};

extern const struct attack attacks[]; /* ended by a name of NULL */

#endif
