/* owner.c: which program a process runs, and whether it is Windows' own msiexec.exe. */
#include "common/win32/owner.h"

#include "common/win32/sid.h"
#include "common/win32/wide.h"

#include <stdlib.h>
#include <windows.h>

#include <winternl.h>

enum { LONGEST_PATH = 32768 }; /* more than we show: a long path must not hide which program */

static bool same_path(const wchar_t *a, const wchar_t *b)
{
    return CompareStringOrdinal(a, -1, b, -1, TRUE) == CSTR_EQUAL;
}

/* `length` is what Get...Directory returned; 0 if the system has no such folder. */
static bool is_in(const wchar_t *image, wchar_t *folder, UINT length)
{
    static const wchar_t name[] = L"\\msiexec.exe";
    if (length == 0 || length + sizeof name / sizeof name[0] > MAX_PATH) {
        return false;
    }
    wmemcpy(folder + length, name, sizeof name / sizeof name[0]);
    return same_path(image, folder);
}

static bool is_windows_own(const wchar_t *image)
{
    wchar_t folder[MAX_PATH];
    return is_in(image, folder, GetSystemDirectoryW(folder, MAX_PATH)) ||
           is_in(image, folder, GetSystemWow64DirectoryW(folder, MAX_PATH));
}

static void resolve(struct owner *owner, HANDLE process)
{
    wchar_t *path = malloc(LONGEST_PATH * sizeof *path);
    DWORD length = LONGEST_PATH;
    if (path != NULL && QueryFullProcessImageNameW(process, 0, path, &length)) {
        wide_cut_to_utf8(path, owner->image);
        owner->foreign = !is_windows_own(path);
    }
    free(path);
}

static void find_user(struct owner *owner, HANDLE process)
{
    union {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } information;
    HANDLE token;
    DWORD size;
    if (OpenProcessToken(process, TOKEN_QUERY, &token)) {
        if (GetTokenInformation(token, TokenUser, &information, sizeof information, &size)) {
            sid_to_text(information.user.User.Sid, owner->user);
        }
        CloseHandle(token);
    }
}

/* PROCESS_BASIC_INFORMATION, whose members have different names in different winternl.h. */
enum { BASIC_PARENT = 5, BASIC_SIZE = 6 };

uint32_t owner_parent(void *process)
{
    ULONG_PTR basic[BASIC_SIZE] = {0};
    NTSTATUS status = NtQueryInformationProcess(process, ProcessBasicInformation, basic,
                                                sizeof basic, NULL);
    return status < 0 ? 0 : (uint32_t)basic[BASIC_PARENT];
}

void owner_look(struct owner *owner, uint32_t pid, uint32_t tid)
{
    FILETIME created = {0, 0}, ended, kernel, user;
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    if (process != NULL) {
        GetProcessTimes(process, &created, &ended, &kernel, &user);
    }
    uint64_t when = (uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime;
    bool known = owner->image[0] != '\0' && when != 0;
    if (!known || owner->pid != pid || owner->tid != tid || owner->created != when) {
        *owner = (struct owner){.pid = pid, .tid = tid, .created = when};
        if (process != NULL) {
            owner->parent_pid = owner_parent(process);
            resolve(owner, process);
            find_user(owner, process);
        }
    }
    if (process != NULL) {
        CloseHandle(process);
    }
}

enum record_writer owner_writer(uint32_t pid, int64_t written_ms, uint32_t service_pid)
{
    struct owner owner = {0};
    owner_look(&owner, pid, 0);
    if (owner.image[0] == '\0' || owner.created == 0 ||
        time_from_filetime(owner.created) > written_ms) {
        return WRITER_UNKNOWN;
    }
    if (owner.foreign) {
        return WRITER_OTHER;
    }
    return service_pid == 0 || service_pid == pid ? WRITER_SERVICE : WRITER_MSIEXEC;
}
