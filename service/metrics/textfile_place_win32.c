/* textfile_place_win32.c: where the metrics' file may be, on Windows. */
#include "metrics/textfile_place.h"

#include "files/acl_win32.h"
#include "common/ascii.h"
#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

/* ---- where it may be ---- */

/* Accepts only "C:\folder\name.prom" without any special meaning: no device, no stream, no share,
 * no "..", and nothing at the end that Windows would cut off. */
static bool is_plain(const char *path)
{
    if (!ascii_is_letter(path[0]) || path[1] != ':' || path[2] != '\\') {
        return false;
    }
    for (const char *part = path + 3;;) {
        size_t size = strcspn(part, "\\");
        if (size == 0 || part[size - 1] == '.' || part[size - 1] == ' ' ||
            strcspn(part, "/:*?\"<>|") < size) {
            return false;
        }
        if (part[size] == '\0') {
            return true;
        }
        part += size + 1;
    }
}

static bool is_local_drive(const char *path)
{
    const char root[] = {path[0], ':', '\\', '\0'};
    return GetDriveTypeA(root) == DRIVE_FIXED;
}

static bool say_error(const char *folder, DWORD error, char why[PLACE_WHY])
{
    char words[WIN32_ERROR_WORDS];
    win32_error_words(error, words, sizeof words);
    snprintf(why, PLACE_WHY, "the folder %s: %s (error %lu)", folder, words, error);
    return false;
}

static bool check_open_folder(HANDLE handle, const char *folder, bool last, char why[PLACE_WHY])
{
    char who[ACCESS_WHO_BYTES];
    DWORD error = access_check_folder(handle, last, who);
    if (error == ERROR_ACCESS_DENIED) {
        snprintf(why, PLACE_WHY, "the folder %s can be changed by %s", folder, who);
        return false;
    }
    return error == ERROR_SUCCESS || say_error(folder, error, why);
}

static bool check_folder(const char *folder, bool last, char why[PLACE_WHY])
{
    wchar_t *wide = wide_from_utf8(folder);
    HANDLE handle = INVALID_HANDLE_VALUE;
    DWORD error = wide != NULL ? access_open_itself(wide, true, &handle) : GetLastError();
    free(wide);
    if (error == ERROR_DIRECTORY) {
        snprintf(why, PLACE_WHY, "%s is not a folder, or leads elsewhere (a reparse point)",
                 folder);
        return false;
    }
    if (error != ERROR_SUCCESS) {
        return say_error(folder, error, why);
    }
    bool ok = check_open_folder(handle, folder, last, why);
    CloseHandle(handle);
    return ok;
}

bool place_check(const char *path, char why[PLACE_WHY])
{
    char folder[1024];
    size_t size = strlen(path);
    if (size >= sizeof folder || !is_plain(path) || !is_local_drive(path)) {
        snprintf(why, PLACE_WHY,
                 "it must be on a local disk, with an absolute path such as "
                 "C:\\folder\\msiwatch.prom");
        return false;
    }
    memcpy(folder, path, size + 1);
    for (bool last = true;; last = false) {
        char *separator = strrchr(folder, '\\');
        bool root = separator == folder + 2; /* "C:\" keeps its backslash */
        separator[root ? 1 : 0] = '\0';
        if (!check_folder(folder, last, why)) {
            return false;
        }
        if (root) {
            return true;
        }
    }
}

/* ---- how it is renamed ---- */

int place_rename(const char *from, const char *to)
{
    DWORD error = wide_move(from, to, MOVEFILE_REPLACE_EXISTING);
    switch (error) {
    case ERROR_SUCCESS:
        return 0;
    case ERROR_ACCESS_DENIED: /* the error if a reader does not share deletion */
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_USER_MAPPED_FILE:
        return UV_EBUSY;
    default:
        return win32_error_to_uv(error);
    }
}
