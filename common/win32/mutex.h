/* mutex.h: one look at Global\_MSIExecute, for the service's sensor and for `msiwatch doctor`.
 *
 * Query only: the mutex is never waited on, never acquired, never created. Its handle is closed at
 * once: an open one would keep the object alive and fool tools that test for its existence.
 */
#ifndef MSIWATCH_COMMON_MUTEX_H
#define MSIWATCH_COMMON_MUTEX_H

#include "common/model.h"

#include <windows.h>

#define INSTALLER_MUTEX L"Global\\_MSIExecute"

#ifndef MUTANT_QUERY_STATE /* the same bit as MUTEX_MODIFY_STATE */
#define MUTANT_QUERY_STATE 0x0001
#endif

typedef LONG(NTAPI *nt_query_mutant)(HANDLE mutex, int information_class, void *information,
                                     ULONG size, ULONG *returned);

/* What one look found. */
struct mutex_look {
    enum mutex_state state;
    DWORD error;       /* Win32; 0: the state was read. Of MUTEX_ABSENT 0 too */
    const char *what;  /* what failed, to put before the mutex's name in a message */
    uint32_t pid, tid; /* the owner's, where the system tells it; 0: not known */
    /* Whose object it is, if it cannot be read as a mutex: a SID, "" when not known. */
    char object_owner[MSIWATCH_USER_BYTES];
};

/* ntdll's NtQueryMutant, which the SDK does not declare; NULL where there is none. */
nt_query_mutant mutex_find_query(void);

/* Looks. `query` may be NULL: that is an error that *look tells. Any thread. */
void mutex_look(nt_query_mutant query, struct mutex_look *look);

#endif
