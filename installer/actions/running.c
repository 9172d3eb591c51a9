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
    END_MS = 15000,   /* from the report that the service has stopped to the end of its process */
    START_MS = 30000, /* the service control manager waits as long */
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

/* Opens the service. Returns NULL if that fails; see GetLastError. */
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

/* An immediate action, with the user's own token. If the service is running, it sets two properties
 * to the id of its process: ServiceProcess, for conditions, and the data of WaitForEnd. */
UINT WINAPI LookAtService(MSIHANDLE session)
{
    SERVICE_STATUS_PROCESS status;
    SC_HANDLE service = open_service(SERVICE_QUERY_STATUS);
    if (service == NULL) {
        say_error(session, GetLastError(), L"cannot read whether the service is running");
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

/* Whether the process is still the service's: another process may have its id by now. */
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
        session_say(session, L"the service's process does not end; Windows replaces its file at "
                             L"the next start");
    }
    CloseHandle(process);
    return ERROR_SUCCESS;
}

/* Waits while the service is starting or stopping, and returns its state. */
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

/* Runs at a rollback. If Windows Installer has already started the service, it does nothing. */
UINT WINAPI StartAgain(MSIHANDLE session)
{
    SC_HANDLE service = open_service(SERVICE_START | SERVICE_QUERY_STATUS);
    if (service == NULL) {
        say_error(session, GetLastError(), L"cannot start the service again");
        return ERROR_SUCCESS;
    }
    if (wait_until_settled(service) != SERVICE_RUNNING && !StartServiceW(service, 0, NULL) &&
        GetLastError() != ERROR_SERVICE_ALREADY_RUNNING) {
        say_error(session, GetLastError(), L"cannot start the service again");
    } else if (wait_until_settled(service) == SERVICE_RUNNING) {
        session_say(session, L"the installation failed; the service is running again");
    } else {
        session_say(session, L"the installation failed, and the service did not start again; its "
                             L"log in the data folder says why");
    }
    CloseServiceHandle(service);
    return ERROR_SUCCESS;
}
