/* cmd_completion.c: msiwatch completion: the command line's completion in PowerShell and bash. */
#include "cli/commands.h"
#include "cli/base/completion.h"

#include <string.h>

enum { COMPLETION_SHELL };

static uint32_t run(struct cli *cli)
{
    struct completion completion = {"msiwatch", cli_commands, cli_command_count, cli_common};
    const char *shell = cli->own[COMPLETION_SHELL].text;
    bool bash = shell != NULL && strcmp(shell, "bash") == 0;
    (bash ? completion_add_bash : completion_add_powershell)(&cli->out, &completion);
    return cli_finish(cli, CODE_OK);
}

static const struct option options[] = {
    [COMPLETION_SHELL] = {"shell", OPTION_WORD, "powershell|bash",
                          "the shell (default: powershell)", 0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

const struct command command_completion = {
    .name = "completion",
    .summary = "print a script that completes commands in PowerShell or bash",
    .usage = "[--shell powershell|bash]",
    .about =
        "Prints a script for PowerShell 5.1 and later, or for bash. Once you have run the script,\n"
        "Tab completes commands, options, and values that are fixed words. The service is not\n"
        "needed. Windows PowerShell 5.1 does not complete \"-\" or \"--\" alone: type a letter of\n"
        "the option's name first, or use PowerShell 7.\n",
    .notes = "Exit codes\n"
             "     0  done                           87  bad usage\n"
             "    29  the output cannot be written\n\n"
             "Examples\n"
             "  msiwatch completion | Out-String | Invoke-Expression\n"
             "      for this session; put this line into $PROFILE to have it in every session\n"
             "  source <(msiwatch completion --shell bash)\n"
             "      the same in bash; put this line into ~/.bashrc to have it in every session\n",
    .options = options,
    .no_json = "completion prints a script; it has no --json; see msiwatch completion --help",
    .run = run,
};
