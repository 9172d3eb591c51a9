/* scm_install.h: the service's entry with the service control manager: made and removed.
 *
 * Each writes a line that says what it did, or to stderr why not, and returns the Win32 code to
 * exit with.
 */
#ifndef MSIWATCH_SERVICE_SCM_INSTALL_H
#define MSIWATCH_SERVICE_SCM_INSTALL_H

/* Enters this program as the service, to be started with the given options, at every start of the
 * system. The options have been checked. Nothing is left of an installation that failed. */
unsigned long scm_install(int count, char *const options[]);

/* Stops the service and removes it. Its data stays. */
unsigned long scm_uninstall(void);

#endif
