/* elevated.c: "wine_elevated COMMAND..." runs a command as an administrator: its manifest asks for
 * that, and Wine gives it without a question. The exit code is the command's.
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

int main(void)
{
    char *command = GetCommandLineA();
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION made;
    DWORD code;
    /* Its own name comes first, in quotes or not. */
    command += *command == '"' ? strcspn(command + 1, "\"") + 2 : strcspn(command, " ");
    command += strspn(command, " ");
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &made)) {
        fprintf(stderr, "%s: not started: error %lu\n", command, GetLastError());
        return (int)GetLastError();
    }
    WaitForSingleObject(made.hProcess, INFINITE);
    GetExitCodeProcess(made.hProcess, &code);
    return (int)code;
}
