/* cmd_about.c: msiwatch about and msiwatch metrics: what the service says about itself. */
#include "cli/commands.h"
#include "cli/base/json.h"

/* Prints the object in the library's last answer. */
static uint32_t print_answer(struct cli *cli)
{
    if (cli_wants_json(cli)) {
        cli_add_json(cli);
    } else {
        show_object(&cli->out, msiwatch_get_json(cli->handle));
    }
    return cli_finish(cli, CODE_OK);
}

static uint32_t run_about(struct cli *cli)
{
    struct msiwatch_about about = {.size = sizeof about};
    uint32_t code = cli_connect(cli);
    if (code != CODE_OK) {
        return code;
    }
    code = msiwatch_get_about(cli->handle, CLI_ANSWER_MS, &about);
    return code == CODE_OK ? print_answer(cli) : cli_fail(cli, code);
}

static uint32_t run_metrics(struct cli *cli)
{
    const char *result;
    uint32_t code = cli_connect(cli);
    if (code != CODE_OK) {
        return code;
    }
    const char *params = cli_wants_json(cli) ? NULL : "{\"format\":\"prometheus\"}";
    code = msiwatch_call(cli->handle, "metrics", params, CLI_ANSWER_MS, &result);
    if (code == CODE_OK && result[0] == '"' && !cli_wants_json(cli)) {
        json_add_string(&cli->out, result);
        return cli_finish(cli, CODE_OK);
    }
    if (code == CODE_OK && result[0] != '{') { /* an older service answers with text only */
        code = CODE_BAD_DATA;
    }
    return code == CODE_OK ? print_answer(cli) : cli_fail(cli, code);
}

#define EXIT_CODES                                                                                 \
    "Exit codes\n"                                                                                 \
    "     0  done                          1062  the service is not running\n"                     \
    "     5  access denied                  231  the pipe is busy\n"                               \
    "    13  the answer was not understood 1460  the service did not answer\n"                     \
    "  1816  over a limit of the service     29  the output cannot be written\n"                   \
    "    87  bad usage                     1223  Ctrl-C\n\n"

const struct command command_about = {
    .name = "about",
    .summary = "show the service's version, journal, limits and sensors",
    .usage = "",
    .about =
        "Prints details of the service: its version and process, its journal and the events in\n"
        "it, its limits, which sensors work, and the settings that it rejected.\n",
    .notes = EXIT_CODES "Example\n"
                        "  msiwatch about\n"
                        "      the line \"sensors.mutex  ok\" means that the mutex can be read\n",
    .options = no_options,
    .run = run_about,
};

const struct command command_metrics = {
    .name = "metrics",
    .summary = "print the service's metrics, in Prometheus's text format",
    .usage = "",
    .about =
        "Prints the service's counters and gauges in Prometheus's text format: the same text that\n"
        "the service writes to its textfile (the setting metrics-textfile). With --json, prints\n"
        "an object with other counters, too, but without those of states and installations; names\n"
        "that end in _ms are in milliseconds.\n",
    .notes = EXIT_CODES "Example\n"
                        "  msiwatch metrics --json\n"
                        "      one JSON object, for a program that collects metrics\n",
    .options = no_options,
    .run = run_metrics,
};
