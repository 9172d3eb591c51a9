/* session.h: a custom action's properties, and its messages.
 *
 * The session belongs to Windows Installer. A deferred action gets only one property,
 * CustomActionData, and can only write messages. The thread that runs the action may call any
 * function.
 */
#ifndef MSIWATCH_INSTALLER_SESSION_H
#define MSIWATCH_INSTALLER_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <windows.h>

#include <msi.h>

enum {
    SESSION_LINE = 1024, /* characters of a message with the final zero; the rest is cut off */
    SESSION_PATH = 1024,
};

/* Errors in the package's table Error, which has their texts. Windows Installer shows them and
 * writes them to its log and, when the installation fails, to the event log as number + 10000. */
enum session_error {
    SESSION_NOT_CONFIGURED = 25001,
    SESSION_NOT_PURGED = 25002,
};

/* Copies the text of a property to `out`. Returns false, and "", if it is empty or too long for
 * `room` characters. */
bool session_property(MSIHANDLE session, const wchar_t *name, wchar_t *out, size_t room);

/* Sets a property; only an immediate action can do that. */
bool session_set(MSIHANDLE session, const wchar_t *name, const wchar_t *value);

/* Writes a line to Windows Installer's log: "MsiWatch: ...". */
void session_say(MSIHANDLE session, const wchar_t *line);

/* Reports the error, with `why` at its end. After that, the action returns
 * ERROR_INSTALL_FAILURE. */
void session_fail(MSIHANDLE session, enum session_error error, const wchar_t *why);

/* Prints wide text to `out`; text that does not fit is cut off. */
void session_text(wchar_t *out, size_t room, const wchar_t *format, ...);

/* Copies the system's text for a Win32 code, without a line end; if there is none, the code. */
void session_words(DWORD error, wchar_t *out, size_t room);

#endif
