/* scm_configure.c: what the service's entry in the service control manager holds besides its
 * image. */
#include "host/scm_configure.h"

#include "base/log.h"
#include "files/secure_files.h"
#include "host/scm_entry.h"
#include "base/scm_name.h"
#include "pipe/security_win32.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sddl.h>

/* SYSTEM and administrators have the default rights. Every authenticated user may query the status,
 * not only interactive users and services, because clients look up the server's process before they
 * trust it. */
#define SERVICE_ACCESS                                                                             \
    L"D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCSWLOCRRC;;;AU)"

/* the manager's limit */
enum { MINUTE_MS = 60000, DAY_S = 86400, RESTARTS = 3, LARGEST_PART = 8192 };

static wchar_t description_text[] = L"Knows at every moment whether Windows Installer is busy, and "
                                    L"tells local programs over a named pipe.";
static SERVICE_DESCRIPTIONW description = {description_text};
static SC_ACTION restarts[RESTARTS] = {
    {SC_ACTION_RESTART, 1000}, {SC_ACTION_RESTART, 5000}, {SC_ACTION_RESTART, MINUTE_MS}};
static SERVICE_FAILURE_ACTIONSW failure = {DAY_S, NULL, NULL, RESTARTS, restarts};
/* The restarts also apply when the service stops with an error, not only when it crashes. */
static SERVICE_FAILURE_ACTIONS_FLAG also_stops = {TRUE};
static SERVICE_SID_INFO sid = {SERVICE_SID_TYPE_UNRESTRICTED};
static wchar_t privileges[] = L"SeChangeNotifyPrivilege\0"; /* a list, so two zeros end it */
static SERVICE_REQUIRED_PRIVILEGES_INFOW required = {privileges};

/* ---- whether what was read back equals what is set here ---- */

static bool same_description(const void *read)
{
    const SERVICE_DESCRIPTIONW *is = read;
    return is->lpDescription != NULL && wcscmp(is->lpDescription, description_text) == 0;
}

static bool same_failure(const void *read)
{
    const SERVICE_FAILURE_ACTIONSW *is = read;
    if (is->dwResetPeriod != DAY_S || is->cActions != RESTARTS || is->lpsaActions == NULL) {
        return false;
    }
    for (size_t i = 0; i < RESTARTS; i++) {
        if (is->lpsaActions[i].Type != restarts[i].Type ||
            is->lpsaActions[i].Delay != restarts[i].Delay) {
            return false;
        }
    }
    return true;
}

static bool same_flag(const void *read)
{
    return ((const SERVICE_FAILURE_ACTIONS_FLAG *)read)->fFailureActionsOnNonCrashFailures;
}

static bool same_sid(const void *read)
{
    return ((const SERVICE_SID_INFO *)read)->dwServiceSidType == sid.dwServiceSidType;
}

static bool same_privileges(const void *read)
{
    const SERVICE_REQUIRED_PRIVILEGES_INFOW *is = read;
    return is->pmszRequiredPrivileges != NULL &&
           memcmp(is->pmszRequiredPrivileges, privileges, sizeof privileges - sizeof(wchar_t)) == 0;
}

/* ---- whether it was never set; an administrator's own values stay ---- */

static bool no_failure(const void *read)
{
    return ((const SERVICE_FAILURE_ACTIONSW *)read)->cActions == 0;
}

static bool no_sid(const void *read)
{
    return ((const SERVICE_SID_INFO *)read)->dwServiceSidType == SERVICE_SID_TYPE_NONE;
}

static bool no_privileges(const void *read)
{
    const SERVICE_REQUIRED_PRIVILEGES_INFOW *is = read;
    return is->pmszRequiredPrivileges == NULL || is->pmszRequiredPrivileges[0] == L'\0';
}

static const struct part {
    DWORD level;
    void *information;
    bool (*same)(const void *read);
    bool (*missing)(const void *read); /* NULL if not checked at a start */
    const char *what;
} parts[] = {
    {SERVICE_CONFIG_DESCRIPTION, &description, same_description, NULL, "the description"},
    {SERVICE_CONFIG_FAILURE_ACTIONS, &failure, same_failure, no_failure,
     "the restart after a failure"},
    {SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also_stops, same_flag, NULL,
     "the restart after a stop that failed"},
    {SERVICE_CONFIG_SERVICE_SID_INFO, &sid, same_sid, no_sid, "the service's own SID"},
    {SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required, same_privileges, no_privileges,
     "the only privilege it needs"},
};

