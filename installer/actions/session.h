/* session.h: what a custom action gets, and what it says.
 *
 * The session is Windows Installer's own; a deferred action gets one text, CustomActionData,
 * and can only write messages. Any function may be called by the thread that runs the action.
 */
#ifndef MSIWATCH_INSTALLER_SESSION_H
#define MSIWATCH_INSTALLER_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <windows.h>

#include <msi.h>

enum {
    SESSION_LINE = 1024, /* characters of a message, the zero included; the rest is cut off */
    SESSION_PATH = 1024,
};

/* Errors of the package's table Error, where their words are. Windows Installer shows them, writes
 * them to its log, and to the event log as number + 10000 when the installation fails. */
enum session_error {
    SESSION_NOT_CONFIGURED = 25001,
    SESSION_NOT_PURGED = 25002,
};

/* The text of a property into `out`; false, and "", if it is empty or longer than `room`. */
bool session_property(MSIHANDLE session, const wchar_t *name, wchar_t *out, size_t room);

/* Sets a property; only an immediate action may. */
bool session_set(MSIHANDLE session, const wchar_t *name, const wchar_t *value);

/* A line for Windows Installer's log, "MsiWatch: ...". */
void session_say(MSIHANDLE session, const wchar_t *line);

/* Reports the error with `why` as its last words. The action that fails returns
 * ERROR_INSTALL_FAILURE after it. */
void session_fail(MSIHANDLE session, enum session_error error, const wchar_t *why);

/* Wide printf into `out`; what does not fit is cut off. */
void session_text(wchar_t *out, size_t room, const wchar_t *format, ...);

/* The system's words for a Win32 code, without a line end; always some. */
void session_words(DWORD error, wchar_t *out, size_t room);

#endif
