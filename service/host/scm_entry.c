/* scm_entry.c: the service's entry in the service control manager: its command line, and why an
 * action on it failed. */
#include "host/scm_entry.h"

#include "host/command_line.h"
#include "config/registry_win32.h"
#include "files/acl_win32.h"
#include "files/default_folder_win32.h"
#include "common/win32/wide.h"
#include "base/scm_name.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { LONGEST_PATH = 32768 };

/* Replaces the path of a file with the path that it leads to; `path` has room for LONGEST_PATH. */
static DWORD resolve(wchar_t *path)
{
    HANDLE file = CreateFileW(path, FILE_READ_ATTRIBUTES,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        return GetLastError();
    }
    DWORD length = GetFinalPathNameByHandleW(file, path, LONGEST_PATH,
                                             FILE_NAME_NORMALIZED | VOLUME_NAME_DOS);
    DWORD error = length == 0 ? GetLastError() : ERROR_FILENAME_EXCED_RANGE;
    CloseHandle(file);
    return length > 0 && length < LONGEST_PATH ? ERROR_SUCCESS : error;
}

/* Returns "\\?\C:\..." as "C:\...", and "\\?\UNC\server\..." as "\\server\...", the form that
 * people and the service control manager use. */
static const wchar_t *as_written(wchar_t *path)
{
    if (wcsncmp(path, L"\\\\?\\UNC\\", 8) == 0) {
        path[6] = L'\\';
        return path + 6;
    }
    return wcsncmp(path, L"\\\\?\\", 4) == 0 ? path + 4 : path;
}

unsigned long scm_entry_own_path(char **out)
{
    wchar_t *path = malloc(LONGEST_PATH * sizeof *path);
    if (path == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    DWORD length = GetModuleFileNameW(NULL, path, LONGEST_PATH);
    DWORD error = length == 0              ? GetLastError()
                  : length == LONGEST_PATH ? ERROR_FILENAME_EXCED_RANGE
                                           : resolve(path);
    if (error == ERROR_SUCCESS) {
        *out = wide_to_utf8(as_written(path));
        error = *out != NULL ? ERROR_SUCCESS : GetLastError();
    }
    free(path);
    return error;
}

/* SYSTEM runs this program, so someone who can replace it can become SYSTEM. */
unsigned long scm_entry_check_image(bool this_user)
{
    char why[1024];
    char *utf8 = NULL;
    DWORD error = scm_entry_own_path(&utf8);
    wchar_t *path = error == ERROR_SUCCESS ? wide_from_utf8(utf8) : NULL;
    free(utf8);
    if (path == NULL) {
        return win32_error_say(error != ERROR_SUCCESS ? error : GetLastError(),
                               "cannot find the path of this program");
    }
    error = access_check_image(path, this_user, why, sizeof why);
    free(path);
    if (error == ERROR_ACCESS_DENIED) {
        fprintf(stderr,
                "msiwatchd: not installed: %s, who could then run any program as SYSTEM; put "
                "msiwatchd where only administrators can write, such as \"C:\\Program "
                "Files\\MsiWatch\", or use --unsafe-image on a development machine\n",
                why);
        return error;
    }
    return error == ERROR_SUCCESS
               ? error
               : win32_error_say(error, "cannot find out who can change this program");
}

unsigned long scm_entry_command(int count, char *const options[], wchar_t **out)
{
    char verb[] = "service";
    char **values = calloc((size_t)count + 2, sizeof *values);
    if (values == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    DWORD error = scm_entry_own_path(&values[0]);
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

unsigned long scm_entry_options(const wchar_t *image, struct settings *settings)
{
    struct arguments arguments;
    struct settings_rejected rejected;
    char why[SETTINGS_TEXT + 256];
    DWORD error = arguments_init(&arguments, image);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    struct configuration configuration = {
        .source = registry_source(),
        .argc = arguments.count - 2,
        .argv = arguments.values + 2,
    };
    if (arguments.count < 2 ||
        !configuration_read(&configuration, settings, &rejected, why, sizeof why)) {
        error = ERROR_INVALID_PARAMETER;
    }
    arguments_release(&arguments);
    return error;
}

unsigned long scm_entry_image(SC_HANDLE service, wchar_t **out)
{
    DWORD size = 0;
    QueryServiceConfigW(service, NULL, 0, &size);
    QUERY_SERVICE_CONFIGW *config = malloc(size > 0 ? size : 1);
    if (config == NULL) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    DWORD error = ERROR_SUCCESS;
    if (QueryServiceConfigW(service, config, size, &size)) {
        *out = _wcsdup(config->lpBinaryPathName);
        error = *out != NULL ? ERROR_SUCCESS : ERROR_NOT_ENOUGH_MEMORY;
    } else {
        error = GetLastError();
    }
    free(config);
    return error;
}

static DWORD read_entry(SC_HANDLE service, struct settings *settings)
{
    wchar_t *image = NULL;
    DWORD error = scm_entry_image(service, &image);
    if (error == ERROR_SUCCESS) {
        error = scm_entry_options(image, settings);
    }
    free(image);
    return error;
}

/* Reads the settings from the registry alone, because the entry is gone. */
static DWORD read_registry(struct settings *settings)
{
    struct settings_rejected rejected;
    char why[SETTINGS_TEXT + 256];
    struct configuration configuration = {.source = registry_source()};
    return configuration_read(&configuration, settings, &rejected, why, sizeof why)
               ? ERROR_SUCCESS
               : ERROR_INVALID_PARAMETER;
}

unsigned long scm_entry_settings(SC_HANDLE service, struct settings *settings)
{
    DWORD error = service != NULL ? read_entry(service, settings) : read_registry(settings);
    if (error == ERROR_SUCCESS && settings->data[0] == '\0') {
        error = win32_error_from_uv(folder_default(settings->data, sizeof settings->data));
    }
    return error;
}

unsigned long scm_say(unsigned long error, const char *what)
{
    switch (error) {
    case ERROR_SERVICE_DOES_NOT_EXIST:
        fprintf(stderr, "msiwatchd: " SCM_NAME " is not installed\n");
        return error;
    case ERROR_SERVICE_NOT_ACTIVE:
        fprintf(stderr, "msiwatchd: " SCM_NAME " is not running\n");
        return error;
    case ERROR_SERVICE_ALREADY_RUNNING:
        fprintf(stderr, "msiwatchd: " SCM_NAME " is already running\n");
        return error;
    default:
        return win32_error_say(error, "%s " SCM_NAME, what);
    }
}
