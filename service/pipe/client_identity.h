/* client_identity.h: what the client at the other end of a pipe may see.
 *
 * On Windows this impersonates the client for identification, which is correct even if the client's
 * process has ended and its id was reused. Natively it uses the user at the socket's other end.
 * Loop thread only.
 */
#ifndef MSIWATCH_SERVICE_CLIENT_IDENTITY_H
#define MSIWATCH_SERVICE_CLIENT_IDENTITY_H

#include "common/access_level.h"
#include "pipe/client_process.h"

#include <stdbool.h>
#include <uv.h>

/* The client must have sent something that was read; before that, Windows refuses (1368). If the
 * level is not known, returns the lower one and sets *known to false. */
enum access_level client_access_level(uv_pipe_t *pipe, bool *known);

/* Returns what a request may see: the lower of two levels. One is that of the client's process when
 * it connected (standard if it had ended or could not be inspected). The other is what
 * `impersonate` (client_access_level) returns now; it is only called if the first is higher than
 * standard. */
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
