/* acl_win32.c: checks who a security descriptor gives access to. */
#include "files/acl_win32.h"

#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <aclapi.h>
#include <sddl.h>

/* NT SERVICE\TrustedInstaller, which owns what Windows itself installs. */
static const wchar_t trusted_installer[] =
    L"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";

/* Someone who has any of these rights to a file can replace it. */
#define REPLACE_FILE                                                                               \
    (FILE_WRITE_DATA | FILE_APPEND_DATA | FILE_WRITE_EA | DELETE | WRITE_DAC | WRITE_OWNER)
/* In the folder that holds the file, creating new files counts too, because a new file could be a
 * library that the program loads. */
#define REPLACE_IN_FOLDER                                                                          \
    (FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER)
#define REPLACE_FOLDER (FILE_DELETE_CHILD | DELETE | WRITE_DAC | WRITE_OWNER)

static bool is_trusted(PSID sid)
{
    PSID installer = NULL;
    if (IsWellKnownSid(sid, WinLocalSystemSid) ||
        IsWellKnownSid(sid, WinBuiltinAdministratorsSid)) {
        return true;
    }
    bool same = ConvertStringSidToSidW(trusted_installer, &installer) && EqualSid(sid, installer);
    LocalFree(installer);
    return same;
}

union user {
    TOKEN_USER user;
    BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
};

static DWORD read_user(union user *out)
{
    HANDLE token;
    DWORD size;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) {
        return GetLastError();
    }
    DWORD error = GetTokenInformation(token, TokenUser, out, sizeof *out, &size) ? ERROR_SUCCESS
                                                                                 : GetLastError();
    CloseHandle(token);
    return error;
}

bool access_is_this_user(PSID sid)
{
    union user user = {.user = {{NULL, 0}}};
    return read_user(&user) == ERROR_SUCCESS && EqualSid(sid, user.user.User.Sid);
}

DWORD access_this_user(wchar_t sid[ACCESS_WHO_BYTES])
{
    union user user = {.user = {{NULL, 0}}};
    wchar_t *text = NULL;
    DWORD error = read_user(&user);
    if (error != ERROR_SUCCESS) {
        return error;
    }
    if (!ConvertSidToStringSidW(user.user.User.Sid, &text)) {
        return GetLastError();
    }
    if (swprintf(sid, ACCESS_WHO_BYTES, L"%ls", text) < 0) {
        error = ERROR_BUFFER_OVERFLOW;
    }
    LocalFree(text);
    return error;
}

bool access_is_administrator(void)
{
    static const WELL_KNOWN_SID_TYPE trusted[] = {WinLocalSystemSid, WinBuiltinAdministratorsSid};
    for (size_t i = 0; i < sizeof trusted / sizeof trusted[0]; i++) {
        BYTE sid[SECURITY_MAX_SID_SIZE];
        DWORD size = sizeof sid;
        BOOL member = FALSE;
        if (CreateWellKnownSid(trusted[i], NULL, sid, &size) &&
            CheckTokenMembership(NULL, sid, &member) && member) {
            return true;
        }
    }
    return false;
}

static void name_sid(PSID sid, char who[ACCESS_WHO_BYTES])
{
    char *text = NULL;
    if (sid == NULL || !ConvertSidToStringSidA(sid, &text)) {
        snprintf(who, ACCESS_WHO_BYTES, "an unknown user");
        return;
    }
    snprintf(who, ACCESS_WHO_BYTES, "%s", text);
    LocalFree(text);
}

static DWORD map_generic(DWORD rights)
{
    GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                               FILE_ALL_ACCESS};
    MapGenericMask(&rights, &mapping);
    return rights;
}

/* If the entry allows something, returns true, who it allows, and which rights. Returns false for
 * entries that only deny or audit. */
static bool read_allowing(const ACE_HEADER *header, PSID *sid, DWORD *rights)
{
    ACCESS_ALLOWED_ACE *plain = (ACCESS_ALLOWED_ACE *)(uintptr_t)header;
    switch (header->AceType) {
    case ACCESS_ALLOWED_ACE_TYPE:
    case ACCESS_ALLOWED_CALLBACK_ACE_TYPE: /* counted as if its condition were true */
        *sid = (PSID)&plain->SidStart;
        *rights = plain->Mask;
        return true;
    case ACCESS_ALLOWED_OBJECT_ACE_TYPE:
    case ACCESS_ALLOWED_CALLBACK_OBJECT_ACE_TYPE:
    case ACCESS_ALLOWED_COMPOUND_ACE_TYPE:
        *sid = NULL; /* these do not belong on a file or pipe, so nobody is trusted with them */
        *rights = MAXIMUM_ALLOWED;
        return true;
    default:
        return false;
    }
}

