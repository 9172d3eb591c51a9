/* claim_win32.h: creates the pipe's first instance, or takes over the name from a service that has
 * ended.
 *
 * An instance of a pipe exists until both ends are closed. A client that keeps its handle after the
 * service has ended keeps the name in use, with the descriptor of its first instance, and
 * FILE_FLAG_FIRST_PIPE_INSTANCE then fails. If only administrators can create pipes below the
 * name's prefix, and nobody answers, such a name is used again.
 */
#ifndef MSIWATCH_SERVICE_CLAIM_WIN32_H
#define MSIWATCH_SERVICE_CLAIM_WIN32_H

#include "base/log.h"
#include "pipe/pipe_api_win32.h"

#include <stdbool.h>

struct claim {
    const struct pipe_api *api;
    struct log *log;
    const char *name; /* the full name, here in UTF-8 and next in UTF-16 */
    const wchar_t *wide_name;
    PSECURITY_DESCRIPTOR access; /* the descriptor that the name must have */
};

/* Creates the first instance; if that is refused, retries for some seconds. *recovered: the name
 * existed already. The caller closes the handle. Returns 0, or a negative libuv code after logging
 * why: UV_EADDRINUSE if another process serves the name, UV_EACCES if it may not be created or does
 * not accept the descriptor. */
int claim_pipe(const struct claim *claim, HANDLE *first, bool *recovered);

#endif
