/* client_identity.h: what the client at the other end of a pipe may see.
 *
 * On Windows by impersonating it for identification, which is right even when the client's process
 * has ended and its id is another's; natively by the user of the socket's other end. Loop thread
 * only.
 */
#ifndef MSIWATCH_SERVICE_CLIENT_IDENTITY_H
#define MSIWATCH_SERVICE_CLIENT_IDENTITY_H

#include "common/access_level.h"

#include <stdbool.h>
#include <uv.h>

/* The client must have sent something that was read: before, Windows does not tell (1368). What
 * is not known is the lesser access level, and *known is then false. */
enum access_level client_access_level(uv_pipe_t *pipe, bool *known);

#endif
