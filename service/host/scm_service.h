/* scm_service.h: runs as a Windows service: start, stop, power events, new settings.
 */
#ifndef MSIWATCH_SERVICE_SCM_SERVICE_H
#define MSIWATCH_SERVICE_SCM_SERVICE_H

#include "config/layers.h"

/* Runs in the process that the service control manager started, until the service has stopped.
 * Returns the Win32 exit code: 1063 if the manager did not start this process, 87 if an option is
 * wrong, with the reason on stderr. */
unsigned long scm_host_run(const struct configuration *configuration);

#endif
