/* console.h: runs the service in the foreground of a console: msiwatchd run. */
#ifndef MSIWATCH_SERVICE_CONSOLE_H
#define MSIWATCH_SERVICE_CONSOLE_H

#include "config/layers.h"

/* Runs until Ctrl-C, Ctrl-Break, or the console is closed. Writes a line to stdout when the pipe is
 * open; everything else goes to stderr. Returns the Win32 exit code: 0 after a clean stop, 87 if an
 * option is wrong. */
unsigned long console_run(const struct configuration *configuration);

#endif
