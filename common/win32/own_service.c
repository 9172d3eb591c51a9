/* own_service.c: what the service control manager reports about MsiWatch's service. */
#include "common/win32/own_service.h"

DWORD own_service_query(SERVICE_STATUS_PROCESS *status)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        return GetLastError();
    }
    DWORD size, error = ERROR_SUCCESS;
    SC_HANDLE service = OpenServiceW(manager, L"MsiWatch", SERVICE_QUERY_STATUS);
    if (service == NULL || !QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status,
                                                 sizeof *status, &size)) {
        error = GetLastError();
    }
    if (service != NULL) {
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
    return error;
}
