/* real_tokens.c: the pipe, opened with tokens that only Windows makes. */
#include "real_tokens.h"

#include "fixture.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <userenv.h>

#define CONTROL "msiwatch-control" /* a pipe of the test's own, that those of its time may open */
#define CONTAINER L"MsiWatch.Test"

static void skip_because(const char *why, DWORD error)
{
    print_message("skipped: %s (error %lu)\n", why, error);
    skip();
}

static HANDLE open_pipe(const char *name)
{
    return CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                       FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION,
                       NULL);
}

int real_tokens_open(const char *pipe)
{
    for (int i = 0; i < 50; i++) {
        HANDLE handle = open_pipe(pipe);
        DWORD error = handle == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
        if (error == ERROR_SUCCESS) {
            CloseHandle(handle);
        }
        if (error != ERROR_PIPE_BUSY) {
            return (int)error;
        }
        Sleep(20);
    }
    return ERROR_PIPE_BUSY;
}

/* A pipe that everybody may open, packaged apps and remote clients included: what keeps them from
 * the service's, must be the service's own doing. */
static HANDLE make_control(void)
{
    SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorA(
        "D:(A;;GA;;;WD)(A;;GA;;;AC)", SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL));
    HANDLE pipe = CreateNamedPipeA("\\\\.\\pipe\\" CONTROL, PIPE_ACCESS_DUPLEX,
                                   PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096, 4096, 0, &attributes);
    DWORD error = GetLastError();
    LocalFree(attributes.lpSecurityDescriptor);
    must(pipe != INVALID_HANDLE_VALUE, "no pipe of the test's own: error %lu", error);
    return pipe;
}

/* ---- nobody known ---- */

void real_nobody_known_is_denied(void **state)
{
    (void)state;
    assert_int_equal(real_tokens_open(TALK_PIPE), ERROR_SUCCESS); /* as oneself */
    if (!ImpersonateAnonymousToken(GetCurrentThread())) {
        skip_because("this system has no anonymous token", GetLastError());
    }
    int error = real_tokens_open(TALK_PIPE);
    must(RevertToSelf(), "not oneself again: error %lu", GetLastError());
    assert_int_equal(error, ERROR_ACCESS_DENIED);
}

/* ---- a packaged app ---- */

typedef HRESULT WINAPI create_container(PCWSTR name, PCWSTR shown, PCWSTR description,
                                        PSID_AND_ATTRIBUTES capabilities, DWORD count, PSID *sid);
typedef HRESULT WINAPI derive_container(PCWSTR name, PSID *sid);
typedef HRESULT WINAPI delete_container(PCWSTR name);

/* Looked up: not every system has them. */
static FARPROC find(const char *name)
{
    HMODULE module = LoadLibraryExA("userenv.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    return module == NULL ? NULL : GetProcAddress(module, name);
}

/* The container's SID, for FreeSid; NULL when there are no containers here. */
static PSID make_container(void)
{
    PSID sid = NULL;
    create_container *create = (create_container *)(void (*)(void))find(
        "CreateAppContainerProfile");
    derive_container *derive = (derive_container *)(void (*)(void))find(
        "DeriveAppContainerSidFromAppContainerName");
    if (create == NULL || derive == NULL) {
        return NULL;
    }
    HRESULT result = create(CONTAINER, CONTAINER, CONTAINER, NULL, 0, &sid);
    if (result == HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS)) {
        result = derive(CONTAINER, &sid);
    }
    return SUCCEEDED(result) ? sid : NULL;
}

static void remove_container(void)
{
    delete_container *remove = (delete_container *)(void (*)(void))find(
        "DeleteAppContainerProfile");
    if (remove != NULL) {
        remove(CONTAINER);
    }
}

