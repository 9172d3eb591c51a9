/* scm_install.c: the service's entry with the service control manager: made and removed. */
#include "scm_install.h"

#include "access_win32.h"
#include "command_line.h"
#include "report/eventlog_win32.h"
#include "scm_control.h"
#include "scm_host.h"
#include "wide.h"
#include "win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <sddl.h>

/* SYSTEM and administrators as by default; every authenticated user may query the status, not only
 * interactive ones and services: clients look up the server's process before they trust it. */
#define SERVICE_ACCESS                                                                             \
    L"D:(A;;CCLCSWRPWPDTLOCRRC;;;SY)(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;BA)(A;;CCLCSWLOCRRC;;;AU)"

enum { LONGEST_PATH = 32768, MINUTE_MS = 60000, DAY_S = 86400 };

/* ---- what it is to be ---- */

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

/* One part of the configuration. A system that does not know it says so by one of these errors;
 * the service works without, so that is told and is no failure. */
static DWORD set_part(SC_HANDLE service, DWORD level, void *information, const char *what)
{
    if (ChangeServiceConfig2W(service, level, information)) {
        return ERROR_SUCCESS;
    }
    DWORD error = GetLastError();
    switch (error) {
    case ERROR_INVALID_LEVEL:
    case ERROR_INVALID_PARAMETER:
    case ERROR_CALL_NOT_IMPLEMENTED:
    case ERROR_NOT_SUPPORTED:
        win32_error_say(error, "not applied, this system does not know it: %s", what);
        return ERROR_SUCCESS;
    default:
        return win32_error_say(error, "cannot set %s", what);
    }
}

