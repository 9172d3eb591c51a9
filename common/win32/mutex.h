/* mutex.h: reads Global\_MSIExecute once, for the service's sensor and for `msiwatch doctor`.
 *
 * It only queries: it never waits on the mutex, acquires it or creates it. It closes its handle
 * immediately, because an open handle would keep the object alive and mislead tools that test for
 * its existence.
 */
#ifndef MSIWATCH_COMMON_MUTEX_H
#define MSIWATCH_COMMON_MUTEX_H

#include "common/model.h"
#include "common/win32/owner.h"

#include <windows.h>

#define INSTALLER_MUTEX L"Global\\_MSIExecute"

#ifndef MUTANT_QUERY_STATE /* the same bit as MUTEX_MODIFY_STATE */
#define MUTANT_QUERY_STATE 0x0001
#endif

/* Reads the mutex and its owner into into->mutex; *owner stays with the caller from one call to the
 * next (owner_look). Returns 0, also if there is no mutex, or the Win32 code of what failed. Then
 * *what says what that was; a message puts it before the mutex's name. */
DWORD mutex_look(struct observation *into, struct owner *owner, const char **what);

#endif
