/* acl_win32.h: whom a security descriptor trusts with what.
 *
 * The trusted are SYSTEM, the administrators and, for files, TrustedInstaller. Windows only; any
 * thread.
 */
#ifndef MSIWATCH_SERVICE_ACL_WIN32_H
#define MSIWATCH_SERVICE_ACL_WIN32_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/* Enough for any SID as text. */
#define ACCESS_WHO_BYTES 192

/* False if the descriptor's owner, or somebody to whom its DACL grants any of `rights` (specific
 * and standard rights of a file or pipe; generic ones are mapped), is not trusted; who that is is
 * then in `who`, as a SID's text. No owner in the descriptor is fine; no DACL is everybody. Denials
 * are not counted, so this errs to the safe side. */
bool access_is_trusted_only(PSECURITY_DESCRIPTOR descriptor, DWORD rights,
                            char who[ACCESS_WHO_BYTES]);

/* Whether the descriptor's owner is trusted, or the user that this process is; who it is is
 * otherwise in `who`. */
bool access_is_owned_by_trusted(PSECURITY_DESCRIPTOR descriptor, char who[ACCESS_WHO_BYTES]);

/* Whether both DACLs have the same entries in the same order, generic rights (of files and pipes)
 * mapped. */
bool access_same_dacl(PSECURITY_DESCRIPTOR one, PSECURITY_DESCRIPTOR other);

/* Opens the file, or the folder, that is at `path` itself, and not what it may lead to: for asking
 * about it. 0; ERROR_DIRECTORY if it is a reparse point (a junction, a symbolic link), which may
 * lead elsewhere at any time, or not what it should be; or another Win32 code. The handle is the
 * caller's to close. */
DWORD access_open_itself(const wchar_t *path, bool folder, HANDLE *out);

/* The same as access_is_trusted_only of an open folder, that a file of ours is to be put into
 * (`last`) or that such a folder is in: whether others may put files into it or replace it. The
 * user that this process is, is trusted, too. 0; ERROR_ACCESS_DENIED with `who`; or another Win32
 * code. */
DWORD access_check_folder(HANDLE folder, bool last, char who[ACCESS_WHO_BYTES]);

/* Whether the file at `path`, and the folders it is in up to the root, can be changed or replaced
 * by the trusted alone, or with `this_user` by the user that this process is, too, and none of
 * them leads elsewhere. 0; ERROR_ACCESS_DENIED with what can be changed, and by whom, in `why`; or
 * another Win32 code when that is not known. */
DWORD access_check_image(const wchar_t *path, bool this_user, char *why, size_t why_size);

/* Whether the DACL grants nothing at all but to the trusted, to the user that this process is, and
 * to whoever owns it, which is for the caller to look at; what entries grant in files to come
 * counts, too. */
bool access_is_private(PSECURITY_DESCRIPTOR descriptor);

/* Whether it is the user that this process is. */
bool access_is_this_user(PSID sid);

/* That user's SID as text. 0 or a Win32 code. */
DWORD access_this_user(wchar_t sid[ACCESS_WHO_BYTES]);

/* Whether this process may what SYSTEM or an administrator may. */
bool access_is_administrator(void);

#endif
