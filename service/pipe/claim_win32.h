/* claim_win32.h: the pipe's first instance: created, or the name taken over from a service that has
 * ended.
 *
 * An instance of a pipe lives until both ends are closed. A client that keeps its handle after the
 * service has ended keeps the name alive, with the descriptor that its first instance had, and
 * FILE_FLAG_FIRST_PIPE_INSTANCE is then refused. Below the prefix where only administrators can
 * create pipes, and when nobody answers, such a name is used again.
 */
#ifndef MSIWATCH_SERVICE_CLAIM_WIN32_H
#define MSIWATCH_SERVICE_CLAIM_WIN32_H

#include "base/log.h"
#include "pipe/pipe_api_win32.h"

#include <stdbool.h>

struct claim {
    const struct pipe_api *api;
    struct log *log;
    const char *name; /* the full name, UTF-8 and UTF-16 */
    const wchar_t *wide_name;
    PSECURITY_DESCRIPTOR access; /* what the name must have */
};

/* Creates the first instance, trying for some seconds while it is refused. *recovered: the name was
 * there already. The handle is the caller's to close. 0, or a negative libuv code after a line in
 * the log: UV_EADDRINUSE somebody serves the name, UV_EACCES it may not be created or does not take
 * the descriptor. */
int claim_pipe(const struct claim *claim, HANDLE *first, bool *recovered);

#endif
