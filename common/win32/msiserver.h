/* msiserver.h: translates what the service control manager reports about msiserver, for the
 * service's sensor and for `msiwatch doctor`. Pure functions. */
#ifndef MSIWATCH_COMMON_MSISERVER_H
#define MSIWATCH_COMMON_MSISERVER_H

#include "common/model.h"

#include <windows.h>

#define MSISERVER_NAME L"msiserver"

/* The state in a SERVICE_STATUS_PROCESS. */
enum msiserver_state msiserver_state_of(const SERVICE_STATUS_PROCESS *status);

/* The state if msiserver could not be queried; `error` is a Win32 code other than 0. */
enum msiserver_state msiserver_state_of_error(DWORD error);

#endif
