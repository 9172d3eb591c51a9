/* scm_service.h: the service under the service control manager: start, stop, power, new settings.
 */
#ifndef MSIWATCH_SERVICE_SCM_SERVICE_H
#define MSIWATCH_SERVICE_SCM_SERVICE_H

#include "config/layers.h"

/* Serves as the process that the service control manager started, until the service has stopped.
 * The Win32 code to exit with: 1063 if it was not started by the manager, 87
 * if an option is wrong, which is said on stderr. */
unsigned long scm_host_run(const struct configuration *configuration);

#endif
