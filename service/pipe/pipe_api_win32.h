/* pipe_api_win32.h: the system calls for named pipes, as a table, so that tests can replace them.
 *
 * Wine enforces neither FILE_FLAG_FIRST_PIPE_INSTANCE nor descriptors. So what the acceptor does
 * when Windows enforces them is tested against simulated pipes (tests/npfs). Any thread.
 */
#ifndef MSIWATCH_SERVICE_PIPE_API_WIN32_H
#define MSIWATCH_SERVICE_PIPE_API_WIN32_H

#include <windows.h>

#include <aclapi.h>

/* Like the system's functions with these names; errors are in GetLastError or returned, as
 * there. */
struct pipe_api {
    HANDLE(WINAPI *CreateNamedPipeW)
    (LPCWSTR name, DWORD open_mode, DWORD pipe_mode, DWORD most, DWORD out_bytes, DWORD in_bytes,
     DWORD timeout_ms, LPSECURITY_ATTRIBUTES attributes);
    BOOL(WINAPI *ConnectNamedPipe)(HANDLE pipe, LPOVERLAPPED connect);
    BOOL(WINAPI *DisconnectNamedPipe)(HANDLE pipe);
    BOOL(WINAPI *CancelIoEx)(HANDLE pipe, LPOVERLAPPED pending);
    BOOL(WINAPI *CloseHandle)(HANDLE pipe);
    BOOL(WINAPI *WaitNamedPipeW)(LPCWSTR name, DWORD timeout_ms);
    HANDLE(WINAPI *CreateFileW)
    (LPCWSTR name, DWORD access, DWORD share, LPSECURITY_ATTRIBUTES attributes, DWORD disposition,
     DWORD flags, HANDLE template);
    DWORD(WINAPI *GetSecurityInfo)
    (HANDLE pipe, SE_OBJECT_TYPE type, SECURITY_INFORMATION what, PSID *owner, PSID *group,
     PACL *dacl, PACL *sacl, PSECURITY_DESCRIPTOR *descriptor);
    DWORD(WINAPI *SetSecurityInfo)
    (HANDLE pipe, SE_OBJECT_TYPE type, SECURITY_INFORMATION what, PSID owner, PSID group, PACL dacl,
     PACL sacl);
    ULONGLONG(WINAPI *GetTickCount64)(void);
    void(WINAPI *Sleep)(DWORD ms);
    /* Writes the process id of the installed service, from the service control manager; 0 if it has
     * no process or is not installed. Returns ERROR_SUCCESS, or a Win32 code if it is not known. */
    DWORD (*service_process)(DWORD *pid);
};

/* The system's own calls. */
extern const struct pipe_api pipe_api_windows;

/* Creates an instance of the pipe, with the size and mode that all our instances have. Returns NULL
 * on failure; GetLastError says why. `flags` are added to the open mode:
 * FILE_FLAG_FIRST_PIPE_INSTANCE, WRITE_DAC, or 0. */
HANDLE pipe_instance_new(const struct pipe_api *api, const wchar_t *name,
                         PSECURITY_DESCRIPTOR access, DWORD flags);

#endif
