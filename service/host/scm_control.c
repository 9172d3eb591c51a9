/* scm_control.c: starts, stops and queries the installed service. */
#include "host/scm_control.h"

#include "pipe/pipe_name.h"
#include "host/scm_configure.h"
#include "host/scm_entry.h"
#include "base/scm_name.h"
#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LOOK_LEAST_MS = 50, /* between two queries of the state */
    LOOK_MOST_MS = 1000,
    HINT_LEAST_MS = 10000, /* waits at least this long for progress */
    ALL_MS = 60000,        /* the longest time in total */
};

static DWORD read_status(SC_HANDLE service, SERVICE_STATUS_PROCESS *status)
{
    DWORD size;
    return QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status, sizeof *status,
                                &size)
               ? ERROR_SUCCESS
               : GetLastError();
}

/* Waits until the service has left the pending state, as long as its checkpoint grows within its
 * wait hints. */
static DWORD wait_while(SC_HANDLE service, DWORD pending, SERVICE_STATUS_PROCESS *status)
{
    ULONGLONG begun = GetTickCount64(), progressed = begun;
    DWORD checkpoint = 0;
    for (;;) {
        DWORD error = read_status(service, status);
        if (error != ERROR_SUCCESS || status->dwCurrentState != pending) {
            return error;
        }
        ULONGLONG now = GetTickCount64();
        DWORD hint = status->dwWaitHint > HINT_LEAST_MS ? status->dwWaitHint : HINT_LEAST_MS;
        if (status->dwCheckPoint != checkpoint) {
            checkpoint = status->dwCheckPoint;
            progressed = now;
        } else if (now - progressed > hint) {
            return ERROR_SERVICE_REQUEST_TIMEOUT;
        }
        if (now - begun > ALL_MS) {
            return ERROR_SERVICE_REQUEST_TIMEOUT;
        }
        /* Our service takes far less time than its hint allows. */
        DWORD pause = status->dwWaitHint / 100;
        pause = pause < LOOK_LEAST_MS ? LOOK_LEAST_MS : pause;
        Sleep(pause > LOOK_MOST_MS ? LOOK_MOST_MS : pause);
    }
}

static DWORD open_service(DWORD access, SC_HANDLE *manager, SC_HANDLE *service)
{
    *service = NULL;
    *manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (*manager == NULL) {
        return GetLastError();
    }
    *service = OpenServiceW(*manager, SCM_NAME_WIDE, access);
    if (*service == NULL) {
        DWORD error = GetLastError();
        CloseServiceHandle(*manager);
        return error;
    }
    return ERROR_SUCCESS;
}

static void close_service(SC_HANDLE manager, SC_HANDLE service)
{
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
}

/* ---- start ---- */

static DWORD start(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status;
    if (!StartServiceW(service, 0, NULL)) {
        return scm_say(GetLastError(), "cannot start");
    }
    DWORD error = wait_while(service, SERVICE_START_PENDING, &status);
    if (error != ERROR_SUCCESS) {
        return win32_error_say(error, SCM_NAME " is still starting");
    }
    if (status.dwCurrentState == SERVICE_RUNNING) {
        printf(SCM_NAME " is running, process %lu\n", status.dwProcessId);
        return ERROR_SUCCESS;
    }
    error = status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR
                ? status.dwServiceSpecificExitCode
                : status.dwWin32ExitCode;
    /* Somebody may have stopped it again; the start has failed then, too. */
    return win32_error_say(error != ERROR_SUCCESS ? error : ERROR_SERVICE_NOT_ACTIVE,
                           SCM_NAME " ended while starting; see its log for the reason");
}

unsigned long scm_start(void)
{
    SC_HANDLE manager, service;
    DWORD error = open_service(SERVICE_START | SERVICE_QUERY_STATUS, &manager, &service);
    if (error != ERROR_SUCCESS) {
        return scm_say(error, "cannot start");
    }
    error = start(service);
    close_service(manager, service);
    return error;
}

/* ---- stop ---- */

/* Opens the service's process, to wait for its end. NULL if it has none, or it may not be
 * opened. */
