/* client_identity_win32.c: finds out what a client may see by impersonating it for a moment. */
#include "pipe/client_identity_win32.h"

#include "pipe/client_process_win32.h"

enum access_level access_level_of_token(HANDLE token, bool *known)
{
    struct client_process client;
    client_process_of_token(token, &client);
    *known = client.known;
    return client.known && client.privileged ? ACCESS_ADMINISTRATOR : ACCESS_STANDARD;
}

/* Nothing may run as the client, neither exit handlers nor signal handlers, so the process ends
 * immediately. The system makes the error report. */
static void end_process(void)
{
    RaiseFailFastException(NULL, NULL, 0);
    TerminateProcess(GetCurrentProcess(), ERROR_CANNOT_IMPERSONATE);
}

enum access_level access_level_of_pipe(HANDLE pipe, BOOL(WINAPI *revert)(void), bool *known)
{
    *known = false;
    HANDLE token = NULL;
    if (!ImpersonateNamedPipeClient(pipe)) {
        return ACCESS_STANDARD;
    }
    /* TRUE means with the service's own rights. Nothing else happens between the two calls. An
     * anonymous client has no token that can be opened. */
    if (!OpenThreadToken(GetCurrentThread(), TOKEN_QUERY | TOKEN_DUPLICATE, TRUE, &token)) {
        token = NULL;
    }
    if (!revert()) {
        end_process();
    }
    if (token == NULL) {
        return ACCESS_STANDARD;
    }
    enum access_level access_level = access_level_of_token(token, known);
    CloseHandle(token);
    return access_level;
}

enum access_level client_access_level(uv_pipe_t *pipe, bool *known)
{
    *known = false;
    uv_os_fd_t handle;
    if (uv_fileno((uv_handle_t *)pipe, &handle) != 0) {
        return ACCESS_STANDARD;
    }
    return access_level_of_pipe(handle, RevertToSelf, known);
}
