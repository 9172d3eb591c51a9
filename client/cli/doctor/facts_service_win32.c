/* facts_service_win32.c: reads the SCM's entry of our service, and the policies that Windows
 * Installer obeys. */
#include "cli/doctor/facts.h"

#include "common/win32/ntdll.h"

#include <windows.h>

#define INSTALLER_POLICY L"SOFTWARE\\Policies\\Microsoft\\Windows\\Installer"
#define RDS_POLICY L"SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services\\TSAppSrv\\TSMSI"

/* ---- policies ---- */

/* False: it is not set, or cannot be read; in that case *error is not 0. */
static bool read_policy(const wchar_t *key, const wchar_t *name, DWORD *value, LSTATUS *error)
{
    DWORD size = sizeof *value;
    *error = RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD, NULL, value, &size);
    bool is_set = *error == ERROR_SUCCESS;
    if (*error == ERROR_FILE_NOT_FOUND || *error == ERROR_PATH_NOT_FOUND) {
        *error = ERROR_SUCCESS;
    }
    return is_set;
}

static bool add_policy(struct report *report, const char *subject, const wchar_t *key,
                       const wchar_t *name, DWORD *value)
{
    LSTATUS error;
    bool is_set = read_policy(key, name, value, &error);
    if (error != ERROR_SUCCESS) {
        report_unread(report, subject, (uint32_t)error);
    } else {
        report_addf(report, REPORT_FACT, subject, "", is_set ? "%lu" : "not set", *value);
    }
    return is_set;
}

/* Microsoft: VER_SUITE_SINGLEUSERTS "is set unless the system is running in application server
 * mode". */
static bool is_session_host(void)
{
    OSVERSIONINFOEXW version = {.dwOSVersionInfoSize = sizeof version};
    RtlGetVersion((OSVERSIONINFOW *)&version);
    return (version.wSuiteMask & VER_SUITE_TERMINAL) != 0 &&
           (version.wSuiteMask & VER_SUITE_SINGLEUSERTS) == 0;
}

void facts_add_policies(struct report *report, struct doctor_facts *facts)
{
    DWORD value = 0;
    facts->disable_msi = add_policy(report, "policy.disable_msi", INSTALLER_POLICY, L"DisableMSI",
                                    &value)
                             ? value
                             : 0;
    value = 1;
    facts->rds_off = add_policy(report, "policy.rds_compatibility", RDS_POLICY, L"Enable",
                                &value) &&
                     value == 0;
    facts->session_host = is_session_host();
    report_fact(report, "windows.rds_session_host", facts->session_host ? "yes" : "no");
}

/* ---- our service ---- */

static void read_entry(SC_HANDLE service, struct doctor_facts *facts)
{
    union {
        QUERY_SERVICE_CONFIGW config;
        BYTE room[8192]; /* the largest possible size */
    } read;
    SERVICE_STATUS_PROCESS status;
    DWORD size;
    if (QueryServiceConfigW(service, &read.config, sizeof read, &size)) {
        facts->entry_disabled = read.config.dwStartType == SERVICE_DISABLED;
    }
    if (QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof status,
                             &size)) {
        facts->entry = status.dwCurrentState == SERVICE_STOPPED ? ENTRY_STOPPED : ENTRY_RUNNING;
        /* "Not started since Windows started" is no failure. */
        facts->entry_exit = status.dwWin32ExitCode == ERROR_SERVICE_NEVER_STARTED
                                ? 0
                                : status.dwWin32ExitCode;
    }
}

void facts_add_entry(struct report *report, struct doctor_facts *facts)
{
    static const char *const names[] = {[ENTRY_UNREAD] = "cannot be read",
                                        [ENTRY_MISSING] = "not installed",
                                        [ENTRY_STOPPED] = "stopped",
                                        [ENTRY_RUNNING] = "running"};
    facts->entry = ENTRY_UNREAD;
    facts->entry_disabled = false;
    facts->entry_exit = 0;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager == NULL ? NULL
                                        : OpenServiceW(manager, L"MsiWatch",
                                                       SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG);
    if (service != NULL) {
        read_entry(service, facts);
        CloseServiceHandle(service);
    } else if (manager != NULL && GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST) {
        facts->entry = ENTRY_MISSING;
    }
    if (manager != NULL) {
        CloseServiceHandle(manager);
    }
    report_fact(report, "service.entry", names[facts->entry]);
}
