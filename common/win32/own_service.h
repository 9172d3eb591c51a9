/* own_service.h: what the service control manager reports about MsiWatch's service. Any thread. */
#ifndef MSIWATCH_COMMON_OWN_SERVICE_H
#define MSIWATCH_COMMON_OWN_SERVICE_H

#include <windows.h>

/* Returns a Win32 code; ERROR_SERVICE_DOES_NOT_EXIST: it is not installed. */
DWORD own_service_query(SERVICE_STATUS_PROCESS *status);

#endif
