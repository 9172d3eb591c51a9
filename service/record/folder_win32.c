/* folder_win32.c: the service's data folder. */
#include "record/folder.h"

#include "wide.h"
#include "win32_error.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>
#include <windows.h>

#include <sddl.h>
#include <shlobj.h>

/* SYSTEM owns it, as the service does. An administrator's console run may not give it to SYSTEM,
 * and gives it to the administrators. Who is neither can make none. */
#define RULES L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
#define FOR_SYSTEM L"O:SYG:SY" RULES
#define FOR_ADMINISTRATORS L"O:BAG:BA" RULES

int folder_default(char *out, size_t size)
{
    /* Asked of the system: the environment may be anybody's. */
    wchar_t *program_data = NULL;
    HRESULT result = SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, NULL, &program_data);
    if (FAILED(result)) {
        CoTaskMemFree(program_data);
        return win32_error_to_uv((unsigned long)HRESULT_CODE(result));
    }
    char *utf8 = wide_to_utf8(program_data);
    CoTaskMemFree(program_data);
    if (utf8 == NULL) {
        return win32_error_to_uv(GetLastError());
    }
    int length = snprintf(out, size, "%s\\MsiWatch", utf8);
    free(utf8);
    return length < 0 || (size_t)length >= size ? UV_ENAMETOOLONG : 0;
}

static DWORD create(const wchar_t *path, const wchar_t *rules)
{
    PSECURITY_DESCRIPTOR access;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(rules, SDDL_REVISION_1, &access,
                                                              NULL)) {
        return GetLastError();
    }
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, access, FALSE};
    DWORD error = CreateDirectoryW(path, &attributes) ? ERROR_SUCCESS : GetLastError();
    LocalFree(access);
    return error;
}

static bool is_not_ours_to_give(DWORD error)
{
    return error == ERROR_INVALID_OWNER || error == ERROR_INVALID_PRIMARY_GROUP ||
           error == ERROR_PRIVILEGE_NOT_HELD;
}

/* One that is there already is taken as it is, if it is a folder and not a way to another. */
static DWORD check(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        return GetLastError();
    }
    bool plain = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 &&
                 (attributes & FILE_ATTRIBUTE_REPARSE_POINT) == 0;
    return plain ? ERROR_SUCCESS : ERROR_DIRECTORY;
}

int folder_make(const char *path)
{
    wchar_t *wide = wide_from_utf8(path);
    if (wide == NULL) {
        return win32_error_to_uv(GetLastError());
    }
    DWORD error = create(wide, FOR_SYSTEM);
    if (is_not_ours_to_give(error)) {
        error = create(wide, FOR_ADMINISTRATORS);
    }
    if (error == ERROR_ALREADY_EXISTS) {
        error = check(wide);
    }
    free(wide);
    return error == ERROR_SUCCESS ? 0 : win32_error_to_uv(error);
}
