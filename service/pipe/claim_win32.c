/* claim_win32.c: creates the pipe's first instance, or takes over the name. */
#include "pipe/claim_win32.h"

#include "base/win32_error.h"
#include "files/acl_win32.h"

#include <string.h>
#include <uv.h>

enum {
    /* Clients of a service that has ended mostly close their handles within this time. */
    RETRY_MS = 3000,
    PAUSE_MS = 100,
};

/* Only SYSTEM and administrators can create pipes below this prefix. */
static const char protected_prefix[] = "\\\\.\\pipe\\ProtectedPrefix\\Administrators\\";

static bool is_protected(const char *name)
{
    return _strnicmp(name, protected_prefix, sizeof protected_prefix - 1) == 0;
}

static bool is_refusal(DWORD error)
{
    return error == ERROR_ACCESS_DENIED || error == ERROR_PIPE_BUSY;
}

static bool exists(const struct claim *claim)
{
    return claim->api->WaitNamedPipeW(claim->wide_name, 1) ||
           GetLastError() != ERROR_FILE_NOT_FOUND;
}

/* Retries until the creation is not refused any more. Gives up early if the name does not exist:
 * then we may not create it, or it has just disappeared and the next attempt succeeds. */
static DWORD create_first(const struct claim *claim, HANDLE *first)
{
    ULONGLONG begun = claim->api->GetTickCount64();
    for (int missing = 0;;) {
        *first = pipe_instance_new(claim->api, claim->wide_name, claim->access,
                                   FILE_FLAG_FIRST_PIPE_INSTANCE);
        DWORD error = *first != NULL ? ERROR_SUCCESS : GetLastError();
        if (!is_refusal(error) || claim->api->GetTickCount64() - begun >= RETRY_MS) {
            return error;
        }
        missing = exists(claim) ? 0 : missing + 1;
        if (missing == 2) {
            return error;
        }
        claim->api->Sleep(PAUSE_MS);
    }
}

/* ---- whether another process serves it ---- */

/* Asks the service control manager first, because a service that hangs may have no listening
 * instance. */
static bool is_served_by_the_service(const struct claim *claim)
{
    DWORD pid = 0;
    DWORD error = claim->api->service_process(&pid);
    if (error != ERROR_SUCCESS) {
        log_win32(claim->log, LOG_ERROR, error, "cannot find out whether the service serves %s",
                  claim->name);
        return true;
    }
    if (pid != 0 && pid != GetCurrentProcessId()) {
        log_line(claim->log, LOG_ERROR,
                 "%s is already served by the service, process %lu; stop it, or use --pipe NAME",
                 claim->name, pid);
        return true;
    }
    return false;
}

/* Tries to connect. "All instances are busy" and "there is none" mean that nobody answers; any
 * other result means that somebody does. */