typedef bool trusts(PSID sid);

static bool is_trusted_or_this_user(PSID sid)
{
    return is_trusted(sid) || access_is_this_user(sid);
}

/* Returns whether only trusted accounts are granted any of these rights. Otherwise *who is an
 * account that is granted one; NULL if it is not known. With `in_files_to_come`, entries that only
 * apply to new files in a folder count, too. */
static bool dacl_grants_only(PACL dacl, DWORD rights, bool in_files_to_come, trusts *trusted,
                             PSID *who)
{
    for (DWORD i = 0; i < dacl->AceCount; i++) {
        ACE_HEADER *header;
        DWORD granted;
        *who = NULL;
        if (!GetAce(dacl, i, (void **)&header)) {
            return false;
        }
        bool counts = in_files_to_come || (header->AceFlags & INHERIT_ONLY_ACE) == 0;
        if (counts && read_allowing(header, who, &granted) &&
            (*who == NULL || ((map_generic(granted) & rights) != 0 && !trusted(*who)))) {
            return false;
        }
    }
    return true;
}

static bool grants_only(PSECURITY_DESCRIPTOR descriptor, DWORD rights, trusts *trusted,
                        char who[ACCESS_WHO_BYTES])
{
    PSID owner = NULL, granted = NULL;
    PACL dacl = NULL;
    BOOL defaulted, present = FALSE;
    if (!GetSecurityDescriptorOwner(descriptor, &owner, &defaulted) ||
        !GetSecurityDescriptorDacl(descriptor, &present, &dacl, &defaulted)) {
        name_sid(NULL, who);
        return false;
    }
    if (owner != NULL && !trusted(owner)) {
        name_sid(owner, who);
        return false;
    }
    if (!present || dacl == NULL) {
        snprintf(who, ACCESS_WHO_BYTES, "everyone (there is no DACL)");
        return false;
    }
    if (!dacl_grants_only(dacl, rights, false, trusted, &granted)) {
        name_sid(granted, who);
        return false;
    }
    return true;
}

/* The two well-known SIDs stand for the owner; on a file made in a folder, for whoever made it. */
static bool is_trusted_or_owner(PSID sid)
{
    return IsWellKnownSid(sid, WinCreatorOwnerSid) ||
           IsWellKnownSid(sid, WinCreatorOwnerRightsSid) || is_trusted_or_this_user(sid);
}

bool access_is_private(PSECURITY_DESCRIPTOR descriptor)
{
    PACL dacl = NULL;
    PSID unused;
    BOOL defaulted, present = FALSE;
    return GetSecurityDescriptorDacl(descriptor, &present, &dacl, &defaulted) && present &&
           dacl != NULL && dacl_grants_only(dacl, MAXDWORD, true, is_trusted_or_owner, &unused);
}

bool access_is_owned_by_trusted(PSECURITY_DESCRIPTOR descriptor, char who[ACCESS_WHO_BYTES])
{
    PSID owner = NULL;
    BOOL defaulted;
    bool trusted = GetSecurityDescriptorOwner(descriptor, &owner, &defaulted) && owner != NULL &&
                   is_trusted_or_this_user(owner);
    if (!trusted) {
        name_sid(owner, who);
    }
    return trusted;
}

/* Compares two entries: entries of every type begin with their rights. Whether an entry was
 * inherited does not matter. */
static bool same_entry(PACL one, PACL other, DWORD index)
{
    ACE_HEADER *a, *b;
    const size_t rights = sizeof(ACE_HEADER) + sizeof(ACCESS_MASK);
    if (!GetAce(one, index, (void **)&a) || !GetAce(other, index, (void **)&b) ||
        a->AceType != b->AceType || a->AceSize != b->AceSize || a->AceSize < rights ||
        ((a->AceFlags ^ b->AceFlags) & ~INHERITED_ACE) != 0) {
        return false;
    }
    return map_generic(((ACCESS_ALLOWED_ACE *)(void *)a)->Mask) ==
               map_generic(((ACCESS_ALLOWED_ACE *)(void *)b)->Mask) &&
           memcmp((BYTE *)a + rights, (BYTE *)b + rights, a->AceSize - rights) == 0;
}

bool access_same_dacl(PSECURITY_DESCRIPTOR one, PSECURITY_DESCRIPTOR other)
{
    PACL a = NULL, b = NULL;
    BOOL a_present = FALSE, b_present = FALSE, defaulted;
    if (!GetSecurityDescriptorDacl(one, &a_present, &a, &defaulted) ||
        !GetSecurityDescriptorDacl(other, &b_present, &b, &defaulted) || !a_present || !b_present ||
        a == NULL || b == NULL || a->AceCount != b->AceCount) {
        return false;
    }
    for (DWORD i = 0; i < a->AceCount; i++) {
        if (!same_entry(a, b, i)) {
            return false;
        }
    }
    return true;
}

