/* pipe_access_win32.h: who may do what with the pipe (DESIGN, section 7). */
#ifndef MSIWATCH_SERVICE_PIPE_ACCESS_WIN32_H
#define MSIWATCH_SERVICE_PIPE_ACCESS_WIN32_H

#include "log.h"

/* The security descriptor of every instance; the caller's to LocalFree. 0, or a negative libuv code
 * after a line in the log; there is no falling back to a default. */
int pipe_access_new(void **out, struct log *log);

#endif
