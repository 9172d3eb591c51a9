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

/* Stops the service and removes it, and the file with the metrics, if the settings name one. Its
 * data folder stays, or with `purge` goes too, the journal and all. */
unsigned long scm_uninstall(bool purge);

/* For the package, which removes the service by itself: the file with the metrics, and of the data
 * folder only the logs, or with `purge` all of it. The service must have stopped; it may be gone.
 */
unsigned long scm_remove_data(bool purge);

#endif
