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

bool place_check(const char *path, char why[PLACE_WHY])
{
    if (!is_plain(path) || !is_local_drive(path)) {
        snprintf(why, PLACE_WHY,
                 "it must be on a local disk, with an absolute path such as "
                 "C:\\folder\\msiwatch.prom");
        return false;
    }
    wchar_t *wide = wide_from_utf8(path);
    if (wide == NULL) {
        win32_error_words(GetLastError(), why, PLACE_WHY);
        return false;
    }
    DWORD error = access_check_folders(wide, true, why, PLACE_WHY);
    free(wide);
    return error == ERROR_SUCCESS;
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
