/* scm_configure.h: what the service's entry with the manager holds beside its image: restarts after
 * a failure, its only privilege, its own SID, and who may query and control it.
 *
 * Windows only. Functions return the Win32 code to exit with; why something failed is said on
 * stderr.
 */
#ifndef MSIWATCH_SERVICE_SCM_CONFIGURE_H
#define MSIWATCH_SERVICE_SCM_CONFIGURE_H

#include <windows.h>

/* Sets all of it. What this system does not know is said on stderr and is no failure. The handle
 * needs SERVICE_CHANGE_CONFIG, SERVICE_START (restarts), and WRITE_DAC. */
unsigned long scm_configure(SC_HANDLE service);

/* The same for the entry that the package's installation has just made, whose image becomes this
 * program, without options; and makes the data folder. 1060 if there is no entry; 87 if the setting
 * pipe-sddl is one with which the service would not start. */
unsigned long scm_configure_installed(void);

/* Prints a line for each part that is not as scm_configure sets it, and why. The handle needs
 * SERVICE_QUERY_CONFIG. */
void scm_configure_print(SC_HANDLE service);

struct log;

/* The manager's calls, as winsvc.h has them; a table, because Wine's manager keeps none of it. */
struct scm_calls {
    SC_HANDLE(WINAPI *open_manager)(LPCWSTR machine, LPCWSTR database, DWORD access);
    SC_HANDLE(WINAPI *open)(SC_HANDLE manager, LPCWSTR name, DWORD access);
    BOOL(WINAPI *query)(SC_HANDLE service, DWORD level, LPBYTE out, DWORD size, LPDWORD needed);
    BOOL(WINAPI *change)(SC_HANDLE service, DWORD level, LPVOID information);
    BOOL(WINAPI *close)(SC_HANDLE handle);
};

/* For the service itself, at each start: sets what of restarts, SID and privilege was never set (an
 * entry that somebody else has made), and logs it; what is set otherwise stays. The SID and the
 * privilege take effect at the next start. `calls` NULL: the system's. */
void scm_configure_complete(const struct scm_calls *calls, struct log *log);

#endif