static HANDLE open_process(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status;
    if (read_status(service, &status) != ERROR_SUCCESS || status.dwProcessId == 0) {
        return NULL;
    }
    return OpenProcess(SYNCHRONIZE, FALSE, status.dwProcessId);
}

static DWORD ask_and_wait(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status;
    SERVICE_STATUS old;
    /* Until then it cannot be stopped. */
    DWORD error = wait_while(service, SERVICE_START_PENDING, &status);
    if (error == ERROR_SUCCESS && status.dwCurrentState != SERVICE_STOP_PENDING &&
        !ControlService(service, SERVICE_CONTROL_STOP, &old)) {
        error = GetLastError();
    }
    if (error == ERROR_SUCCESS) {
        error = wait_while(service, SERVICE_STOP_PENDING, &status);
    }
    if (error == ERROR_SUCCESS && status.dwCurrentState != SERVICE_STOPPED) {
        error = ERROR_SERVICE_CANNOT_ACCEPT_CTRL; /* somebody has started it again */
    }
    return error;
}

unsigned long scm_stop_and_wait(SC_HANDLE service)
{
    HANDLE process = open_process(service);
    DWORD error = ask_and_wait(service);
    if (process != NULL) {
        /* The service reports "stopped" shortly before its process ends; until then its files are
         * in use. */
        if (error == ERROR_SUCCESS) {
            WaitForSingleObject(process, HINT_LEAST_MS);
        }
        CloseHandle(process);
    }
    return error;
}

unsigned long scm_stop(void)
{
    SC_HANDLE manager, service;
    DWORD error = open_service(SERVICE_STOP | SERVICE_QUERY_STATUS, &manager, &service);
    if (error != ERROR_SUCCESS) {
        return scm_say(error, "cannot stop");
    }
    error = scm_stop_and_wait(service);
    if (error != ERROR_SUCCESS) {
        scm_say(error, "cannot stop");
    } else {
        printf(SCM_NAME " has stopped\n");
    }
    close_service(manager, service);
    return error;
}

/* ---- query ---- */

static const char *state_name(DWORD state)
{
    static const char *const names[] = {
        "unknown", "stopped", "starting", "stopping", "running", "continuing", "pausing", "paused",
    };
    return state < sizeof names / sizeof names[0] ? names[state] : names[0];
}

/* Prints the command line, and the pipe that the service listens on, from the options in it and the
 * registry. */
static DWORD print_image(SC_HANDLE service)
{
    struct settings settings;
    char error_text[PIPE_NAME_BYTES + 256], name[PIPE_NAME_BYTES];
    wchar_t *image = NULL;
    DWORD error = scm_entry_image(service, &image);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    char *utf8 = wide_to_utf8(image);
    printf("image  %s\n", utf8 != NULL ? utf8 : "not readable: not valid text");
    if (scm_entry_options(image, &settings) == ERROR_SUCCESS &&
        pipe_name_resolve(settings.pipe, name, error_text, sizeof error_text)) {
        printf("pipe   %s\n", name);
    } else {
        printf("pipe   unknown: the image path differs from what 'msiwatchd install' writes\n");
    }
    free(utf8);
    free(image);
    return ERROR_SUCCESS;
}

unsigned long scm_query(void)
{
    SC_HANDLE manager, service;
    SERVICE_STATUS_PROCESS status;
    DWORD error = open_service(SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG, &manager, &service);
    if (error != ERROR_SUCCESS) {
        return scm_say(error, "cannot query");
    }
    error = read_status(service, &status);
    if (error == ERROR_SUCCESS) {
        printf("state  %s\n", state_name(status.dwCurrentState));
        if (status.dwProcessId != 0) {
            printf("pid    %lu\n", status.dwProcessId);
        }
        error = print_image(service);
        scm_configure_print(service);
    }
    if (error != ERROR_SUCCESS) {
        scm_say(error, "cannot query");
    } else if (status.dwCurrentState != SERVICE_RUNNING) {
        error = ERROR_SERVICE_NOT_ACTIVE;
    }
    close_service(manager, service);
    return error;
}
