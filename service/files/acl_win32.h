/* acl_win32.h: checks who a security descriptor gives access to.
 *
 * The trusted accounts are SYSTEM, the administrators and, for files, TrustedInstaller. Windows
 * only; any thread.
 */
#ifndef MSIWATCH_SERVICE_ACL_WIN32_H
#define MSIWATCH_SERVICE_ACL_WIN32_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

/* Large enough for any SID as text. */
#define ACCESS_WHO_BYTES 192

/* Returns whether the descriptor's owner, and every account to which its DACL grants any of
 * `rights`, is trusted. `rights` are specific and standard rights of a file or pipe; generic rights
 * in the DACL are mapped to them. If an account is not trusted, returns false with its SID as text
 * in `who`. A descriptor without an owner passes; without a DACL, everybody has access. Entries
 * that deny are ignored, so the result errs on the safe side. */
bool access_is_trusted_only(PSECURITY_DESCRIPTOR descriptor, DWORD rights,
                            char who[ACCESS_WHO_BYTES]);

/* Returns whether the descriptor's owner is trusted or is the user of this process; if not, the
 * owner is in `who`. */
bool access_is_owned_by_trusted(PSECURITY_DESCRIPTOR descriptor, char who[ACCESS_WHO_BYTES]);

/* Returns whether both DACLs have the same entries in the same order. Generic rights (of files and
 * pipes) are mapped before they are compared. */
bool access_same_dacl(PSECURITY_DESCRIPTOR one, PSECURITY_DESCRIPTOR other);

/* Opens the file or folder at `path` to query it, without following links. Returns 0;
 * ERROR_DIRECTORY if it is a reparse point (a junction, a symbolic link), which may lead elsewhere
 * at any time, or is not of the expected kind; or another Win32 code. The caller closes the
 * handle. */
DWORD access_open_itself(const wchar_t *path, bool folder, HANDLE *out);

/* Checks that only trusted accounts (with `this_user`, also the user of this process) can change or
 * replace the file at `path` and the folders above it, up to the root, and that none of these is a
 * reparse point. Returns 0; ERROR_ACCESS_DENIED with what can be changed, and by which account, in
 * `why`; or another Win32 code, also with a reason, if that is not known. */
DWORD access_check_image(const wchar_t *path, bool this_user, char *why, size_t why_size);

/* The same for the folders above `path` alone: nobody else can put a file into the last one or
 * replace one of the others. There need not be a file. */
DWORD access_check_folders(const wchar_t *path, bool this_user, char *why, size_t why_size);

/* Returns whether the DACL grants rights only to trusted accounts, to the user of this process, and
 * to the owner, who the caller must check. Rights that entries grant only on new files in a folder
 * count, too. */
bool access_is_private(PSECURITY_DESCRIPTOR descriptor);

/* Returns whether it is the user of this process. */
bool access_is_this_user(PSID sid);

/* Writes the SID of this process's user as text. Returns 0 or a Win32 code. */
DWORD access_this_user(wchar_t sid[ACCESS_WHO_BYTES]);

/* Returns whether this process has the rights of SYSTEM or of an administrator. */
bool access_is_administrator(void);

#endif
