/* client_process_win32.h: reads the user at the other end of a pipe from the client process's
 * token.
 *
 * For limits only: the process may have ended and its id may have been reused. Impersonation
 * decides what a caller may see. Any thread.
 */
#ifndef MSIWATCH_SERVICE_CLIENT_PROCESS_WIN32_H
#define MSIWATCH_SERVICE_CLIENT_PROCESS_WIN32_H

#include "pipe/client_process.h"

#include <windows.h>

/* Fills in *client; what is not known stays zero. `pipe` is the server's end of a connected
 * pipe. */
void client_process_of_pipe(void *pipe, struct client_process *client);

/* Reads the user of a token that was opened with TOKEN_QUERY and TOKEN_DUPLICATE. */
void client_process_of_token(HANDLE token, struct client_process *client);

/* Reads the user of a process. Only the id is known if the process may not be opened. */
void client_process_of_process(uint32_t pid, struct client_process *client);

#endif
