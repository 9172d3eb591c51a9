/* installer_key.h: Windows Installer's key in the registry, for the service's sensor and for
 * `msiwatch doctor`. Functions return Win32 codes. Any thread. */
#ifndef MSIWATCH_COMMON_INSTALLER_KEY_H
#define MSIWATCH_COMMON_INSTALLER_KEY_H

#include <stdbool.h>
#include <windows.h>

/* Opens it for queries and notifications, the 64-bit one. *key is the caller's to RegCloseKey. */
LSTATUS installer_key_open(HKEY *key);

/* Asks to have the event set at the next change in the key's subtree. */
LSTATUS installer_key_notify(HKEY key, HANDLE changed);

/* Whether its subkey InProgress exists. ERROR_SUCCESS if that is known. */
LSTATUS installer_key_in_progress(HKEY key, bool *exists);

/* Whether an error only says that there is no such key. */
bool installer_key_is_absent(LSTATUS error);

#endif
