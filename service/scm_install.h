/* scm_install.h: the service's entry with the service control manager: made and removed.
 *
 * Each writes a line that says what it did, or to stderr why not, and returns the Win32 code to
 * exit with.
 */
#ifndef MSIWATCH_SERVICE_SCM_INSTALL_H
#define MSIWATCH_SERVICE_SCM_INSTALL_H

#include <stdbool.h>

/* Enters this program as the service, to be started with the given options, at every start of the
 * system. The options have been checked. Nothing is left of an installation that failed.
 * Refused with ERROR_ACCESS_DENIED if others than SYSTEM, administrators and TrustedInstaller can
 * change or replace the program, unless `unsafe_image`. */
unsigned long scm_install(int count, char *const options[], bool unsafe_image);

/* Stops the service and removes it. Its data stays. */
unsigned long scm_uninstall(void);

#endif
