/* security_win32.h: who may do what with the pipe (service/SECURITY.md). */
#ifndef MSIWATCH_SERVICE_SECURITY_WIN32_H
#define MSIWATCH_SERVICE_SECURITY_WIN32_H

#include "base/log.h"

/* Makes the security descriptor of every instance; the caller frees it with LocalFree. `sddl` is
 * the setting "pipe-sddl"; "" for the default. Returns 0, or a negative libuv code after logging
 * why: UV_EINVAL if the setting is not a descriptor, is not protected, or lets others than SYSTEM
 * and administrators create instances or change it. An invalid setting is never replaced by the
 * default. */
int pipe_access_new(void **out, const char *sddl, struct log *log);

#endif
