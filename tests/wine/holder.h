/* holder.h: a thread of the test's own process that owns the installer's mutex. For other
 * processes, for several owners and for loops, use "msirig hold". Main thread only. */
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

/* Take the mutex; then release it, or end the thread that owns it without releasing it; then close
 * it, after releasing it if necessary. Each returns a time directly after what it did. */
int64_t holder_take(struct holder *holder);
int64_t holder_release(struct holder *holder);
int64_t holder_abandon(struct holder *holder);
int64_t holder_close(struct holder *holder);

#endif
