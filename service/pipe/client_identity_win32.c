/* client_identity_win32.c: what a client may see, by impersonating it for a moment. */
#include "pipe/client_identity_win32.h"

#include "pipe/client_process_win32.h"

enum audience caller_of_token(HANDLE token)
{
    struct peer peer;
    peer_of_token(token, &peer);
    return peer.known && peer.privileged ? AUDIENCE_ADMINISTRATOR : AUDIENCE_STANDARD;
}

/* Nothing may run in a client's name: not an exit handler, not a handler of signals. The error
 * report is the system's. */
static void end_process(void)
{
    RaiseFailFastException(NULL, NULL, 0);
    TerminateProcess(GetCurrentProcess(), ERROR_CANNOT_IMPERSONATE);
}

enum audience caller_of_pipe(HANDLE pipe, BOOL(WINAPI *revert)(void))
{
    HANDLE token = NULL;
    if (!ImpersonateNamedPipeClient(pipe)) {
        return AUDIENCE_STANDARD;
    }
    /* With the service's own rights (TRUE), and between the two calls nothing else. A client that
     * is anonymous has no token to be opened. */
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY | TOKEN_DUPLICATE, TRUE, &token)) {
        token = NULL;
    }
    if (!revert()) {
        end_process();
    }
    if (token == NULL) {
        return AUDIENCE_STANDARD;
    }
    enum audience audience = caller_of_token(token);
    CloseHandle(token);
    return audience;
}

enum audience caller_audience(uv_pipe_t *pipe)
{
    uv_os_fd_t handle;
    if (uv_fileno((uv_handle_t *)pipe, &handle) != 0) {
        return AUDIENCE_STANDARD;
    }
    return caller_of_pipe(handle, RevertToSelf);
}
