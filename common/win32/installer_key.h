/* installer_key.h: Windows Installer's key in the registry, for the service's sensor and for
 * `msiwatch doctor`. Functions return Win32 codes. Any thread. */
#ifndef MSIWATCH_COMMON_INSTALLER_KEY_H
#define MSIWATCH_COMMON_INSTALLER_KEY_H

#include <stdbool.h>
#include <windows.h>

/* Opens the 64-bit key for queries and notifications. The caller closes *key with RegCloseKey. */
LSTATUS installer_key_open(HKEY *key);

/* Makes Windows set the event at the next change in the key's subtree. */
LSTATUS installer_key_notify(HKEY key, HANDLE changed);

/* Whether the subkey InProgress exists. If that is known, returns ERROR_SUCCESS. */
LSTATUS installer_key_in_progress(HKEY key, bool *exists);

/* Whether an error means only that there is no such key. */
bool installer_key_is_absent(LSTATUS error);

#endif