/* This program's `open PIPE` in the container; its exit code. */
static DWORD open_contained(PSID container, const char *pipe)
{
    char own[MAX_PATH], command[2 * MAX_PATH];
    SECURITY_CAPABILITIES capabilities = {.AppContainerSid = container};
    STARTUPINFOEXA startup = {.StartupInfo = {.cb = sizeof startup}};
    PROCESS_INFORMATION made;
    SIZE_T size = 0;
    DWORD code = STILL_ACTIVE;
    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    startup.lpAttributeList = malloc(size);
    assert_non_null(startup.lpAttributeList);
    assert_true(InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size));
    assert_true(UpdateProcThreadAttribute(startup.lpAttributeList, 0,
                                          PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES,
                                          &capabilities, sizeof capabilities, NULL, NULL));
    must(GetModuleFileNameA(NULL, own, sizeof own) != 0, "no name of my own");
    snprintf(command, sizeof command, "\"%s\" " REAL_TOKENS_VERB " %s", own, pipe);
    BOOL ok = CreateProcessA(own, command, NULL, NULL, FALSE,
                             EXTENDED_STARTUPINFO_PRESENT | CREATE_NO_WINDOW, NULL, "C:\\",
                             &startup.StartupInfo, &made);
    DWORD error = GetLastError();
    DeleteProcThreadAttributeList(startup.lpAttributeList);
    free(startup.lpAttributeList);
    must(ok, "cannot start a process in a container: error %lu", error);
    DWORD waited = WaitForSingleObject(made.hProcess, LIMIT_MS);
    GetExitCodeProcess(made.hProcess, &code);
    TerminateProcess(made.hProcess, 1);
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    must(waited == WAIT_OBJECT_0, "the process in the container does not end");
    return code;
}

void real_packaged_app_is_denied(void **state)
{
    PSID container = make_container();
    (void)state;
    if (container == NULL) {
        skip_because("this system has no app containers", GetLastError());
    }
    HANDLE control = make_control();
    DWORD controlled = open_contained(container, "\\\\.\\pipe\\" CONTROL);
    DWORD error = open_contained(container, TALK_PIPE);
    CloseHandle(control);
    FreeSid(container);
    remove_container();
    assert_int_equal(controlled, ERROR_SUCCESS);
    assert_int_equal(error, ERROR_ACCESS_DENIED);
}

/* ---- a network logon ---- */

static bool is_of_the_network(HANDLE token)
{
    BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof sid;
    BOOL member = FALSE;
    return CreateWellKnownSid(WinNetworkSid, NULL, sid, &size) &&
           CheckTokenMembership(token, sid, &member) && member;
}

void real_network_logon_is_served(void **state)
{
    const char *user = getenv("MSIWATCH_TEST_USER"), *password = getenv("MSIWATCH_TEST_PASSWORD");
    HANDLE token;
    (void)state;
    if (user == NULL || password == NULL) {
        print_message("skipped: MSIWATCH_TEST_USER and MSIWATCH_TEST_PASSWORD name no user\n");
        skip();
    }
    must(LogonUserA(user, ".", password, LOGON32_LOGON_NETWORK, LOGON32_PROVIDER_DEFAULT, &token),
         "%s cannot log on: error %lu", user, GetLastError());
    bool network = is_of_the_network(token);
    assert_true(ImpersonateLoggedOnUser(token));
    int error = real_tokens_open(TALK_PIPE);
    must(RevertToSelf(), "not oneself again: error %lu", GetLastError());
    CloseHandle(token);
    assert_true(network); /* the SID that remote clients have, too */
    assert_int_equal(error, ERROR_SUCCESS);
}

/* ---- over the network ---- */

void real_remote_client_is_refused(void **state)
{
    HANDLE control = make_control();
    (void)state;
    int controlled = real_tokens_open("\\\\localhost\\pipe\\" CONTROL);
    CloseHandle(control);
    if (controlled != ERROR_SUCCESS) {
        skip_because("this system serves no pipes over the network", (DWORD)controlled);
    }
    int error = real_tokens_open("\\\\localhost\\pipe\\ProtectedPrefix\\Administrators\\msiwatch");
    print_message("over the network: error %d\n", error);
    assert_int_not_equal(error, ERROR_SUCCESS);
    assert_int_equal(real_tokens_open(TALK_PIPE), ERROR_SUCCESS);
}
