/* cmd_completion.c: msiwatch completion: the command line's completion in PowerShell. */
#include "cli/commands.h"
#include "cli/base/completion.h"

#define MOST_COMMANDS 32u

static uint32_t run(struct cli *cli)
{
    struct completion_command commands[MOST_COMMANDS];
    size_t count = 0;
    if (cli_wants_json(cli)) {
        struct text line = {0};
        text_add(&line, "completion prints a script and has no --json; see msiwatch completion "
                        "--help");
        cli_say(&line);
        text_release(&line);
        return CODE_BAD_PARAMETER;
    }
    for (const struct command *command;
         count < MOST_COMMANDS && (command = cli_command(count)) != NULL; count++) {
        commands[count] = (struct completion_command){command->name, command->summary,
                                                      command->options};
    }
    completion_add_powershell(&cli->out, "msiwatch", commands, count, cli_common);
    cli_print(cli);
    return cli_output_code(cli, CODE_OK);
}

static const struct option options[] = {{NULL, OPTION_FLAG, NULL, NULL, 0}};

const struct command command_completion = {
    .name = "completion",
    .summary = "a script that completes this command line in PowerShell",
    .usage = "",
    .about =
        "Prints a script for PowerShell 5.1 and later, made from the same tables as this\n"
        "help. Once it has run, Tab completes commands, options, and values that are one of\n"
        "a few words. It asks no service. Windows PowerShell 5.1 does not ask the script about\n"
        "\"-\" or \"--\" alone: type a letter of the option's name first, or use PowerShell 7.\n",
    .notes = "Exit codes\n"
             "     0  done                           87  bad usage\n"
             "    29  the output cannot be written\n"
             "\n"
             "Example\n"
             "  msiwatch completion | Out-String | Invoke-Expression\n"
             "      for this session; as a line in $PROFILE, for all to come\n",
    .options = options,
    .run = run,
};
