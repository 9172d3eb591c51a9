/* cmd_status.c: msiwatch status: the state now. */
#include "cli/base/show_event.h"
#include "cli/commands.h"

static uint32_t run(struct cli *cli)
{
    struct msiwatch_status status = {.size = sizeof status};
    uint32_t code = cli_connect(cli);
    if (code != CODE_OK) {
        return code;
    }
    code = msiwatch_get_status(cli->handle, CLI_ANSWER_MS, &status);
    if (code != CODE_OK) {
        return cli_fail(cli, code);
    }
    if (cli_wants_json(cli)) {
        cli_add_json(cli);
    } else {
        show_summary(&cli->out, &status, msiwatch_get_json(cli->handle));
        show_status(&cli->out, &status, console_offset);
        show_installing(&cli->out, msiwatch_get_json(cli->handle));
    }
    return cli_finish(cli, cli_state_code(status.state));
}

const struct command command_status = {
    .name = "status",
    .summary = "show whether Windows Installer is busy now, since when, and with what",
    .usage = "",
    .about =
        "Shows whether an installation is running now, and what the service saw: the mutex that\n"
        "Windows Installer holds while it installs, and the Windows Installer service.\n"
        "Times are local. With --json, prints the protocol's Status object, with times in UTC.\n",
    .notes =
        "Exit codes\n"
        "     0  idle: no installation is running\n"
        "  1618  busy: another installation would fail with this code\n"
        "    21  unknown: the service cannot tell\n"
        "  1062  the service is not running      5  access denied\n"
        "   231  the pipe is busy               13  the answer was not understood\n"
        "  1460  the service did not answer   1816  over a limit of the service\n"
        "    29  the output cannot be written   87  bad usage\n"
        "  1223  Ctrl-C\n\n"
        "Examples\n"
        "  msiwatch status\n"
        "  msiwatch run -- msiexec /i app.msi /qn\n"
        "      to install; checking first and then installing would race with other installers\n",
    .options = no_options,
    .run = run,
};
