/* scm_install.h: creates and removes the service's entry in the service control manager.
 *
 * Each function writes a line that says what it did, or says on stderr why it failed, and returns
 * the Win32 exit code.
 */
#ifndef MSIWATCH_SERVICE_SCM_INSTALL_H
#define MSIWATCH_SERVICE_SCM_INSTALL_H

#include <stdbool.h>

/* Installs this program as the service, with the given options, started at every start of the
 * system. The caller has checked the options. If the installation fails, nothing of it remains.
 * Returns ERROR_ACCESS_DENIED if others than SYSTEM, administrators and TrustedInstaller can change
 * or replace the program, unless `unsafe_image`. */
unsigned long scm_install(int count, char *const options[], bool unsafe_image);

/* Stops and removes the service, and removes the file with the metrics, if the settings name one.
 * The data folder with the journal stays; with `purge` it is removed, too. */
unsigned long scm_uninstall(bool purge);

/* For the package, which removes the service itself: removes the file with the metrics, and only
 * the logs in the data folder; with `purge`, the whole data folder. The service must have stopped;
 * its entry may be gone.
 */
unsigned long scm_remove_data(bool purge);

#endif
