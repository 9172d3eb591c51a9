/* scm_service.h: the service under the service control manager: start, stop, power, new settings.
 *
 * The service's name and its entry with the manager are shared with scm_install and scm_control.
 */
#ifndef MSIWATCH_SERVICE_SCM_HOST_H
#define MSIWATCH_SERVICE_SCM_HOST_H

#include "config/layers.h"

#define SCM_NAME "MsiWatch"
#define SCM_NAME_WIDE L"MsiWatch"

/* Serves as the process that the service control manager started, until the service has stopped.
 * The Win32 code to exit with: 1063 if it was not started by the manager, 87
 * if an option is wrong, which is said on stderr. */
unsigned long scm_host_run(const struct configuration *configuration);

#endif
