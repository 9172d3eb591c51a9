/* scm_service.c: runs as a Windows service. */
#include "host/scm_service.h"

#include "host/host.h"
#include "host/scm_configure.h"
#include "base/scm_name.h"
#include "base/win32_error.h"

#include <stdio.h>

enum {
    HINT_MS = 10000, /* progress is reported within this time */
    CONTROLS = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_POWEREVENT |
               SERVICE_ACCEPT_PARAMCHANGE,
};

/* The manager passes no argument of ours to the entry point, so this is static. A process hosts one
 * service. */
static struct {
    struct host host;
    SERVICE_STATUS_HANDLE handle;
    SRWLOCK lock; /* guards `status` */
    SERVICE_STATUS status;
} scm;

/* Returns whether the report comes too late: no state follows STOPPED, and only STOPPED follows
 * STOP_PENDING. */
static bool comes_late(DWORD state)
{
    DWORD now = scm.status.dwCurrentState;
    return now == SERVICE_STOPPED || (now == SERVICE_STOP_PENDING && state != SERVICE_STOPPED &&
                                      state != SERVICE_STOP_PENDING);
}

/* Reports a new state to the manager; with the same pending state again, reports that there is
 * progress. */
static void report_state(DWORD state)
{
    bool pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
    AcquireSRWLockExclusive(&scm.lock);
    if (!comes_late(state)) {
        SERVICE_STATUS *status = &scm.status;
        bool same = status->dwCurrentState == state;
        status->dwCurrentState = state;
        status->dwControlsAccepted = state == SERVICE_RUNNING ? CONTROLS : 0;
        status->dwCheckPoint = !pending ? 0 : same ? status->dwCheckPoint + 1 : 1;
        status->dwWaitHint = pending ? HINT_MS : 0;
        if (!SetServiceStatus(scm.handle, status)) {
            log_win32(scm.host.log, LOG_ERROR, GetLastError(),
                      "cannot report the state %lu to the service control manager", state);
        }
    }
    ReleaseSRWLockExclusive(&scm.lock);
}

static void report_stopped(int error)
{
    AcquireSRWLockExclusive(&scm.lock);
    if (error != 0) {
        scm.status.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
        scm.status.dwServiceSpecificExitCode = win32_error_from_uv(error);
    }
    ReleaseSRWLockExclusive(&scm.lock);
    report_state(SERVICE_STOPPED);
}

static void on_ready(void *arg)
{
    (void)arg;
    report_state(SERVICE_RUNNING);
}

/* Called on the dispatcher's thread; must return immediately. */
static DWORD WINAPI on_control(DWORD control, DWORD type, void *data, void *context)
{
    (void)data;
    (void)context;
    switch (control) {
    case SERVICE_CONTROL_INTERROGATE:
        return NO_ERROR;
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
        report_state(SERVICE_STOP_PENDING);
        host_ask_stop(&scm.host);
        return NO_ERROR;
    case SERVICE_CONTROL_POWEREVENT:
        if (type == PBT_APMRESUMEAUTOMATIC || type == PBT_APMRESUMESUSPEND) {
            host_ask_look(&scm.host);
        }
        return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE:
        host_ask_settings(&scm.host);
        return NO_ERROR;
    default:
        return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

static void WINAPI service_main(DWORD argc, wchar_t **argv)
{
    (void)argc;
    (void)argv;
    scm.status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
    scm.status.dwCurrentState = SERVICE_START_PENDING;
    scm.handle = RegisterServiceCtrlHandlerExW(SCM_NAME_WIDE, on_control, NULL);
    if (scm.handle == NULL) {
        return; /* there is nobody to report to; the manager sees that the process ends */
    }
    report_state(SERVICE_START_PENDING);
    host_prepare(&scm.host, false);
    report_state(SERVICE_START_PENDING);
    scm_configure_complete(NULL, scm.host.log);
    int error = host_run(&scm.host);
    host_release(&scm.host);
    report_stopped(error); /* comes last, because the manager may end the process after it */
}

unsigned long scm_host_run(const struct configuration *configuration)
{
    char wrong[SETTINGS_TEXT + 256];
    if (!host_init(&scm.host, configuration, wrong, sizeof wrong)) {
        fprintf(stderr, "msiwatchd: %s\n", wrong);
        return ERROR_INVALID_PARAMETER;
    }
    scm.host.ready = on_ready;
    InitializeSRWLock(&scm.lock);
    wchar_t name[] = SCM_NAME_WIDE;
    SERVICE_TABLE_ENTRYW table[] = {{name, service_main}, {NULL, NULL}};
    if (StartServiceCtrlDispatcherW(table)) { /* the service has stopped */
        return ERROR_SUCCESS;
    }
    DWORD error = GetLastError();
    if (error == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
        fprintf(stderr, "msiwatchd: only the service control manager uses 'service'; use "
                        "'msiwatchd run', or 'msiwatchd install' and 'msiwatchd start'\n");
    }
    return error;
}