bool access_is_trusted_only(PSECURITY_DESCRIPTOR descriptor, DWORD rights,
                            char who[ACCESS_WHO_BYTES])
{
    return grants_only(descriptor, rights, is_trusted, who);
}

DWORD access_open_itself(const wchar_t *path, bool folder, HANDLE *out)
{
    BY_HANDLE_FILE_INFORMATION facts;
    HANDLE handle = CreateFileW(path, FILE_READ_ATTRIBUTES | READ_CONTROL,
                                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, NULL);
    if (handle == INVALID_HANDLE_VALUE) {
        return GetLastError();
    }
    DWORD error = GetFileInformationByHandle(handle, &facts) ? ERROR_SUCCESS : GetLastError();
    if (error == ERROR_SUCCESS &&
        ((facts.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 ||
         ((facts.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0) != folder)) {
        error = ERROR_DIRECTORY;
    }
    if (error != ERROR_SUCCESS) {
        CloseHandle(handle);
        return error;
    }
    *out = handle;
    return ERROR_SUCCESS;
}

static DWORD check_open(HANDLE handle, DWORD rights, trusts *trusted, char who[ACCESS_WHO_BYTES])
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    name_sid(NULL, who); /* for the case that the call below fails */
    DWORD error = GetSecurityInfo(handle, SE_FILE_OBJECT,
                                  OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, NULL,
                                  NULL, NULL, NULL, &descriptor);
    if (error == ERROR_SUCCESS && !grants_only(descriptor, rights, trusted, who)) {
        error = ERROR_ACCESS_DENIED;
    }
    LocalFree(descriptor);
    return error;
}

/* ---- who can change a path ---- */

static DWORD check_one(const wchar_t *path, bool folder, DWORD rights, trusts *trusted, char *why,
                       size_t why_size)
{
    HANDLE handle = INVALID_HANDLE_VALUE;
    char who[ACCESS_WHO_BYTES] = "an unknown user", words[WIN32_ERROR_WORDS];
    const char *what = "can be changed by";
    DWORD error = access_open_itself(path, folder, &handle);
    if (error == ERROR_SUCCESS) {
        error = check_open(handle, rights, trusted, who);
        CloseHandle(handle);
    } else if (error == ERROR_DIRECTORY) {
        what = folder ? "is not a folder, or leads elsewhere (a reparse point), and can be "
                        "redirected by"
                      : "leads elsewhere (a reparse point) and can be redirected by";
        error = ERROR_ACCESS_DENIED;
    } else if (error == ERROR_ACCESS_DENIED) {
        what = "cannot be examined and may be changed by";
    }
    if (error == ERROR_SUCCESS) {
        return error;
    }
    char *utf8 = wide_to_utf8(path);
    const char *name = utf8 != NULL ? utf8 : "its folder";
    if (error == ERROR_ACCESS_DENIED) {
        snprintf(why, why_size, "%s %s %s", name, what, who);
    } else {
        win32_error_words(error, words, sizeof words);
        snprintf(why, why_size, "%s%s: %s (error %lu)", folder ? "the folder " : "", name, words,
                 error);
    }
    free(utf8);
    return error;
}

/* Cuts off the last part of the path. Returns false at the root. */
static bool to_parent(wchar_t *path)
{
    wchar_t *last = wcsrchr(path, L'\\');
    if (last == NULL || last[1] == L'\0') {
        return false;
    }
    /* "C:\x" becomes "C:\", not "C:". */
    last[last > path && last[-1] == L':' ? 1 : 0] = L'\0';
    return path[0] != L'\0' && wcscmp(path, L"\\") != 0;
}

DWORD access_check_folders(const wchar_t *path, bool this_user, char *why, size_t why_size)
{
    trusts *trusted = this_user ? is_trusted_or_this_user : is_trusted;
    DWORD error = ERROR_SUCCESS, rights = REPLACE_IN_FOLDER;
    wchar_t *part = _wcsdup(path);
    if (part == NULL) {
        snprintf(why, why_size, "out of memory");
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    while (error == ERROR_SUCCESS && to_parent(part)) {
        error = check_one(part, true, rights, trusted, why, why_size);
        rights = REPLACE_FOLDER;
    }
    free(part);
    return error;
}

DWORD access_check_image(const wchar_t *path, bool this_user, char *why, size_t why_size)
{
    trusts *trusted = this_user ? is_trusted_or_this_user : is_trusted;
    DWORD error = check_one(path, false, REPLACE_FILE, trusted, why, why_size);
    return error == ERROR_SUCCESS ? access_check_folders(path, this_user, why, why_size) : error;
}
