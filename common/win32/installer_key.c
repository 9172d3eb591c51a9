/* installer_key.c: Windows Installer's key in the registry. */
#include "common/win32/installer_key.h"

#define INSTALLER_KEY L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer"

LSTATUS installer_key_open(HKEY *key)
{
    return RegOpenKeyExW(HKEY_LOCAL_MACHINE, INSTALLER_KEY, 0,
                         KEY_NOTIFY | KEY_QUERY_VALUE | KEY_WOW64_64KEY, key);
}

LSTATUS installer_key_notify(HKEY key, HANDLE changed)
{
    return RegNotifyChangeKeyValue(key, TRUE, REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET,
                                   changed, TRUE);
}

LSTATUS installer_key_in_progress(HKEY key, bool *exists)
{
    HKEY in_progress;
    LSTATUS error = RegOpenKeyExW(key, L"InProgress", 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY,
                                  &in_progress);
    *exists = error == ERROR_SUCCESS;
    if (*exists) {
        RegCloseKey(in_progress);
    }
    return error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : error;
}

bool installer_key_is_absent(LSTATUS error)
{
    return error == ERROR_FILE_NOT_FOUND || error == ERROR_KEY_DELETED;
}
