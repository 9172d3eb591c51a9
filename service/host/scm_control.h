/* scm_control.h: the installed service: started, stopped, asked about.
 *
 * Each command writes a line that says what became of it, or to stderr why not, and returns the
 * Win32 code to exit with.
 */
#ifndef MSIWATCH_SERVICE_SCM_CONTROL_H
#define MSIWATCH_SERVICE_SCM_CONTROL_H

#include <windows.h>

/* Starts it and waits until it runs. 1056 if it runs already; the service's own code if it ends. */
unsigned long scm_start(void);

/* Stops it and waits until it has and its process is gone. 1062 if it does not run. */
unsigned long scm_stop(void);

/* State, process, image path, pipe. 0 if it runs, 1062 if not, 1060 if it is not installed. */
unsigned long scm_query(void);

/* The same stop without words. The handle needs SERVICE_STOP and SERVICE_QUERY_STATUS. */
unsigned long scm_stop_and_wait(SC_HANDLE service);

#endif
