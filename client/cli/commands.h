/* commands.h: the commands, a file each (metrics is in cmd_about.c), and the table of them
 * (main.c). */
#ifndef MSIWATCH_CLI_COMMANDS_H
#define MSIWATCH_CLI_COMMANDS_H

#include "cli/base/cli.h"

extern const struct command command_status, command_wait, command_watch, command_history,
    command_about, command_metrics, command_doctor, command_top, command_report, command_completion,
    command_run, command_turn, command_hold;

/* The table of commands (main.c), one by one; NULL after the last. */
const struct command *cli_command(size_t index);

#endif
