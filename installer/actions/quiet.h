/* quiet.h: runs a console program without a console, and reads its output line by line. */
#ifndef MSIWATCH_INSTALLER_QUIET_H
#define MSIWATCH_INSTALLER_QUIET_H

#include <windows.h>

enum { QUIET_LINE = 1024 /* bytes; a longer line comes in pieces */ };

/* Called on the caller's thread for each line of stdout and stderr that is not empty, in the order
 * in which the program wrote them; `line` has no line end. */
typedef void quiet_line(void *arg, const wchar_t *line);

/* Runs `program` with the command line `command`, which it may change, in the folder `folder`, and
 * returns when it has ended and closed its output. The process has no window and no console, and
 * inherits only its two handles. Returns 0, with the exit code in *code; or the Win32 code why the
 * program could not be started. */
DWORD quiet_run(const wchar_t *program, wchar_t *command, const wchar_t *folder,
                quiet_line *on_line, void *arg, DWORD *code);

#endif
