/* main.c: msirig.exe, the command line of the rig: a table of subcommands. */
#include "rig.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"hold", rig_hold, "hold the installer's mutex as an installation does"},
    {"service", rig_service, "run, or control, a stand-in for the service msiserver"},
    {"probe", rig_probe, "show whether the installer's mutex exists"},
    {"tell", rig_tell, "print the command line and MSIWATCH_TURN, and exit with a code"},
    {"work", rig_work, "use the CPU while an event is set, and do nothing otherwise"},
    {"inside", rig_inside, "run commands from inside an installation"},
    {"grab", rig_grab, "take the mutex without waiting, again and again, and count failures"},
};

int main(int argc, char **argv)
{
    /* Lines end in \n alone, so that shell scripts can read them. */
    _setmode(_fileno(stdout), _O_BINARY);
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; ++i)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 2, argv + 2);
    fputs("usage: msirig COMMAND ...\n", stderr);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; ++i)
        fprintf(stderr, "  %-8s %s\n", commands[i].name, commands[i].help);
    return ERROR_INVALID_PARAMETER;
}
