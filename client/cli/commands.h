/* commands.h: the commands, one file each (metrics is in cmd_about.c), and their table (main.c). */
#ifndef MSIWATCH_CLI_COMMANDS_H
#define MSIWATCH_CLI_COMMANDS_H

#include "cli/base/cli.h"

extern const struct command command_status, command_wait, command_watch, command_history,
    command_about, command_metrics, command_doctor, command_top, command_report, command_completion,
    command_run, command_turn, command_hold;

/* All of them (main.c). */
extern const struct command *const cli_commands[];
extern const size_t cli_command_count;

#endif
