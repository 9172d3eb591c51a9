/* inside.c: "msirig inside FILE COMMAND ... + COMMAND ..." is a custom action that waits for
 * programs: it runs the commands, one after the other, and writes a line "ended CODE" into the file
 * for each, or "hangs" after a minute, and ends it then. Before a command:
 *
 *   --hold    own the installer's mutex meanwhile, which Wine's msiexec does not
 *   --forget  without MSIWATCH_TURN, as below the real msiserver
 */
#include "rig.h"

#include <stdio.h>
#include <string.h>

#define MOST_MS 60000u

static void say(const char *path, bool ended, DWORD code)
{
    FILE *file = fopen(path, "ab");
    if (file == NULL)
        return;
    if (ended)
        fprintf(file, "ended %lu\n", code);
    else
        fputs("hangs\n", file);
    fclose(file);
}

static DWORD run(const char *path, char *line)
{
    STARTUPINFOA startup = {.cb = sizeof startup};
    PROCESS_INFORMATION child;
    DWORD code = 0;
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &child))
        return rig_failed(line, GetLastError());
    bool ended = WaitForSingleObject(child.hProcess, MOST_MS) == WAIT_OBJECT_0;
    if (!ended)
        TerminateProcess(child.hProcess, ERROR_TIMEOUT);
    GetExitCodeProcess(child.hProcess, &code);
    say(path, ended, code);
    CloseHandle(child.hThread);
    CloseHandle(child.hProcess);
    return ERROR_SUCCESS;
}

/* The command at argv[0], up to a "+" or the end; how many arguments that were. */
static int run_next(const char *path, int argc, char **argv, DWORD *error)
{
    char line[4096] = "";
    HANDLE mutex = NULL;
    int i = 0;
    for (; i < argc && strcmp(argv[i], "+") != 0; i++) {
        size_t used = strlen(line);
        if (used == 0 && strcmp(argv[i], "--forget") == 0)
            SetEnvironmentVariableA("MSIWATCH_TURN", NULL);
        else if (used == 0 && strcmp(argv[i], "--hold") == 0)
            mutex = CreateMutexA(NULL, TRUE, RIG_MUTEX);
        else
            snprintf(line + used, sizeof line - used, strchr(argv[i], ' ') ? "\"%s\" " : "%s ",
                     argv[i]);
    }
    *error = run(path, line);
    if (mutex != NULL) {
        ReleaseMutex(mutex);
        CloseHandle(mutex);
    }
    return i;
}

int rig_inside(int argc, char **argv)
{
    DWORD error = argc < 2 ? ERROR_INVALID_PARAMETER : ERROR_SUCCESS;
    for (int i = 1; i < argc && error == ERROR_SUCCESS; i++)
        i += run_next(argv[0], argc - i, argv + i, &error);
    return (int)error;
}
