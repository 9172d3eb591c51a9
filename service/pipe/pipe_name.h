/* pipe_name.h: makes the full name of a pipe from the setting "pipe".
 *
 * "" is the default name. NAME alone means \\.\pipe\NAME. A name that begins with \\.\pipe\ is used
 * as it is. Pure; any thread.
 */
#ifndef MSIWATCH_SERVICE_PIPE_NAME_H
#define MSIWATCH_SERVICE_PIPE_NAME_H

#include "common/default_pipe.h"

#include <stdbool.h>
#include <stddef.h>

/* The default name in full. */
#define PIPE_NAME_DEFAULT "\\\\.\\pipe\\" DEFAULT_PIPE

/* The system accepts 256 UTF-16 units. */
#define PIPE_NAME_UNITS 256
#define PIPE_NAME_BYTES (PIPE_NAME_UNITS * 3 + 1)

/* Returns false if it is not a name for a local pipe; `error` says why. */
bool pipe_name_resolve(const char *setting, char out[PIPE_NAME_BYTES], char *error,
                       size_t error_size);

#endif
