/* process_win32.h: the calls of process_win32.c that cannot be tested everywhere, as a table: to
 * learn that a program needs administrator's rights, and to ask somebody for them. */
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

/* process_new for the text of a command, which must stay valid. */
uint32_t process_new_of(struct process **out, const wchar_t *text,
                        const struct process_calls *calls, struct text *label);

#endif
