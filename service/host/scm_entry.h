/* scm_entry.h: the service's entry in the service control manager: its command line, and why an
 * action on it failed.
 *
 * Windows only. Functions return 0 or a Win32 code.
 */
#ifndef MSIWATCH_SERVICE_SCM_ENTRY_H
#define MSIWATCH_SERVICE_SCM_ENTRY_H

#include "config/settings.h"

#include <windows.h>

/* Returns this program's real path in UTF-8; the caller frees it. The program may have been started
 * by another path, over a junction, a symbolic link or a `subst` drive. Those may lead elsewhere
 * later, when SYSTEM follows them. */
unsigned long scm_entry_own_path(char **out);

/* Checks who can replace this program. SYSTEM runs it, so someone who can replace it can become
 * SYSTEM. Returns 0 if only SYSTEM, administrators and TrustedInstaller can replace it (with
 * `this_user`, also the user of this process). Otherwise returns ERROR_ACCESS_DENIED or another
 * code, with a line on stderr. */
unsigned long scm_entry_check_image(bool this_user);

/* Writes "C:\...\msiwatchd.exe" service OPTIONS. The path is quoted, because Windows would
 * otherwise try a path with a space up to the space first. The caller frees the result. */
unsigned long scm_entry_command(int count, char *const options[], wchar_t **out);

/* Reads the command line in the service's entry; the caller frees it. The handle needs
 * SERVICE_QUERY_CONFIG. */
unsigned long scm_entry_image(SC_HANDLE service, wchar_t **out);

/* Reads all settings from this command line and the registry. Returns 87 if the command line does
 * not have the form that 'msiwatchd install' and the package write. */
unsigned long scm_entry_options(const wchar_t *image, struct settings *settings);

/* Reads the settings of the service with this entry from its options and the registry; with NULL,
 * from the registry alone. The data folder is never "": the default is filled in. Returns 87 if the
 * entry's command line does not have the form that 'msiwatchd install' and the package write. The
 * handle needs SERVICE_QUERY_CONFIG. */
unsigned long scm_entry_settings(SC_HANDLE service, struct settings *settings);

/* Writes to stderr why an action on the service failed, and returns the error. */
unsigned long scm_say(unsigned long error, const char *what);

#endif
