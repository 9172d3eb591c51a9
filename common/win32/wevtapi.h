/* wevtapi.h: Windows' event log, as the table of common/event_log_api.h. */
#ifndef MSIWATCH_COMMON_WEVTAPI_H
#define MSIWATCH_COMMON_WEVTAPI_H

#include "common/event_log_api.h"

#include <windows.h>

/* Loads wevtapi.dll, from System32 and from nowhere else, and fills in the table. ERROR_SUCCESS, or
 * a Win32 code. *library is the caller's to FreeLibrary once nothing of the table is called any
 * more; NULL if it fails. Any thread. */
DWORD wevtapi_load(struct event_log_api *api, HMODULE *library);

#endif
