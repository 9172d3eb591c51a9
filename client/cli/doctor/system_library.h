/* system_library.h: loads libraries of Windows that only one command needs. */
#ifndef MSIWATCH_CLI_SYSTEM_LIBRARY_H
#define MSIWATCH_CLI_SYSTEM_LIBRARY_H

#include <windows.h>

/* Loads the library, only from System32. NULL: GetLastError says why. */
static inline HMODULE system_library_load(const wchar_t *name)
{
    return LoadLibraryExW(name, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
}

#endif
