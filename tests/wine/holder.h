/* holder.h: a thread of the test's own process that owns the installer's mutex. For other
 * processes, for owners in a row and for loops there is "msirig hold". Main thread only.
 */
#ifndef MSIWATCH_TESTS_HOLDER_H
#define MSIWATCH_TESTS_HOLDER_H

#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

struct holder {
    HANDLE mutex;
    HANDLE thread, held, let_go; /* while it is owned */
    bool abandon;
};

/* Creates the mutex with this security descriptor (NULL: the default one), or opens it. */
void holder_open(struct holder *holder, const char *sddl);

/* Owns it; then lets it go, or ends the thread that owns it without; then closes it, after letting
 * it go if need be. Each returns a time at which what it does had just been done. */
int64_t holder_take(struct holder *holder);
int64_t holder_release(struct holder *holder);
int64_t holder_abandon(struct holder *holder);
int64_t holder_close(struct holder *holder);

#endif
