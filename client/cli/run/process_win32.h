/* process_win32.h: what process_win32.c asks of Windows that cannot be had everywhere, as a table:
 * that a program needs administrator's rights, and asking somebody for them.
 */
#ifndef MSIWATCH_CLI_PROCESS_WIN32_H
#define MSIWATCH_CLI_PROCESS_WIN32_H

#include "cli/run/process.h"

#include <windows.h>

#include <shellapi.h>

struct process_calls {
    /* CreateProcessW, suspended, with our standard handles. */
    BOOL (*create)(const wchar_t *program, wchar_t *line, PROCESS_INFORMATION *out);
    /* ShellExecuteExW. */
    BOOL (*elevate)(SHELLEXECUTEINFOW *what);
};

extern const struct process_calls process_calls_windows;

/* process_new of a command's text, which must stay. */
uint32_t process_new_of(struct process **out, const wchar_t *text,
                        const struct process_calls *calls, struct text *label);

#endif
