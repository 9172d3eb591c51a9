/* standin_service.c: the stand-in msiserver itself, as the SCM runs it. */
#include "rig.h"
#include "standin.h"

#include <stdlib.h>
#include <string.h>

/* The SCM gives the handler one pointer, but service_main none: this is its place. */
static struct standin {
    SERVICE_STATUS_HANDLE handle;
    SERVICE_STATUS status;
    CRITICAL_SECTION lock; /* status: the main and the handler's thread report it */
    HANDLE end;
} the_standin;

static void report(struct standin *standin, DWORD state)
{
    EnterCriticalSection(&standin->lock);
    if (state != 0)
        standin->status.dwCurrentState = state;
    SetServiceStatus(standin->handle, &standin->status);
    LeaveCriticalSection(&standin->lock);
}

static DWORD WINAPI handle_control(DWORD code, DWORD type, void *data, void *context)
{
    struct standin *standin = context;
    (void)type;
    (void)data;
    if (code >= STANDIN_STOP_SHUTDOWN && code < STANDIN_CONTROLS_END) {
        EnterCriticalSection(&standin->lock);
        standin->status.dwControlsAccepted = standin_controls_value((enum standin_controls)code);
        LeaveCriticalSection(&standin->lock);
        report(standin, 0);
        return NO_ERROR;
    }
    switch (code) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
    case STANDIN_END:
        SetEvent(standin->end);
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    case STANDIN_WORK:
        return rig_work_begin();
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

/* argv[1]: a name of standin_controls_name; argv[2]: how long to be START_PENDING, in ms. */
static void WINAPI service_main(DWORD argc, char **argv)
{
    struct standin *standin = &the_standin;
    DWORD pending_ms = argc > 2 ? (DWORD)strtoul(argv[2], NULL, 10) : 0;
    DWORD accepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN;
    for (int c = STANDIN_STOP_SHUTDOWN; argc > 1 && c < STANDIN_CONTROLS_END; ++c)
        if (strcmp(argv[1], standin_controls_name((enum standin_controls)c)) == 0)
            accepted = standin_controls_value((enum standin_controls)c);

    InitializeCriticalSection(&standin->lock);
    standin->status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    standin->end = CreateEventA(NULL, TRUE, FALSE, NULL);
    standin->handle = RegisterServiceCtrlHandlerExA(STANDIN_SERVICE, handle_control, standin);
    if (standin->handle == NULL || standin->end == NULL)
        return;
    standin->status.dwWaitHint = pending_ms + 1000;
    report(standin, SERVICE_START_PENDING);
    if (WaitForSingleObject(standin->end, pending_ms) == WAIT_TIMEOUT) {
        standin->status.dwWaitHint = 0;
        standin->status.dwControlsAccepted = accepted;
        report(standin, SERVICE_RUNNING);
        WaitForSingleObject(standin->end, INFINITE);
    }
    standin->status.dwControlsAccepted = 0;
    report(standin, SERVICE_STOPPED);
}

DWORD standin_run(void)
{
    SERVICE_TABLE_ENTRYA table[] = {{(char *)(size_t)STANDIN_SERVICE, service_main}, {NULL, NULL}};
    return StartServiceCtrlDispatcherA(table) ? ERROR_SUCCESS : GetLastError();
}
