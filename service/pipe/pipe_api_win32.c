/* pipe_api_win32.c: the system calls for named pipes. */
#include "pipe/pipe_api_win32.h"

#include "common/win32/own_service.h"

enum {
    IN_BYTES = 8192, /* the pipe's quota for requests: two of the longest lines */
    OUT_BYTES = 32768,
    BUSY_WAIT_MS = 1000, /* how long a client waits if it does not say how long */
};

static DWORD service_process(DWORD *pid)
{
    SERVICE_STATUS_PROCESS status = {0};
    DWORD error = own_service_query(&status);
    *pid = status.dwProcessId;
    return error == ERROR_SERVICE_DOES_NOT_EXIST ? ERROR_SUCCESS : error;
}

const struct pipe_api pipe_api_windows = {
    .CreateNamedPipeW = CreateNamedPipeW,
    .ConnectNamedPipe = ConnectNamedPipe,
    .DisconnectNamedPipe = DisconnectNamedPipe,
    .CancelIoEx = CancelIoEx,
    .CloseHandle = CloseHandle,
    .WaitNamedPipeW = WaitNamedPipeW,
    .CreateFileW = CreateFileW,
    .GetSecurityInfo = GetSecurityInfo,
    .SetSecurityInfo = SetSecurityInfo,
    .GetTickCount64 = GetTickCount64,
    .Sleep = Sleep,
    .service_process = service_process,
};

HANDLE pipe_instance_new(const struct pipe_api *api, const wchar_t *name,
                         PSECURITY_DESCRIPTOR access, DWORD flags)
{
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, access, FALSE};
    HANDLE pipe = api->CreateNamedPipeW(
        name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | flags,
        PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
        PIPE_UNLIMITED_INSTANCES, OUT_BYTES, IN_BYTES, BUSY_WAIT_MS, &attributes);
    return pipe == INVALID_HANDLE_VALUE ? NULL : pipe;
}
