/* msiserver.c: translates what the service control manager reports about msiserver. */
#include "common/win32/msiserver.h"

enum msiserver_state msiserver_state_of(const SERVICE_STATUS_PROCESS *status)
{
    switch (status->dwCurrentState) {
    case SERVICE_STOPPED:
        return MSISERVER_STOPPED;
    case SERVICE_START_PENDING:
        return MSISERVER_START_PENDING;
    case SERVICE_STOP_PENDING:
        return MSISERVER_STOP_PENDING;
    case SERVICE_RUNNING:
        return MSISERVER_RUNNING;
    case SERVICE_CONTINUE_PENDING:
        return MSISERVER_CONTINUE_PENDING;
    case SERVICE_PAUSE_PENDING:
        return MSISERVER_PAUSE_PENDING;
    case SERVICE_PAUSED:
        return MSISERVER_PAUSED;
    default:
        return MSISERVER_ERROR;
    }
}

enum msiserver_state msiserver_state_of_error(DWORD error)
{
    switch (error) {
    case ERROR_SERVICE_DOES_NOT_EXIST:
        return MSISERVER_MISSING;
    case ERROR_ACCESS_DENIED:
        return MSISERVER_DENIED;
    default:
        return MSISERVER_ERROR;
    }
}
