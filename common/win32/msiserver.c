/* msiserver.c: translates what the service control manager reports about msiserver. */
#include "common/win32/msiserver.h"

#include <string.h>

_Static_assert((int)MSISERVER_STOPPED == 0 &&
                   SERVICE_START_PENDING - SERVICE_STOPPED == (int)MSISERVER_START_PENDING &&
                   SERVICE_STOP_PENDING - SERVICE_STOPPED == (int)MSISERVER_STOP_PENDING &&
                   SERVICE_RUNNING - SERVICE_STOPPED == (int)MSISERVER_RUNNING &&
                   SERVICE_CONTINUE_PENDING - SERVICE_STOPPED == (int)MSISERVER_CONTINUE_PENDING &&
                   SERVICE_PAUSE_PENDING - SERVICE_STOPPED == (int)MSISERVER_PAUSE_PENDING &&
                   SERVICE_PAUSED - SERVICE_STOPPED == (int)MSISERVER_PAUSED,
               "our states are in the order of Windows'");

static enum msiserver_state state_of(DWORD state)
{
    return state >= SERVICE_STOPPED && state <= SERVICE_PAUSED
               ? (enum msiserver_state)(state - SERVICE_STOPPED)
               : MSISERVER_ERROR;
}

static enum msiserver_state state_of_error(DWORD error)
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

void msiserver_see(DWORD error, const SERVICE_STATUS_PROCESS *status, struct observation *into)
{
    memset(&into->msiserver, 0, sizeof into->msiserver);
    if (error != ERROR_SUCCESS) {
        into->msiserver.state = state_of_error(error);
        return;
    }
    into->msiserver.state = state_of(status->dwCurrentState);
    into->msiserver.controls = status->dwControlsAccepted;
    into->msiserver.pid = status->dwProcessId;
}