enum { PARTS = sizeof parts / sizeof parts[0] };

/* Systems that do not know a part return one of these errors. The service works without it. */
static bool is_not_known(DWORD error)
{
    return error == ERROR_INVALID_LEVEL || error == ERROR_INVALID_PARAMETER ||
           error == ERROR_CALL_NOT_IMPLEMENTED || error == ERROR_NOT_SUPPORTED;
}

/* ---- setting ---- */

static DWORD set_part(SC_HANDLE service, const struct part *part)
{
    if (ChangeServiceConfig2W(service, part->level, part->information)) {
        return ERROR_SUCCESS;
    }
    DWORD error = GetLastError();
    if (is_not_known(error)) {
        win32_error_say(error, "%s was not set: this system does not know it", part->what);
        return ERROR_SUCCESS;
    }
    return win32_error_say(error, "cannot set %s", part->what);
}

static DWORD set_access(SC_HANDLE service)
{
    PSECURITY_DESCRIPTOR access;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(SERVICE_ACCESS, SDDL_REVISION_1,
                                                              &access, NULL)) {
        return GetLastError();
    }
    DWORD error = SetServiceObjectSecurity(service, DACL_SECURITY_INFORMATION, access)
                      ? ERROR_SUCCESS
                      : GetLastError();
    LocalFree(access);
    return error;
}

unsigned long scm_configure(SC_HANDLE service)
{
    for (size_t i = 0; i < PARTS; i++) {
        DWORD error = set_part(service, &parts[i]);
        if (error != ERROR_SUCCESS) {
            return error;
        }
    }
    /* Last, because the handle that is open already has all rights. */
    DWORD error = set_access(service);
    if (error != ERROR_SUCCESS) {
        win32_error_say(error, "cannot set the access rights of the service");
    }
    return error;
}

/* ---- the entry that an installer has created ---- */

/* An installer may have written the path without quotation marks. */
static DWORD set_command(SC_HANDLE service)
{
    wchar_t *command = NULL;
    DWORD error = scm_entry_command(0, NULL, &command);
    if (error == ERROR_SUCCESS &&
        !ChangeServiceConfigW(service, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE,
                              command, NULL, NULL, NULL, NULL, NULL, NULL)) {
        error = GetLastError();
    }
    free(command);
    return error == ERROR_SUCCESS
               ? error
               : win32_error_say(error, "cannot set the image path of " SCM_NAME);
}

/* The service would refuse a wrong descriptor at its start. Checking it here lets the installation
 * say why it fails. */
static DWORD check_pipe_access(const struct settings *settings)
{
    struct log *log = NULL;
    void *access = NULL;
    /* If this fails, a wrong descriptor is still refused, but not explained. */
    log_new(&log, NULL, true, LOG_ERROR);
    int error = pipe_access_new(&access, settings->pipe_sddl, log);
    log_free(log);
    LocalFree(access);
    return win32_error_from_uv(error);
}

static DWORD make_folder(const struct settings *settings)
{
    struct files_secured secured;
    DWORD error = win32_error_from_uv(files_secure_folder(settings->data, &secured));
    if (error != ERROR_SUCCESS && secured.defect != FILES_FINE) {
        /* Others can put something there; that must not prevent the installation, because the
         * service can run without the folder. */
        char why[FILES_PATH];
        files_explain(&secured, win32_error_to_uv(error), why, sizeof why);
        fprintf(stderr, "msiwatchd: the journal will be kept in memory only: %s: %s\n",
                settings->data, why);
        return ERROR_SUCCESS;
    }
    return error == ERROR_SUCCESS
               ? error
               : win32_error_say(error, "cannot create the data folder %s", settings->data);
}

