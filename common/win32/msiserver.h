/* msiserver.h: translates what the service control manager reports about msiserver, for the
 * service's sensor and for `msiwatch doctor`. Pure functions. */
#ifndef MSIWATCH_COMMON_MSISERVER_H
#define MSIWATCH_COMMON_MSISERVER_H

#include "common/model.h"

#include <windows.h>

#define MSISERVER_NAME L"msiserver"

/* Fills in into->msiserver. `error` is the Win32 code of the query; if it is not 0, *status is not
 * read. */
void msiserver_see(DWORD error, const SERVICE_STATUS_PROCESS *status, struct observation *into);

#endif
