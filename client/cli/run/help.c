/* help.c: the long texts of `msiwatch run --help`. */
#include "cli/run/help.h"

#include "cli/base/time_text.h"

const char run_about[] =
    "Waits until it is your turn and Windows Installer is idle, then runs COMMAND.\n"
    "All programs that install this way take turns, in a fair order. If COMMAND collides\n"
    "anyway (1618: another program installs without a turn), it keeps its turn and is tried\n"
    "again. COMMAND gets the text after \"--\" as you wrote it, including quotes. An .msi or\n"
    ".msp file is passed to msiexec /i or /p. msiexec is always Windows' own, regardless of\n"
    "PATH; other programs are looked up in Windows' folders and on PATH, but not in the\n"
    "current folder. If a program needs administrator rights, run asks for them, but only on\n"
    "a console.\n"
    "run sets MSIWATCH_TURN in COMMAND's environment, so that `msiwatch run` inside COMMAND\n"
    "uses this turn instead of waiting for another one (not if COMMAND was elevated).\n"
    "If the service is not running, run prints a notice, starts COMMAND immediately, and\n"
    "tries again after a collision. If the service stops while COMMAND is running, COMMAND\n"
    "continues.\n" DURATION_HELP;

const char run_notes[] =
    "Exit codes\n"
    "  COMMAND's own, unchanged. If COMMAND was not run, an error line begins with\n"
    "  \"msiwatch: run:\" (after Ctrl-C there is none), and the code is\n"
    "  1618  no turn within --timeout (or the code of --conflict-exit-code)\n"
    "     2  there is no such program\n"
    "   740  COMMAND needs administrator rights\n"
    "     5  access to COMMAND is denied; --ignore-hold: you are not an administrator\n"
    "  1131  msiwatch was started by the installation that it would wait for\n"
    "    21  --require-known: the state is unknown\n"
    "  1062  --require-service: the service is not running (231: its pipe is busy)\n"
    "    13  --require-service: the service is too old to have turns; or its answer\n"
    "        was not understood\n"
    "  1223  Ctrl-C before COMMAND was started, or administrator rights were refused\n"
    "    87  bad usage\n"
    "  or the Windows error code of the failed start\n\n"
    "Examples\n"
    "  msiwatch run -- app.msi /qn PROP=\"a b\"\n"
    "  msiwatch run --timeout 1h --label \"Contoso Agent\" -- msiexec /i agent.msi /qn\n"
    "  msiwatch run --retry-on 1603 -- C:\\setup\\setup.exe /quiet\n"
    "  In PowerShell:  msiwatch run --% -- msiexec /i app.msi /qn PROP=\"a b\"\n";
