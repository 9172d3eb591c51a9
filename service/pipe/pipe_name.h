/* pipe_name.h: the full name of a pipe from what the setting "pipe" says.
 *
 * "" is the default name, a bare NAME stands for \\.\pipe\NAME, a name that begins with \\.\pipe\
 * is taken as it is. Pure; any thread.
 */
#ifndef MSIWATCH_SERVICE_PIPE_NAME_H
#define MSIWATCH_SERVICE_PIPE_NAME_H

#include "common/default_pipe.h"

#include <stdbool.h>
#include <stddef.h>

/* The whole name of it. */
#define PIPE_NAME_DEFAULT "\\\\.\\pipe\\" DEFAULT_PIPE

/* The system takes 256 UTF-16 units. */
#define PIPE_NAME_UNITS 256
#define PIPE_NAME_BYTES (PIPE_NAME_UNITS * 3 + 1)

/* False, with what is wrong with it in `error`, if it is no name for a local pipe. */
bool pipe_name_resolve(const char *setting, char out[PIPE_NAME_BYTES], char *error,
                       size_t error_size);

#endif
