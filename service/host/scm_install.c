/* scm_install.c: creates and removes the service's entry in the service control manager. */
#include "host/scm_install.h"

#include "files/acl_win32.h"
#include "metrics/textfile.h"
#include "journal/removal.h"
#include "eventlog/sink_win32.h"
#include "host/scm_configure.h"
#include "host/scm_control.h"
#include "host/scm_entry.h"
#include "base/scm_name.h"
#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

enum {
    CLOSE_MS = 5000, /* a service that reports "stopped" closes its log within this time */
    LOOK_MS = 50,
};

/* ---- install ---- */

static DWORD create(SC_HANDLE manager, const wchar_t *image)
{
    SC_HANDLE service = CreateServiceW(manager, SCM_NAME_WIDE, SCM_NAME_WIDE, SERVICE_ALL_ACCESS,
                                       SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                                       SERVICE_ERROR_NORMAL, image, NULL, NULL, NULL,
                                       NULL /* LocalSystem */, NULL);
    if (service == NULL) {
        return win32_error_say(GetLastError(), "cannot create the service " SCM_NAME);
    }
    DWORD error = scm_configure(service);
    if (error != ERROR_SUCCESS && !DeleteService(service)) {
        win32_error_say(GetLastError(), "cannot undo the installation of the service " SCM_NAME);
    }
    CloseServiceHandle(service);
    return error;
}

/* Finds the file with the texts of the service's events, which is next to this program. The caller
 * frees the path. */
static DWORD messages_path(wchar_t **out)
{
    static const char name[] = "msiwatchevents.dll";
    char *own = NULL;
    DWORD error = scm_entry_own_path(&own);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    /* The path is absolute, so it contains a backslash. */
    size_t folder = (size_t)(strrchr(own, '\\') + 1 - own);
    char *path = malloc(folder + sizeof name);
    if (path == NULL) {
        free(own);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    memcpy(path, own, folder);
    memcpy(path + folder, name, sizeof name);
    *out = wide_from_utf8(path);
    error = *out != NULL ? ERROR_SUCCESS : GetLastError();
    free(path);
    free(own);
    return error;
}

/* Without the source, or without the file, the event viewer shows our events without their texts.
 * That is reported, but the installation continues. */
static void add_event_source(void)
{
    wchar_t *path = NULL;
    DWORD error = messages_path(&path);
    if (error == ERROR_SUCCESS && GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES) {
        error = win32_error_say(GetLastError(), "msiwatchevents.dll is not next to msiwatchd.exe");
    }
    if (error == ERROR_SUCCESS) {
        error = eventlog_add_source(path);
    }
    free(path);
    if (error != ERROR_SUCCESS) {
        win32_error_say(error, "cannot register the source " SCM_NAME " of Windows' event log");
    }
}

unsigned long scm_install(int count, char *const options[], bool unsafe_image)
{
    wchar_t *image;
    DWORD error = unsafe_image ? ERROR_SUCCESS : scm_entry_check_image(false);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    error = scm_entry_command(count, options, &image);
    if (error != ERROR_SUCCESS) {
        return win32_error_say(error, "cannot find the path of this program");
    }
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CREATE_SERVICE);
    if (manager == NULL) {
        error = win32_error_say(GetLastError(), "cannot install the service");
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

static void say_removed(SC_HANDLE manager, bool purged)
{
    const char *data = purged ? "its data was removed too" : "its data folder was kept";
    SC_HANDLE service = OpenServiceW(manager, SCM_NAME_WIDE, SERVICE_QUERY_STATUS);
    if (service == NULL) {
        printf(SCM_NAME " has been removed; %s\n", data);
        return;
    }
    CloseServiceHandle(service);
    printf(SCM_NAME " will be removed when the last program that has it open closes it; %s\n",
           data);
}

/* Removes the file with the metrics, because its last values would look current. If it cannot be
 * removed, that is reported, and the service is removed all the same. */
static void remove_metrics(const char *path)
{
    char why[PLACE_WHY];
    if (path[0] != '\0' && textfile_remove(path, why) != 0) {
        fprintf(stderr, "msiwatchd: cannot remove the metrics in %s: %s\n", path, why);
    }
}

static DWORD remove_data(const char *folder, bool journal_too)
{
    enum files_defect defect;
    int result = removal_of_data(folder, journal_too, &defect);
    for (ULONGLONG end = GetTickCount64() + CLOSE_MS;
         result == UV_EBUSY && GetTickCount64() < end;) {
        Sleep(LOOK_MS);
        result = removal_of_data(folder, journal_too, &defect);
    }
    if (result == 0 && defect != FILES_FINE && defect != FILES_MISSING) {
        /* The folder cannot contain the service's files, so it is no reason to keep the service. */
        fprintf(stderr, "msiwatchd: nothing was removed from %s, because it %s\n", folder,
                files_defect_words(defect));
    }
    DWORD error = win32_error_from_uv(result);
    return error == ERROR_SUCCESS
               ? error
               : win32_error_say(error, "cannot remove the contents of %s", folder);
}

enum removal { REMOVE_METRICS, REMOVE_METRICS_AND_LOGS, REMOVE_ALL };

/* Removes what the service has written; `service` may be NULL. */
static DWORD remove_written(SC_HANDLE service, enum removal removal)
{
    struct settings settings;
    DWORD error = scm_entry_settings(service, &settings);
    if (error == ERROR_SUCCESS) {
        remove_metrics(settings.metrics_textfile);
        error = removal == REMOVE_METRICS ? error
                                          : remove_data(settings.data, removal == REMOVE_ALL);
    } else {
        win32_error_say(error, "cannot read the settings of " SCM_NAME
                               ", so none of its files were removed");
    }
    return removal == REMOVE_METRICS ? ERROR_SUCCESS : error;
}

static DWORD stop_and_delete(SC_HANDLE service)
{
    DWORD error = scm_stop_and_wait(service);
    if (error != ERROR_SUCCESS && error != ERROR_SERVICE_NOT_ACTIVE) {
        return scm_say(error, "cannot stop");
    }
    return DeleteService(service) ? ERROR_SUCCESS : scm_say(GetLastError(), "cannot uninstall");
}

unsigned long scm_uninstall(bool purge)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        return win32_error_say(GetLastError(), "cannot uninstall the service");
    }
    DWORD error;
    SC_HANDLE service = OpenServiceW(manager, SCM_NAME_WIDE,
                                     SERVICE_STOP | SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG |
                                         DELETE);
    if (service == NULL) {
        error = scm_say(GetLastError(), "cannot uninstall");
        goto close_manager;
    }
    error = stop_and_delete(service);
    if (error == ERROR_SUCCESS) { /* the entry can still be read until its handle is closed */
        error = remove_written(service, purge ? REMOVE_ALL : REMOVE_METRICS);
        DWORD source = eventlog_remove_source();
        if (source != ERROR_SUCCESS) {
            win32_error_say(source, "cannot remove the source " SCM_NAME " of Windows' event log");
        }
    }
    CloseServiceHandle(service);
    if (error == ERROR_SUCCESS) {
        say_removed(manager, purge);
    }

close_manager:
    CloseServiceHandle(manager);
    return error;
}

unsigned long scm_remove_data(bool purge)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    if (manager == NULL) {
        return win32_error_say(GetLastError(), "cannot look for the service");
    }
    SC_HANDLE service = OpenServiceW(manager, SCM_NAME_WIDE, SERVICE_QUERY_CONFIG);
    DWORD error = remove_written(service, purge ? REMOVE_ALL : REMOVE_METRICS_AND_LOGS);
    if (service != NULL) {
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
    return error;
}
