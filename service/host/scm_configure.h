/* scm_configure.h: what the service's entry with the manager holds beside its image: restarts after
 * a failure, its only privilege, its own SID, and who may query and control it.
 *
 * Windows only. Functions return the Win32 code to exit with; why something failed is said on
 * stderr.
 */
#ifndef MSIWATCH_SERVICE_SCM_CONFIGURE_H
#define MSIWATCH_SERVICE_SCM_CONFIGURE_H

#include <windows.h>

/* Sets all of it. What this system does not know is said on stderr and is no failure. The handle
 * needs SERVICE_CHANGE_CONFIG, SERVICE_START (restarts), and WRITE_DAC. */
unsigned long scm_configure(SC_HANDLE service);

/* The same for the entry that the package's installation has just made, whose image becomes this
 * program, without options; and makes the data folder. 1060 if there is no entry. */
unsigned long scm_configure_installed(void);

/* Prints a line for each part that is not as scm_configure sets it, and why. The handle needs
 * SERVICE_QUERY_CONFIG. */
void scm_configure_print(SC_HANDLE service);

#endif
