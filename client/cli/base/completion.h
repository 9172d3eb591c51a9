/* completion.h: shell scripts that complete the command line. They are made from the tables of
 * commands and options that the program itself uses for reading and for help. Pure: adds to a
 * text. */
#ifndef MSIWATCH_CLI_COMPLETION_H
#define MSIWATCH_CLI_COMPLETION_H

#include "cli/base/cli.h"

struct completion {
    const char *program;
    const struct command *const *commands;
    size_t count;
    const struct option *common; /* cli_common */
};

/* Adds a script for PowerShell 5.1 and later, or for bash 4 and later. It completes commands,
 * options, and values that are one of a few words. */
void completion_add_powershell(struct text *out, const struct completion *completion);
void completion_add_bash(struct text *out, const struct completion *completion);

#endif
