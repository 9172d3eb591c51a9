/* mutex.h: reads Global\_MSIExecute once, for the service's sensor and for `msiwatch doctor`.
 *
 * It only queries: it never waits on the mutex, acquires it or creates it. It closes its handle
 * immediately, because an open handle would keep the object alive and mislead tools that test for
 * its existence.
 */
#ifndef MSIWATCH_COMMON_MUTEX_H
#define MSIWATCH_COMMON_MUTEX_H

#include "common/model.h"

#include <windows.h>

#define INSTALLER_MUTEX L"Global\\_MSIExecute"

#ifndef MUTANT_QUERY_STATE /* the same bit as MUTEX_MODIFY_STATE */
#define MUTANT_QUERY_STATE 0x0001
#endif

/* The result of one reading. */
struct mutex_look {
    enum mutex_state state;
    DWORD error;       /* Win32; 0: the state was read. Also 0 for MUTEX_ABSENT */
    const char *what;  /* what failed; a message puts it before the mutex's name */
    uint32_t pid, tid; /* the owner's, if Windows names it; 0: not known */
    /* Who owns the object, if it cannot be read as a mutex: a SID, "" if not known. */
    char object_owner[MSIWATCH_USER_BYTES];
};

/* Reads the mutex. Any thread. */
void mutex_look(struct mutex_look *look);

#endif
