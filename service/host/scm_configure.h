/* scm_configure.h: what the service's entry in the service control manager holds besides its image:
 * restarts after a failure, its only privilege, its own SID, and who may query and control it.
 *
 * Windows only. Functions return the Win32 exit code and say on stderr why something failed.
 */
#ifndef MSIWATCH_SERVICE_SCM_CONFIGURE_H
#define MSIWATCH_SERVICE_SCM_CONFIGURE_H

#include <windows.h>

/* Sets all of it. A part that this system does not know is named on stderr and is no failure. The
 * handle needs SERVICE_CHANGE_CONFIG, SERVICE_START (for the restarts), and WRITE_DAC. */
unsigned long scm_configure(SC_HANDLE service);

/* Does the same for the entry that the package's installation has just created. Sets its image to
 * this program, without options, and creates the data folder. 1060 if there is no entry; 87 if the
 * service would not start with the setting pipe-sddl. */
unsigned long scm_configure_installed(void);

/* Prints a line for each part that differs from what scm_configure sets, and why. The handle needs
 * SERVICE_QUERY_CONFIG. */
void scm_configure_print(SC_HANDLE service);

struct log;

/* The manager's calls, as declared in winsvc.h. They are in a table because Wine's manager stores
 * none of these parts, so tests use a stand-in. */
struct scm_calls {
    SC_HANDLE(WINAPI *open_manager)(LPCWSTR machine, LPCWSTR database, DWORD access);
    SC_HANDLE(WINAPI *open)(SC_HANDLE manager, LPCWSTR name, DWORD access);
    BOOL(WINAPI *query)(SC_HANDLE service, DWORD level, LPBYTE out, DWORD size, LPDWORD needed);
    BOOL(WINAPI *change)(SC_HANDLE service, DWORD level, LPVOID information);
    BOOL(WINAPI *close)(SC_HANDLE handle);
};

/* The service calls this at each start: if its restarts, SID or privilege were never set (because
 * something else created the entry), sets them, and logs it. Parts that have another value stay.
 * The SID and the privilege take effect at the next start. With `calls` NULL, uses the system's. */
void scm_configure_complete(const struct scm_calls *calls, struct log *log);

#endif
