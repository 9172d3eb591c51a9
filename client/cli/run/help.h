/* help.h: the long texts of `msiwatch run --help`. */
#ifndef MSIWATCH_CLI_RUN_HELP_H
#define MSIWATCH_CLI_RUN_HELP_H

extern const char run_about[];
extern const char run_notes[];

#endif
