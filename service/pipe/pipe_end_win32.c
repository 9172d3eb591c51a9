/* pipe_end_win32.c: a second handle to the server's end of a connection. */
#include "pipe/pipe_end.h"

#include <windows.h>

void *pipe_end_keep(uv_pipe_t *pipe)
{
    uv_os_fd_t handle;
    HANDLE end;
    if (uv_fileno((uv_handle_t *)pipe, &handle) != 0 ||
        !DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &end, 0, FALSE,
                         DUPLICATE_SAME_ACCESS)) {
        return NULL;
    }
    CancelIoEx(end, NULL);
    return end;
}

bool pipe_end_is_alone(void *end)
{
    return !PeekNamedPipe(end, NULL, 0, NULL, NULL, NULL);
}

void pipe_end_release(void *end)
{
    DisconnectNamedPipe(end);
    CloseHandle(end);
}
