/* running.c: the service while its package is replaced or removed: whether it ran, that its process
 * has ended, and that it runs again when the installation failed. */
#include "actions/session.h"

#include <wchar.h>

#define EXPORT __declspec(dllexport) UINT WINAPI
#define SERVICE L"MsiWatch"
#define IMAGE L"\\msiwatchd.exe"

EXPORT LookAtService(MSIHANDLE session);
EXPORT WaitForEnd(MSIHANDLE session);
EXPORT StartAgain(MSIHANDLE session);

enum {
    END_MS = 15000,   /* from the report that it has stopped to the end of the process */
    START_MS = 30000, /* as long as the service control manager waits */
    LOOK_MS = 100,
    PATH = 1024,
};

static void say_error(MSIHANDLE session, DWORD error, const wchar_t *what)
{
    wchar_t words[256], line[SESSION_LINE];
    session_words(error, words, 256);
    session_text(line, SESSION_LINE, L"%ls: %ls (error %lu)", what, words, error);
    session_say(session, line);
}

/* Opens the service; NULL and GetLastError if it cannot. */
static SC_HANDLE open_service(DWORD access)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        return NULL;
    }
    SC_HANDLE service = OpenServiceW(manager, SERVICE, access);
    DWORD error = GetLastError();
    CloseServiceHandle(manager);
    SetLastError(error);
    return service;
}

static bool read_status(SC_HANDLE service, SERVICE_STATUS_PROCESS *status)
{
    DWORD size;
    return QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status, sizeof *status,
                                &size);
}

/* Immediate, with the user's own token. If the service runs: ServiceProcess, for conditions, and
 * what WaitForEnd gets, both its process. */
UINT WINAPI LookAtService(MSIHANDLE session)
{
    SERVICE_STATUS_PROCESS status;
    SC_HANDLE service = open_service(SERVICE_QUERY_STATUS);
    if (service == NULL) {
        say_error(session, GetLastError(), L"cannot tell whether the service runs");
        return ERROR_SUCCESS;
    }
    if (read_status(service, &status) && status.dwCurrentState != SERVICE_STOPPED &&
        status.dwProcessId != 0) {
        wchar_t process[16];
        session_text(process, 16, L"%lu", status.dwProcessId);
        session_set(session, L"ServiceProcess", process);
        session_set(session, L"WaitForEnd", process);
    }
    CloseServiceHandle(service);
    return ERROR_SUCCESS;
}

/* Whether it is still the service's: its number may be another's by now. */
static bool is_ours(HANDLE process)
{
    wchar_t path[PATH];
    DWORD length = PATH;
    size_t tail = wcslen(IMAGE);
    return QueryFullProcessImageNameW(process, 0, path, &length) && length >= tail &&
           _wcsicmp(path + length - tail, IMAGE) == 0;
}

UINT WINAPI WaitForEnd(MSIHANDLE session)
{
    wchar_t number[16];
    if (!session_property(session, L"CustomActionData", number, 16)) {
        return ERROR_SUCCESS;
    }
    HANDLE process = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE,
                                 wcstoul(number, NULL, 10));
    if (process == NULL) {
        return ERROR_SUCCESS; /* it has ended */
    }
    if (is_ours(process) && WaitForSingleObject(process, END_MS) != WAIT_OBJECT_0) {
        session_say(session, L"the service's process does not end; its file is replaced when "
                             L"Windows starts the next time");
    }
    CloseHandle(process);
    return ERROR_SUCCESS;
}

/* The state it is in when it no longer starts or stops. */
static DWORD wait_until_settled(SC_HANDLE service)
{
    SERVICE_STATUS_PROCESS status = {.dwCurrentState = SERVICE_STOPPED};
    for (ULONGLONG end = GetTickCount64() + START_MS; read_status(service, &status);) {
        if ((status.dwCurrentState != SERVICE_START_PENDING &&
             status.dwCurrentState != SERVICE_STOP_PENDING) ||
            GetTickCount64() >= end) {
            break;
        }
        Sleep(LOOK_MS);
    }
    return status.dwCurrentState;
}

/* At a rollback. Windows Installer may have started it already; then there is nothing to do. */
UINT WINAPI StartAgain(MSIHANDLE session)
{
    SC_HANDLE service = open_service(SERVICE_START | SERVICE_QUERY_STATUS);
    if (service == NULL) {
        say_error(session, GetLastError(), L"the service is not started again");
        return ERROR_SUCCESS;
    }
    if (wait_until_settled(service) != SERVICE_RUNNING && !StartServiceW(service, 0, NULL) &&
        GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
        say_error(session, GetLastError(), L"the service is not started again");
    } else if (wait_until_settled(service) == SERVICE_RUNNING) {
        session_say(session, L"the installation failed; the service runs as before");
    } else {
        session_say(session, L"the installation failed, and the service does not start again; its "
                             L"log in the data folder says why");
    }
    CloseServiceHandle(service);
    return ERROR_SUCCESS;
}
