/* client_identity.h: what the client at the other end of a pipe may see.
 *
 * On Windows by impersonating it for identification, which is right even when the client's process
 * has ended and its id is another's; natively by the user of the socket's other end. Loop thread
 * only.
 */
#ifndef MSIWATCH_SERVICE_CLIENT_IDENTITY_H
#define MSIWATCH_SERVICE_CLIENT_IDENTITY_H

#include "common/access_level.h"
#include "pipe/client_process.h"

#include <stdbool.h>
#include <uv.h>

/* The client must have sent something that was read: before, Windows does not tell (1368). What
 * is not known is the lesser access level, and *known is then false. */
enum access_level client_access_level(uv_pipe_t *pipe, bool *known);

/* What a request may see: the lesser of what the client's process was when it connected (one that
 * had gone, or could not be looked at, was a user's) and of what `impersonate` (as
 * client_access_level) says now; it is asked only for what was more than a user's. */
static inline enum access_level client_request_level(const struct client_process *connected,
                                                     enum access_level (*impersonate)(void *arg,
                                                                                      bool *known),
                                                     void *arg, bool *known)
{
    *known = true;
    if (!connected->known || !connected->privileged) {
        return ACCESS_STANDARD;
    }
    enum access_level now = impersonate(arg, known);
    return *known ? now : ACCESS_STANDARD;
}

#endif
