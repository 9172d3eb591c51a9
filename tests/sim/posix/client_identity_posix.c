/* client_identity_posix.c: what a client may see, natively: root may see everything. */
#include "pipe/client_identity.h"

#include <sys/socket.h>

enum access_level client_access_level(uv_pipe_t *pipe, bool *known)
{
    uv_os_fd_t fd;
    struct ucred from = {0};
    socklen_t size = sizeof from;
    *known = uv_fileno((uv_handle_t *)pipe, &fd) == 0 &&
             getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &from, &size) == 0;
    return *known && from.uid == 0 ? ACCESS_ADMINISTRATOR : ACCESS_STANDARD;
}
