/* secure_files_win32.c: the data folder and its files, on Windows. */
#include "files/secure_files.h"

#include "files/acl_win32.h"
#include "files/default_folder_win32.h"
#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <windows.h>

#include <aclapi.h>
#include <sddl.h>

struct files_lock {
    HANDLE file;
};

/* The owner is SYSTEM, like the service. An administrator who runs the service in a console may not
 * make SYSTEM the owner, so the administrators' group becomes the owner. Other users cannot create
 * this folder. */
#define RULES L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
#define FOR_SYSTEM L"O:SYG:SY" RULES
#define FOR_ADMINISTRATORS L"O:BAG:BA" RULES

/* Opens what lies at the path, without following links. INVALID_HANDLE_VALUE on failure;
 * GetLastError says why. */
static HANDLE open_itself(const char *path, DWORD rights)
{
    wchar_t *wide = wide_from_utf8(path);
    if (wide == NULL) {
        return INVALID_HANDLE_VALUE;
    }
    HANDLE file = CreateFileW(wide, rights | READ_CONTROL | FILE_READ_ATTRIBUTES,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING,
                              FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    DWORD error = GetLastError();
    free(wide);
    SetLastError(error);
    return file;
}

/* 0 or a negative libuv code. */
static int uv_code(DWORD error)
{
    return error == ERROR_SUCCESS ? 0 : win32_error_to_uv(error);
}

static bool is_trusted(PSID owner)
{
    return owner != NULL &&
           (IsWellKnownSid(owner, WinLocalSystemSid) ||
            IsWellKnownSid(owner, WinBuiltinAdministratorsSid) || access_is_this_user(owner));
}

static DWORD look_at(HANDLE file, struct files_facts *out)
{
    BY_HANDLE_FILE_INFORMATION information;
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    if (!GetFileInformationByHandle(file, &information)) {
        return GetLastError();
    }
    out->exists = true;
    out->folder = (information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    out->leads_away = (information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0;
    out->plain = !out->folder && GetFileType(file) == FILE_TYPE_DISK;
    out->links = information.nNumberOfLinks;
    out->size = ((uint64_t)information.nFileSizeHigh << 32) | information.nFileSizeLow;
    DWORD error = GetSecurityInfo(file, SE_FILE_OBJECT,
                                  OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &owner,
                                  NULL, NULL, NULL, &descriptor);
    out->trusted_owner = error == ERROR_SUCCESS && is_trusted(owner);
    out->open = error != ERROR_SUCCESS || !access_is_private(descriptor);
    LocalFree(descriptor);
    return error;
}

int files_look(const char *path, struct files_facts *out)
{
    memset(out, 0, sizeof *out);
    HANDLE file = open_itself(path, 0);
    DWORD error = file == INVALID_HANDLE_VALUE ? GetLastError() : look_at(file, out);
    if (file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
    }
    return error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND ? 0 : uv_code(error);
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

int files_make_folder(const char *path)
{
    wchar_t *wide = wide_from_utf8(path);
    if (wide == NULL) {
        return win32_error_to_uv(GetLastError());
    }
    DWORD error = create(wide, FOR_SYSTEM);
    if (is_not_ours_to_give(error)) {
        error = create(wide, FOR_ADMINISTRATORS);
    }
    free(wide);
    return error == ERROR_ALREADY_EXISTS ? UV_EEXIST : uv_code(error);
}

/* Makes a descriptor with the rules above; if the user of this process is no administrator, it
 * grants that user the same rights. The caller frees it with LocalFree. Returns 0 or a Win32
 * code. */
static DWORD make_rules(bool folder, PSECURITY_DESCRIPTOR *out)
{
    const wchar_t *flags = folder ? L"OICI" : L"";
    /* SYSTEM already has these rights, so for an administrator the third entry changes nothing. */
    wchar_t rules[512], user[ACCESS_WHO_BYTES] = L"SY";
    DWORD error = access_is_administrator() ? ERROR_SUCCESS : access_this_user(user);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (swprintf(rules, 512, L"D:P(A;%ls;FA;;;SY)(A;%ls;FA;;;BA)(A;%ls;FA;;;%ls)", flags, flags,
                 flags, user) < 0) {
        return ERROR_BUFFER_OVERFLOW;
    }
    return ConvertStringSecurityDescriptorToSecurityDescriptorW(rules, SDDL_REVISION_1, out, NULL)
               ? ERROR_SUCCESS
               : GetLastError();
}

static DWORD close_open_one(HANDLE file)
{
    struct files_facts facts = {0};
    DWORD error = look_at(file, &facts);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    enum files_defect defect = files_judge_folder(&facts);
    if (defect != FILES_OPEN && defect != FILES_FINE && files_judge_file(&facts) != FILES_FINE) {
        return ERROR_ACCESS_DENIED;
    }
    PSECURITY_DESCRIPTOR rules;
    error = make_rules(facts.folder, &rules);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    /* SetSecurityInfo would also change everything in the folder, and follow links. */
    if (!SetKernelObjectSecurity(
            file, DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, rules)) {
        error = GetLastError();
    }
    LocalFree(rules);
    return error;
}

bool files_is_own_folder(const char *path)
{
    char own[FILES_PATH];
    return folder_default(own, sizeof own) == 0 && _stricmp(path, own) == 0;
}

int files_close(const char *path)
{
    HANDLE file = open_itself(path, WRITE_DAC);
    DWORD error = file == INVALID_HANDLE_VALUE ? GetLastError() : close_open_one(file);
    if (file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
    }
    return uv_code(error);
}

int files_move(const char *from, const char *to)
{
    return uv_code(wide_move(from, to, MOVEFILE_WRITE_THROUGH));
}

int files_real_path(const char *path, char out[FILES_PATH])
{
    int length = snprintf(out, FILES_PATH, "%s", path); /* SQLite resolves the rest itself */
    return length > 0 && length < FILES_PATH ? 0 : UV_ENAMETOOLONG;
}

int files_lock(const char *path, struct files_lock **out)
{
    wchar_t *wide = wide_from_utf8(path);
    if (wide == NULL) {
        return win32_error_to_uv(GetLastError());
    }
    struct files_lock *lock = malloc(sizeof *lock);
    if (lock == NULL) {
        free(wide);
        return UV_ENOMEM;
    }
    lock->file = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_ALWAYS,
                             FILE_ATTRIBUTE_NORMAL | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    DWORD error = lock->file == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
    free(wide);
    if (error == ERROR_SUCCESS) {
        *out = lock;
        return 0;
    }
    free(lock);
    return error == ERROR_SHARING_VIOLATION ? UV_EBUSY : win32_error_to_uv(error);
}

void files_unlock(struct files_lock *lock)
{
    if (lock != NULL) {
        CloseHandle(lock->file);
        free(lock);
    }
}
