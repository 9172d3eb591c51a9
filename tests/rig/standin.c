/* standin.c: controls the stand-in msiserver. */
#include "standin.h"

#include <stdio.h>
#include <string.h>

#define LIMIT_MS 10000u
#define LOOK_MS 2u

static const struct {
    const char *name;
    DWORD value;
} controls_table[] = {
    {"stop+shutdown", SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN},
    {"shutdown", SERVICE_ACCEPT_SHUTDOWN},
    {"stop", SERVICE_ACCEPT_STOP},
    {"none", 0},
};

const char *standin_controls_name(enum standin_controls controls)
{
    return controls_table[controls - STANDIN_STOP_SHUTDOWN].name;
}

DWORD standin_controls_value(enum standin_controls controls)
{
    return controls_table[controls - STANDIN_STOP_SHUTDOWN].value;
}

/* Opens the service with `access`; its handle or NULL with the error. */
static SC_HANDLE open_service(DWORD access, DWORD *error)
{
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = NULL;
    *error = ERROR_SUCCESS;
    if (manager != NULL)
        service = OpenServiceA(manager, STANDIN_SERVICE, access);
    if (service == NULL)
        *error = GetLastError();
    if (manager != NULL)
        CloseServiceHandle(manager);
    return service;
}

/* Until the service is in `state`, or for a start any state but STOPPED. */
static DWORD await_state(SC_HANDLE service, DWORD state)
{
    for (DWORD waited = 0; waited < LIMIT_MS; waited += LOOK_MS) {
        SERVICE_STATUS status;
        if (!QueryServiceStatus(service, &status))
            return GetLastError();
        if (status.dwCurrentState == state)
            return ERROR_SUCCESS;
        Sleep(LOOK_MS);
    }
    return ERROR_TIMEOUT;
}

DWORD standin_query(SERVICE_STATUS *status)
{
    DWORD error;
    SC_HANDLE service = open_service(SERVICE_QUERY_STATUS, &error);
    if (service == NULL)
        return error;
    if (!QueryServiceStatus(service, status))
        error = GetLastError();
    CloseServiceHandle(service);
    return error;
}

DWORD standin_create(const char *image)
{
    char own[MAX_PATH], command[MAX_PATH + 32];
    SC_HANDLE manager, service = NULL;
    DWORD error = ERROR_SUCCESS;
    if (image == NULL) {
        DWORD size = GetModuleFileNameA(NULL, own, sizeof own);
        if (size == 0 || size >= sizeof own)
            return ERROR_INSUFFICIENT_BUFFER;
        image = own;
    }
    snprintf(command, sizeof command, "\"%s\" service run", image);
    manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CREATE_SERVICE);
    if (manager != NULL)
        service = CreateServiceA(manager, STANDIN_SERVICE, "Stand-in for Windows Installer",
                                 SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                                 SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, command, NULL, NULL,
                                 NULL, NULL, NULL);
    if (service == NULL)
        error = GetLastError();
    else
        CloseServiceHandle(service);
    if (manager != NULL)
        CloseServiceHandle(manager);
    return error;
}

DWORD standin_delete(void)
{
    DWORD error;
    SC_HANDLE service = open_service(DELETE, &error);
    if (service == NULL)
        return error;
    error = standin_stop();
    if (!DeleteService(service) && error == ERROR_SUCCESS)
        error = GetLastError();
    CloseServiceHandle(service);
    return error;
}

DWORD standin_install(const char *image)
{
    DWORD error = standin_delete();
    if (error != ERROR_SUCCESS && error != ERROR_SERVICE_DOES_NOT_EXIST &&
        error != ERROR_SERVICE_MARKED_FOR_DELETE)
        return error;
    for (DWORD waited = 0; waited < LIMIT_MS; waited += LOOK_MS) {
        error = standin_create(image);
        if (error != ERROR_SERVICE_MARKED_FOR_DELETE && error != ERROR_SERVICE_EXISTS)
            break;
        Sleep(LOOK_MS);
    }
    return error;
}

DWORD standin_start(enum standin_controls controls, uint32_t pending_ms)
{
    char pending[16];
    const char *arguments[2];
    DWORD error;
    SC_HANDLE service = open_service(SERVICE_START | SERVICE_QUERY_STATUS, &error);
    if (service == NULL)
        return error;
    snprintf(pending, sizeof pending, "%u", pending_ms);
    arguments[0] = standin_controls_name(controls);
    arguments[1] = pending;
    if (!StartServiceA(service, 2, arguments))
        error = GetLastError();
    else
        error = await_state(service, pending_ms > 0 ? SERVICE_START_PENDING : SERVICE_RUNNING);
    CloseServiceHandle(service);
    return error;
}

static DWORD control(DWORD code, DWORD then)
{
    SERVICE_STATUS status;
    DWORD error;
    SC_HANDLE service = open_service(SERVICE_USER_DEFINED_CONTROL | SERVICE_QUERY_STATUS, &error);
    if (service == NULL)
        return error;
    /* The handler has changed the status when this returns. */
    if (!ControlService(service, code, &status))
        error = GetLastError();
    else
        error = await_state(service, then);
    CloseServiceHandle(service);
    return error;
}

DWORD standin_set(enum standin_controls controls)
{
    return control((DWORD)controls, SERVICE_RUNNING);
}

DWORD standin_work(void)
{
    return control(STANDIN_WORK, SERVICE_RUNNING);
}

/* One that is not ours does not know our control; it takes a STOP. */
static DWORD stop_other(void)
{
    SERVICE_STATUS status;
    DWORD error;
    SC_HANDLE service = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS, &error);
    if (service == NULL)
        return error;
    if (ControlService(service, SERVICE_CONTROL_STOP, &status))
        error = await_state(service, SERVICE_STOPPED);
    else
        error = GetLastError();
    CloseServiceHandle(service);
    return error == ERROR_SERVICE_NOT_ACTIVE ? ERROR_SUCCESS : error;
}

/* Whether the service runs an image of ours: its command ends in "service run". */
static BOOL is_standin(void)
{
    union {
        QUERY_SERVICE_CONFIGA config;
        char room[4096];
    } u;
    DWORD needed, error;
    BOOL ours = FALSE;
    SC_HANDLE service = open_service(SERVICE_QUERY_CONFIG, &error);
    if (service == NULL)
        return FALSE;
    if (QueryServiceConfigA(service, &u.config, sizeof u, &needed))
        ours = strstr(u.config.lpBinaryPathName, "service run") != NULL;
    CloseServiceHandle(service);
    return ours;
}

DWORD standin_stop(void)
{
    SERVICE_STATUS status = {0};
    DWORD error = standin_query(&status);
    if (error != ERROR_SUCCESS || status.dwCurrentState == SERVICE_STOPPED)
        return error;
    if (!is_standin())
        return stop_other();
    error = control(STANDIN_END, SERVICE_STOPPED);
    return error == ERROR_SERVICE_NOT_ACTIVE ? ERROR_SUCCESS : error;
}
