/* security_win32.c: who may do what with the pipe. */
#include "pipe/security_win32.h"

#include "files/acl_win32.h"
#include "common/win32/wide.h"
#include "base/win32_error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>
#include <wchar.h>
#include <windows.h>

#include <sddl.h>

/* 0x12019b is read and write without FILE_CREATE_PIPE_INSTANCE, which GENERIC_WRITE includes: a
 * client may connect but not serve. NETWORK is not denied, because local processes of remote
 * sessions have it, too; PIPE_REJECT_REMOTE_CLIENTS turns away remote machines. */
#define ACCESS L"D:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;AU)"

enum { SDDL = 512 };

/* For a developer's console run without elevation: this user may create instances, too. */
static DWORD add_own_user(wchar_t *sddl)
{
    wchar_t sid[ACCESS_WHO_BYTES];
    DWORD error = access_this_user(sid);
    if (error == ERROR_SUCCESS && swprintf(sddl, SDDL, L"%ls(A;;GA;;;%ls)", ACCESS, sid) < 0) {
        error = ERROR_BUFFER_OVERFLOW;
    }
    return error;
}

static int make(void **out, const wchar_t *sddl, struct log *log)
{
    PSECURITY_DESCRIPTOR access;
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl, SDDL_REVISION_1, &access,
                                                              NULL)) {
        return log_win32(log, LOG_ERROR, GetLastError(),
                         "%ls is not a valid security descriptor for a pipe", sddl);
    }
    *out = access;
    return 0;
}

static int make_ours(void **out, struct log *log)
{
    wchar_t sddl[SDDL] = ACCESS;
    if (!access_is_administrator()) {
        DWORD error = add_own_user(sddl);
        if (error != ERROR_SUCCESS) {
            return log_win32(log, LOG_ERROR, error, "cannot find out which user runs this process");
        }
    }
    return make(out, sddl, log);
}

/* Accepts an administrator's descriptor only if the pipe stays ours: someone who can create an
 * instance can answer in our place, and someone who can change the descriptor can give himself that
 * right. */
static int check(PSECURITY_DESCRIPTOR access, const char *sddl, struct log *log)
{
    SECURITY_DESCRIPTOR_CONTROL control;
    DWORD revision;
    char who[ACCESS_WHO_BYTES];
    if (!GetSecurityDescriptorControl(access, &control, &revision) ||
        (control & SE_DACL_PROTECTED) == 0) {
        log_line(log, LOG_ERROR, "pipe-sddl '%s' is not protected; begin its DACL with D:P", sddl);
        return UV_EINVAL;
    }
    if (!access_is_trusted_only(access, FILE_CREATE_PIPE_INSTANCE | WRITE_DAC | WRITE_OWNER, who)) {
        log_line(
            log, LOG_ERROR,
            "pipe-sddl '%s' lets %s create instances or change it, which only SYSTEM and "
            "administrators may; for others use 0x12019b, which is read and write without that",
            sddl, who);
        return UV_EINVAL;
    }
    return 0;
}

int pipe_access_new(void **out, const char *sddl, struct log *log)
{
    if (sddl[0] == '\0') {
        return make_ours(out, log);
    }
    wchar_t *wide = wide_from_utf8(sddl);
    if (wide == NULL) {
        return log_win32(log, LOG_ERROR, GetLastError(), "pipe-sddl '%s'", sddl);
    }
    void *access = NULL;
    int error = make(&access, wide, log);
    free(wide);
    if (error == 0) {
        error = check(access, sddl, log);
    }
    if (error != 0) {
        LocalFree(access);
        return error;
    }
    *out = access;
    return 0;
}
