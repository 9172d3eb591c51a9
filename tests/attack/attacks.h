/* attacks.h: what hostile and broken clients do, each until it is stopped. */
#ifndef MSIWATCH_TESTS_ATTACKS_H
#define MSIWATCH_TESTS_ATTACKS_H

#include <stdbool.h>

struct attack {
    const char *name;
    /* Runs in a process of its own, and ends when that is killed. Writes a byte to `ready` when it
     * has begun. */
    void (*run)(const char *path, int ready);
    bool toggle; /* the mutex changes hands at the same time, as fast as possible */
};

extern const struct attack attacks[]; /* ended by a name of NULL */

#endif
