/* msiserver.h: the service control manager's words for msiserver, in ours; for the service's sensor
 * and for `msiwatch doctor`. Pure functions. */
#ifndef MSIWATCH_COMMON_MSISERVER_H
#define MSIWATCH_COMMON_MSISERVER_H

#include "common/model.h"

#include <windows.h>

#define MSISERVER_NAME L"msiserver"

/* What a status says. */
enum msiserver_state msiserver_state_of(const SERVICE_STATUS_PROCESS *status);

/* What it is when it could not be queried: a Win32 code other than 0. */
enum msiserver_state msiserver_state_of_error(DWORD error);

#endif
