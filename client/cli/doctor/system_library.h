/* system_library.h: libraries of Windows that one command needs and the others should not load. */
#ifndef MSIWATCH_CLI_SYSTEM_LIBRARY_H
#define MSIWATCH_CLI_SYSTEM_LIBRARY_H

#include <windows.h>

/* Loads it, from System32 and from nowhere else. NULL: GetLastError says why. */
static inline HMODULE system_library_load(const wchar_t *name)
{
    return LoadLibraryExW(name, NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
}

#endif
