/* client_identity_win32.h: the parts of client_identity_win32.c that its test uses. */
#ifndef MSIWATCH_SERVICE_CLIENT_IDENTITY_WIN32_H
#define MSIWATCH_SERVICE_CLIENT_IDENTITY_WIN32_H

#include "pipe/client_identity.h"

#include <windows.h>

/* Returns the level of a token: SYSTEM and administrators are privileged, but not an administrator
 * whose token is filtered. `token` needs TOKEN_QUERY and TOKEN_DUPLICATE. */
enum access_level access_level_of_token(HANDLE token, bool *known);

/* Does the work of client_access_level on the server's end of a pipe. `revert` is RevertToSelf. If
 * it fails, the process ends immediately, because it must not continue as the client. */
enum access_level access_level_of_pipe(HANDLE pipe, BOOL(WINAPI *revert)(void), bool *known);

#endif
