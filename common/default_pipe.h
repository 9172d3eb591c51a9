/* default_pipe.h: the name of the pipe between service and clients, unless a setting or an option
 * names another one. */
#ifndef MSIWATCH_COMMON_DEFAULT_PIPE_H
#define MSIWATCH_COMMON_DEFAULT_PIPE_H

/* The part after \\.\pipe\. Only SYSTEM and administrators may create a pipe with this prefix. */
#define DEFAULT_PIPE "ProtectedPrefix\\Administrators\\msiwatch"

#endif
