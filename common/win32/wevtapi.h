/* wevtapi.h: Windows' event log functions, as the table of common/event_log_api.h. */
#ifndef MSIWATCH_COMMON_WEVTAPI_H
#define MSIWATCH_COMMON_WEVTAPI_H

#include "common/event_log_api.h"

#include <windows.h>

/* Loads wevtapi.dll, only from System32, and fills in the table. Returns ERROR_SUCCESS or a Win32
 * code. The caller frees *library with FreeLibrary when it no longer calls anything in the table;
 * it is NULL on failure. Any thread. */
DWORD wevtapi_load(struct event_log_api *api, HMODULE *library);

#endif