static DWORD configure(SC_HANDLE service)
{
    wchar_t text[] = L"Knows at every moment whether Windows Installer is busy, and tells local "
                     L"programs over a named pipe.";
    SERVICE_DESCRIPTIONW description = {text};
    SC_ACTION restarts[] = {
        {SC_ACTION_RESTART, 1000}, {SC_ACTION_RESTART, 5000}, {SC_ACTION_RESTART, MINUTE_MS}};
    SERVICE_FAILURE_ACTIONSW failure = {DAY_S, NULL, NULL, 3, restarts};
    SERVICE_FAILURE_ACTIONS_FLAG also_stops = {TRUE}; /* that report an error, not only crashes */
    SERVICE_SID_INFO sid = {SERVICE_SID_TYPE_UNRESTRICTED};
    wchar_t privileges[] = L"SeChangeNotifyPrivilege\0"; /* a list: two zeros end it */
    SERVICE_REQUIRED_PRIVILEGES_INFOW required = {privileges};
    const struct {
        DWORD level;
        void *information;
        const char *what;
    } parts[] = {
        {SERVICE_CONFIG_DESCRIPTION, &description, "the description"},
        {SERVICE_CONFIG_FAILURE_ACTIONS, &failure, "the restart after a failure"},
        {SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &also_stops, "the restart after a failed stop"},
        {SERVICE_CONFIG_SERVICE_SID_INFO, &sid, "the service's own SID"},
        {SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required, "the only privilege it needs"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        DWORD error = set_part(service, parts[i].level, parts[i].information, parts[i].what);
        if (error != ERROR_SUCCESS) {
            return error;
        }
    }
    DWORD error = set_access(service); /* last: the handle already has all rights */
    if (error != ERROR_SUCCESS) {
        win32_error_say(error, "cannot set who may query and control the service");
    }
    return error;
}

/* ---- install ---- */

static DWORD own_path(char **out)
{
    wchar_t *path = malloc(LONGEST_PATH * sizeof *path);
    if (path == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    DWORD error = ERROR_SUCCESS;
    DWORD length = GetModuleFileNameW(NULL, path, LONGEST_PATH);
    if (length == 0 || length == LONGEST_PATH) {
        error = length == 0 ? GetLastError() : ERROR_FILENAME_EXCED_RANGE;
    } else {
        *out = wide_to_utf8(path);
        error = *out != NULL ? ERROR_SUCCESS : GetLastError();
    }
    free(path);
    return error;
}

/* "C:\...\msiwatchd.exe" service OPTIONS */
static DWORD image_path(int count, char *const options[], wchar_t **out)
{
    char verb[] = "service";
    char **values = calloc((size_t)count + 2, sizeof *values);
    if (values == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    DWORD error = own_path(&values[0]);
    if (error == ERROR_SUCCESS) {
        values[1] = verb;
        memcpy(values + 2, options, (size_t)count * sizeof *values);
        *out = command_line_from(count + 2, values);
        error = *out != NULL ? ERROR_SUCCESS : GetLastError();
    }
    free(values[0]);
    free(values);
    return error;
}

static DWORD create(SC_HANDLE manager, const wchar_t *image)
{
    SC_HANDLE service = CreateServiceW(manager, SCM_NAME_WIDE, SCM_NAME_WIDE, SERVICE_ALL_ACCESS,
                                       SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                       SERVICE_ERROR_NORMAL, image, NULL, NULL, NULL,
                                       NULL /* LocalSystem */, NULL);
    if (service == NULL) {
        return win32_error_say(GetLastError(), "cannot create the service " SCM_NAME);
    }
    DWORD error = configure(service);
    if (error != ERROR_SUCCESS && !DeleteService(service)) {
        win32_error_say(GetLastError(), "cannot take back the service " SCM_NAME);
    }
    CloseServiceHandle(service);
    return error;
}

/* Its messages in the event log are in this program. Without, they are read without their words. */
static void add_event_source(void)
{
    char *path = NULL;
    DWORD error = own_path(&path);
    wchar_t *wide = error == ERROR_SUCCESS ? wide_from_utf8(path) : NULL;
    if (error == ERROR_SUCCESS) {
        error = wide != NULL ? eventlog_add_source(wide) : GetLastError();
    }
    free(path);
    free(wide);
    if (error != ERROR_SUCCESS) {
        win32_error_say(error, "not applied: the source " SCM_NAME " of Windows' event log");
    }
}

/* SYSTEM runs it: whoever can replace it is SYSTEM. */
static DWORD refuse_unsafe_image(void)
{
    char why[1024];
    char *utf8 = NULL;
    DWORD error = own_path(&utf8);
    wchar_t *path = error == ERROR_SUCCESS ? wide_from_utf8(utf8) : NULL;
    free(utf8);
    if (path == NULL) {
        return win32_error_say(error != ERROR_SUCCESS ? error : GetLastError(),
                               "cannot tell the path of this program");
    }
    error = access_check_image(path, why, sizeof why);
    free(path);
    if (error == ERROR_ACCESS_DENIED) {
        fprintf(stderr,
                "msiwatchd: not installed: %s, who could so run anything as SYSTEM; put msiwatchd "
                "where only administrators can write, such as \"C:\\Program Files\\MsiWatch\", or "
                "give --unsafe-image on a machine for development\n",
                why);
        return error;
    }
    return error == ERROR_SUCCESS
               ? error
               : win32_error_say(error, "cannot tell who may change this program");
}

unsigned long scm_install(int count, char *const options[], bool unsafe_image)
{
    wchar_t *image;
    DWORD error = unsafe_image ? ERROR_SUCCESS : refuse_unsafe_image();
    if (error != ERROR_SUCCESS) {
        return error;
    }
    error = image_path(count, options, &image);
    if (error != ERROR_SUCCESS) {
        return win32_error_say(error, "cannot tell the path of this program");
    }
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CREATE_SERVICE);
    if (manager == NULL) {
        error = win32_error_say(GetLastError(), "cannot install a service");
        goto free_image;
    }
    error = create(manager, image);
    if (error == ERROR_SUCCESS) {
        add_event_source();
        char *utf8 = wide_to_utf8(image);
        printf(SCM_NAME " is installed: %s\n", utf8 != NULL ? utf8 : "?");
        free(utf8);
    }
    CloseServiceHandle(manager);

free_image:
    free(image);
    return error;
}

/* ---- uninstall ---- */

static void say_removed(SC_HANDLE manager)
{
    SC_HANDLE service = OpenServiceW(manager, SCM_NAME_WIDE, SERVICE_QUERY_STATUS);
    if (service == NULL) {
        printf(SCM_NAME " is removed; its data folder is left\n");
        return;
    }
    CloseServiceHandle(service);
    printf(SCM_NAME " will be gone once the last program that has it open closes it; its data "
                    "folder is left\n");
}

unsigned long scm_uninstall(void)
{
    DWORD error = ERROR_SUCCESS;
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        return win32_error_say(GetLastError(), "cannot uninstall a service");
    }
    SC_HANDLE service = OpenServiceW(manager, SCM_NAME_WIDE,
                                     SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE);
    if (service == NULL) {
        error = scm_say(GetLastError(), "cannot uninstall");
        goto close_manager;
    }
    error = scm_stop_and_wait(service);
    if (error != ERROR_SUCCESS && error != ERROR_SERVICE_NOT_ACTIVE) {
        scm_say(error, "cannot stop");
    } else if (!DeleteService(service)) {
        error = scm_say(GetLastError(), "cannot uninstall");
    } else {
        error = ERROR_SUCCESS;
    }
    CloseServiceHandle(service);
    if (error == ERROR_SUCCESS) {
        DWORD source = eventlog_remove_source();
        if (source != ERROR_SUCCESS) {
            win32_error_say(source, "cannot remove the source " SCM_NAME " of Windows' event log");
        }
        say_removed(manager);
    }

close_manager:
    CloseServiceHandle(manager);
    return error;
}
