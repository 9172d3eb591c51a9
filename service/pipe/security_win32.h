/* security_win32.h: who may do what with the pipe (service/SECURITY.md). */
#ifndef MSIWATCH_SERVICE_SECURITY_WIN32_H
#define MSIWATCH_SERVICE_SECURITY_WIN32_H

#include "base/log.h"

/* The security descriptor of every instance; the caller's to LocalFree. `sddl`: the setting
 * "pipe-sddl"; "" for our own. 0, or a negative libuv code after a line in the log: UV_EINVAL when
 * the setting is no descriptor, is not protected, or lets others than SYSTEM and administrators
 * create instances or change it. There is no falling back to a default. */
int pipe_access_new(void **out, const char *sddl, struct log *log);

#endif
