/* scm_entry.h: the command line that the service's entry with the manager holds, written and read.
 *
 * Windows only. Functions return 0 or a Win32 code.
 */
#ifndef MSIWATCH_SERVICE_SCM_ENTRY_H
#define MSIWATCH_SERVICE_SCM_ENTRY_H

#include "config/settings.h"

#include <windows.h>

/* Where this program is, UTF-8; the caller's to free. It may have been started by another path,
 * over a junction, a symbolic link or a `subst` drive; those may lead elsewhere tomorrow, when
 * SYSTEM follows them. */
unsigned long scm_entry_own_path(char **out);

/* SYSTEM runs this program: whoever can replace it is SYSTEM. 0, or ERROR_ACCESS_DENIED or another
 * code, with a line on stderr, if others than SYSTEM, administrators and TrustedInstaller can, or
 * with `this_user` others than the user that this process is. */
unsigned long scm_entry_check_image(bool this_user);

/* "C:\...\msiwatchd.exe" service OPTIONS, the path in quotation marks: or a path with a space would
 * be tried up to the space first. The caller's to free. */
unsigned long scm_entry_command(int count, char *const options[], wchar_t **out);

/* The settings of the service with this entry, by its options and the registry; or, with NULL, by
 * the registry alone. The data folder is never "": the default one is filled in. A Win32 code: 87
 * if the entry's command line is not as 'msiwatchd install' and the package write it. The handle
 * needs SERVICE_QUERY_CONFIG. */
unsigned long scm_entry_settings(SC_HANDLE service, struct settings *settings);

#endif
