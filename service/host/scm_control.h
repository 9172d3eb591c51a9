/* scm_control.h: starts, stops and queries the installed service.
 *
 * Each command writes a line that says what happened, or says on stderr why it failed, and returns
 * the Win32 exit code.
 */
#ifndef MSIWATCH_SERVICE_SCM_CONTROL_H
#define MSIWATCH_SERVICE_SCM_CONTROL_H

#include <windows.h>

/* Starts the service and waits until it runs. 1056 if it runs already; the service's own code if it
 * ends. */
unsigned long scm_start(void);

/* Stops the service and waits until its process has ended. 1062 if it does not run. */
unsigned long scm_stop(void);

/* Prints state, process, image path and pipe. 0 if it runs, 1062 if not, 1060 if it is not
 * installed. */
unsigned long scm_query(void);

/* Stops the service like scm_stop, but prints nothing. The handle needs SERVICE_STOP and
 * SERVICE_QUERY_STATUS. */
unsigned long scm_stop_and_wait(SC_HANDLE service);

#endif
