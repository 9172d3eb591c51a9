/* default_pipe.h: where the service listens, and clients look for it, unless it is set otherwise.
 */
#ifndef MSIWATCH_COMMON_DEFAULT_PIPE_H
#define MSIWATCH_COMMON_DEFAULT_PIPE_H

/* Behind \\.\pipe\. Only SYSTEM and administrators may make a pipe with this prefix. */
#define DEFAULT_PIPE "ProtectedPrefix\\Administrators\\msiwatch"

#endif