static bool answers(const struct claim *claim)
{
    HANDLE client = claim->api->CreateFileW(claim->wide_name, GENERIC_READ | GENERIC_WRITE, 0, NULL,
                                            OPEN_EXISTING,
                                            SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
    DWORD error = client != INVALID_HANDLE_VALUE ? ERROR_SUCCESS : GetLastError();
    if (client != INVALID_HANDLE_VALUE) {
        claim->api->CloseHandle(client);
    }
    if (error == ERROR_PIPE_BUSY || error == ERROR_FILE_NOT_FOUND) {
        return false;
    }
    log_line(
        claim->log, LOG_ERROR,
        "%s answers (code %lu): another program serves it; end that program, or use --pipe NAME",
        claim->name, error);
    return true;
}

/* ---- the descriptor ---- */

static DWORD read_descriptor(const struct claim *claim, HANDLE pipe,
                             PSECURITY_DESCRIPTOR *descriptor)
{
    *descriptor = NULL;
    return claim->api->GetSecurityInfo(pipe, SE_KERNEL_OBJECT,
                                       OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, NULL,
                                       NULL, NULL, NULL, descriptor);
}

static DWORD set_dacl(const struct claim *claim, HANDLE pipe)
{
    PACL dacl = NULL;
    BOOL present, defaulted;
    if (!GetSecurityDescriptorDacl(claim->access, &present, &dacl, &defaulted)) {
        return GetLastError();
    }
    return claim->api->SetSecurityInfo(
        pipe, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
        NULL, NULL, dacl, NULL);
}

/* Finds out whether the name has our DACL now. Returns an error if that cannot be read. */
static DWORD has_our_dacl(const struct claim *claim, HANDLE pipe, bool *ours)
{
    PSECURITY_DESCRIPTOR now;
    DWORD error = read_descriptor(claim, pipe, &now);
    *ours = error == ERROR_SUCCESS && access_same_dacl(now, claim->access);
    LocalFree(now);
    return error;
}

static DWORD check_owner(const struct claim *claim, HANDLE pipe)
{
    PSECURITY_DESCRIPTOR now;
    char who[ACCESS_WHO_BYTES];
    DWORD error = read_descriptor(claim, pipe, &now);
    if (error == ERROR_SUCCESS && !access_is_owned_by_trusted(now, who)) {
        log_line(claim->log, LOG_ERROR, "%s belongs to %s", claim->name, who);
        error = ERROR_INVALID_OWNER;
    }
    LocalFree(now);
    return error;
}

/* Gives the name our DACL, and checks it by reading it back. */
static DWORD settle(const struct claim *claim, HANDLE pipe)
{
    bool ours = false;
    DWORD error = check_owner(claim, pipe);
    if (error == ERROR_SUCCESS) {
        error = has_our_dacl(claim, pipe, &ours);
    }
    if (error != ERROR_SUCCESS || ours) {
        return error;
    }
    error = set_dacl(claim, pipe);
    if (error == ERROR_SUCCESS) {
        error = has_our_dacl(claim, pipe, &ours);
    }
    if (error != ERROR_SUCCESS) {
        return error;
    }
    log_line(claim->log, LOG_INFO, "%s had other access rights, which were replaced", claim->name);
    return ours ? ERROR_SUCCESS : ERROR_INVALID_SECURITY_DESCR;
}

/* Creates an instance of a name that exists, once the name is as if we had created it. */
static DWORD take_over(const struct claim *claim, HANDLE *instance)
{
    *instance = pipe_instance_new(claim->api, claim->wide_name, claim->access, WRITE_DAC);
    if (*instance == NULL) {
        return GetLastError();
    }
    DWORD error = settle(claim, *instance);
    if (error != ERROR_SUCCESS) {
        claim->api->CloseHandle(*instance);
        *instance = NULL;
        return error;
    }
    /* A client that has connected meanwhile was let in by the old access rights. */
    claim->api->DisconnectNamedPipe(*instance);
    return ERROR_SUCCESS;
}

/* ---- claiming the name ---- */

static int say_why_not(const struct claim *claim, DWORD error)
{
    if (!is_refusal(error)) {
        return log_win32(claim->log, LOG_ERROR, error, "cannot create %s", claim->name);
    }
    if (exists(claim)) {
        log_line(claim->log, LOG_ERROR,
                 "%s already exists: another msiwatchd serves it, or another program took the "
                 "name; end that program, or use --pipe NAME",
                 claim->name);
        return UV_EADDRINUSE;
    }
    log_win32(claim->log, LOG_ERROR, error,
              "cannot create %s; only administrators can use such a name: run as an administrator, "
              "or use --pipe NAME",
              claim->name);
    return UV_EACCES;
}

int claim_pipe(const struct claim *claim, HANDLE *first, bool *recovered)
{
    *recovered = false;
    DWORD error = create_first(claim, first);
    if (error == ERROR_SUCCESS) {
        return 0;
    }
    if (!is_refusal(error) || !is_protected(claim->name) || !exists(claim) ||
        is_served_by_the_service(claim) || answers(claim)) {
        return say_why_not(claim, error);
    }
    error = take_over(claim, first);
    if (error != ERROR_SUCCESS) {
        log_win32(claim->log, LOG_ERROR, error,
                  "%s is still held by programs that were connected to an earlier run of the "
                  "service, and cannot be taken over; end them, or use --pipe NAME",
                  claim->name);
        return UV_EACCES;
    }
    *recovered = true;
    log_line(claim->log, LOG_WARN,
             "%s was still held by programs that were connected to an earlier run of the service; "
             "nobody answered there, so it was taken over",
             claim->name);
    return 0;
}
