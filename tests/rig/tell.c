/* tell.c: "msirig tell CODE ..." prints what it was started with, as it was written, and
 * MSIWATCH_TURN, a line each, and ends with CODE. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>

int rig_tell(int argc, char **argv)
{
    static char text[0x20000];
    const char *turn = getenv("MSIWATCH_TURN");
    if (WideCharToMultiByte(CP_UTF8, 0, GetCommandLineW(), -1, text, sizeof text, NULL, NULL) == 0)
        return (int)rig_failed("the command line", GetLastError());
    printf("%s\n%s\n", text, turn == NULL ? "(none)" : turn);
    fflush(stdout);
    return argc > 0 ? (int)strtoul(argv[0], NULL, 0) : 0;
}
