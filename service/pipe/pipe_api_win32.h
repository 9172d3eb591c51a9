/* pipe_api_win32.h: the system's calls for named pipes, as a table, so that tests can play them.
 *
 * Wine enforces neither FILE_FLAG_FIRST_PIPE_INSTANCE nor descriptors, so what the acceptor does
 * where Windows does is tested against a played system (tests/npfs). Any thread.
 */
#ifndef MSIWATCH_SERVICE_PIPE_API_WIN32_H
#define MSIWATCH_SERVICE_PIPE_API_WIN32_H

#include <windows.h>

#include <aclapi.h>

/* As the system's functions of these names, errors in GetLastError or returned likewise. */
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
    /* The process of the installed service, by the service control manager; 0 if it has none or is
     * not installed. ERROR_SUCCESS, or a Win32 code if that is not known. */
    DWORD (*service_process)(DWORD *pid);
};

/* The system's own. */
extern const struct pipe_api pipe_api_windows;

/* Another instance of the pipe, with the size and kind that all of ours have; NULL and GetLastError
 * if not. `flags` are added to the open mode: FILE_FLAG_FIRST_PIPE_INSTANCE, WRITE_DAC, 0. */
HANDLE pipe_instance_new(const struct pipe_api *api, const wchar_t *name,
                         PSECURITY_DESCRIPTOR access, DWORD flags);

#endif