static DWORD configure(SC_HANDLE service)
{
    struct settings settings;
    /* In the package this user is SYSTEM. Where every file belongs to the user, the installation
     * would fail without this. */
    DWORD error = scm_entry_check_image(true);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    error = set_command(service);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    error = scm_configure(service);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    error = scm_entry_settings(service, &settings);
    if (error != ERROR_SUCCESS) {
        return win32_error_say(error, "cannot read the settings of " SCM_NAME);
    }
    error = check_pipe_access(&settings);
    return error == ERROR_SUCCESS ? make_folder(&settings) : error;
}

unsigned long scm_configure_installed(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        return win32_error_say(GetLastError(), "cannot configure the service");
    }
    DWORD error;
    SC_HANDLE service = OpenServiceW(manager, SCM_NAME_WIDE,
                                     SERVICE_CHANGE_CONFIG | SERVICE_QUERY_CONFIG | SERVICE_START |
                                         READ_CONTROL | WRITE_DAC);
    if (service == NULL) {
        error = scm_say(GetLastError(), "cannot configure");
        goto close_manager;
    }
    error = configure(service);
    CloseServiceHandle(service);
    if (error == ERROR_SUCCESS) {
        printf(SCM_NAME " is configured\n");
    }
close_manager:
    CloseServiceHandle(manager);
    return error;
}

/* ---- reading back ---- */

/* Aligned for any of the structures. */
union part_read {
    SERVICE_FAILURE_ACTIONSW failure;
    BYTE room[LARGEST_PART];
};

static void print_part(SC_HANDLE service, const struct part *part)
{
    static union part_read read;
    DWORD size;
    char words[WIN32_ERROR_WORDS];
    if (QueryServiceConfig2W(service, part->level, read.room, sizeof read, &size)) {
        if (!part->same(&read)) {
            printf("lacks  %s: it differs from what 'msiwatchd install' sets\n", part->what);
        }
        return;
    }
    DWORD error = GetLastError();
    win32_error_words(error, words, sizeof words);
    printf("lacks  %s: %s%s (error %lu)\n", part->what,
           is_not_known(error) ? "this system does not know it: " : "", words, error);
}

void scm_configure_print(SC_HANDLE service)
{
    for (size_t i = 0; i < PARTS; i++) {
        print_part(service, &parts[i]);
    }
}

/* ---- at each start ---- */

/* The restarts are two parts; setting the first also sets the second. */
static void complete_part(const struct scm_calls *calls, SC_HANDLE service, const struct part *part,
                          struct log *log)
{
    static union part_read read;
    DWORD size;
    if (part->missing == NULL ||
        !calls->query(service, part->level, read.room, sizeof read, &size) ||
        !part->missing(&read)) {
        return;
    }
    bool set = calls->change(service, part->level, part->information);
    if (set && part->level == SERVICE_CONFIG_FAILURE_ACTIONS) {
        set = calls->change(service, SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also_stops);
    }
    if (set) {
        log_line(log, LOG_INFO, "%s was missing and has been set", part->what);
    } else if (!is_not_known(GetLastError())) {
        log_win32(log, LOG_WARN, GetLastError(), "%s is missing and cannot be set", part->what);
    }
}

void scm_configure_complete(const struct scm_calls *calls, struct log *log)
{
    static const struct scm_calls real = {OpenSCManagerW, OpenServiceW, QueryServiceConfig2W,
                                          ChangeServiceConfig2W, CloseServiceHandle};
    calls = calls == NULL ? &real : calls;
    SC_HANDLE manager = calls->open_manager(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        log_win32(log, LOG_WARN, GetLastError(), "cannot check the service's own configuration");
        return;
    }
    /* Without SERVICE_START, the manager refuses an action that restarts the service. */
    SC_HANDLE service = calls->open(manager, SCM_NAME_WIDE,
                                    SERVICE_CHANGE_CONFIG | SERVICE_QUERY_CONFIG | SERVICE_START);
    if (service == NULL) {
        log_win32(log, LOG_WARN, GetLastError(), "cannot check the service's own configuration");
        goto close_manager;
    }
    for (size_t i = 0; i < PARTS; i++) {
        complete_part(calls, service, &parts[i], log);
    }
    calls->close(service);
close_manager:
    calls->close(manager);
}
