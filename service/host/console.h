/* console.h: the service in the foreground of a console: msiwatchd run. */
#ifndef MSIWATCH_SERVICE_CONSOLE_H
#define MSIWATCH_SERVICE_CONSOLE_H

#include "config/layers.h"

/* Runs until Ctrl-C, Ctrl-Break, or the console's end. Writes a line to stdout once the pipe
 * answers; all else goes to stderr. The Win32 code to exit with: 0 after a clean
 * stop, 87 if an option is wrong. */
unsigned long console_run(const struct configuration *configuration);

#endif
