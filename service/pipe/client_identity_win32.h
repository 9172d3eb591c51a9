/* client_identity_win32.h: the parts of client_identity_win32.c that its test looks at. */
#ifndef MSIWATCH_SERVICE_CLIENT_IDENTITY_WIN32_H
#define MSIWATCH_SERVICE_CLIENT_IDENTITY_WIN32_H

#include "pipe/client_identity.h"

#include <windows.h>

/* SYSTEM and administrators, not those whose token is filtered. `token` needs TOKEN_QUERY and
 * TOKEN_DUPLICATE. */
enum access_level access_level_of_token(HANDLE token, bool *known);

/* What client_access_level does with the server's end of a pipe. `revert` is RevertToSelf: when it
 * fails, the process ends at once, for it must not go on in a client's name. */
enum access_level access_level_of_pipe(HANDLE pipe, BOOL(WINAPI *revert)(void), bool *known);

#endif
