/* ntdll.h: functions that every Windows has, but that the SDK's headers do not declare. */
#ifndef MSIWATCH_COMMON_NTDLL_H
#define MSIWATCH_COMMON_NTDLL_H

#include <windows.h>

/* Return an NTSTATUS: negative for an error. */
NTSYSAPI LONG NTAPI NtQueryMutant(HANDLE mutex, int information_class, void *information,
                                  ULONG size, ULONG *returned);
NTSYSAPI LONG NTAPI NtQueryInformationFile(HANDLE file, void *status, void *information, ULONG size,
                                           int information_class);
NTSYSAPI LONG NTAPI RtlGetVersion(OSVERSIONINFOW *version);

#endif
