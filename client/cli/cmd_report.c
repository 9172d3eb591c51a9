/* cmd_report.c: msiwatch report: what happened, as a page to read, print and pass on. */
#include "cli/commands.h"
#include "cli/base/past.h"
#include "cli/report/summary.h"
#include "cli/report/parts.h"

#include <stdlib.h>
#include <string.h>

enum { REPORT_SINCE, REPORT_UNTIL, REPORT_HTML, REPORT_CHANGES };

#define WEEK_MS (INT64_C(7) * 86400 * 1000)
#define QUARTER_MS (INT64_C(15) * 60 * 1000)

/* The UTC offset, looked up once per quarter of an hour: clocks change only at a quarter, and a
 * report asks for times in their order. */
static int offset_of_quarter(int64_t wall_ms)
{
    static int64_t quarter = INT64_MIN;
    static int offset;
    if (wall_ms / QUARTER_MS != quarter) {
        quarter = wall_ms / QUARTER_MS;
        offset = console_offset(wall_ms);
    }
    return offset;
}

static void take(void *arg, const struct msiwatch_event *event, const char *json)
{
    summary_take(arg, event, json);
}

static uint32_t read_events(struct cli *cli, struct summary *summary)
{
    struct msiwatch_history_query query = {.size = sizeof query, .until_ms = summary->until_ms};
    uint32_t code = past_begin(cli->handle, summary->since_ms, &query.after);
    return code == CODE_OK ? past_read(cli->handle, &query, take, summary) : code;
}

/* The service's clock counts, because the events have its times. */
static uint32_t set_times(struct cli *cli, struct summary *summary, int64_t now_ms)
{
    const struct given *own = cli->own;
    summary->until_ms = now_ms;
    if (own[REPORT_UNTIL].given) {
        moment_parse(own[REPORT_UNTIL].text, now_ms, console_offset, &summary->until_ms);
    }
    summary->since_ms = summary->until_ms - WEEK_MS;
    if (own[REPORT_SINCE].given) {
        moment_parse(own[REPORT_SINCE].text, now_ms, console_offset, &summary->since_ms);
    }
    if (summary->since_ms >= summary->until_ms) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "--since is not before %s; use an earlier --since",
                         own[REPORT_UNTIL].given ? "--until" : "now");
    }
    return CODE_OK;
}

/* First reads the current state, and then the events that led to it, which may continue a little
 * after it. */
static uint32_t read_all(struct cli *cli, struct summary *summary)
{
    struct msiwatch_status status = {.size = sizeof status};
    uint32_t code = msiwatch_get_status(cli->handle, CLI_ANSWER_MS, &status);
    if (code != CODE_OK) {
        return cli_fail(cli, code);
    }
    code = set_times(cli, summary, status.sampled_at_ms);
    if (code != CODE_OK) {
        return code;
    }
    char *json = strdup(msiwatch_get_json(cli->handle));
    code = json == NULL ? CODE_NO_MEMORY : read_events(cli, summary);
    if (code == CODE_OK && summary->until_ms >= status.sampled_at_ms) {
        summary_take_status(summary, &status, json);
    }
    free(json);
    return code == CODE_OK ? code : cli_fail(cli, code);
}

static uint32_t save(struct cli *cli, const char *path)
{
    if (strcmp(path, "-") == 0) {
        return cli_finish(cli, CODE_OK);
    }
    uint32_t code = console_save(path, cli->out.data, cli->out.size);
    return code == CODE_OK ? code : cli_fail_to_write(cli, path, "--html", code);
}

static uint32_t make_report(struct cli *cli, struct summary *summary)
{
    char machine[256];
    summary->with_changes = cli->own[REPORT_CHANGES].given;
    uint32_t code = read_all(cli, summary);
    if (code != CODE_OK) {
        return code;
    }
    summary_finish(summary);
    if (!summary->failed) {
        console_machine(machine, sizeof machine);
        page_write(&cli->out, summary, machine, offset_of_quarter);
    }
    if (summary->failed || cli->out.failed) {
        return cli_fail(cli, CODE_NO_MEMORY);
    }
    return save(cli, cli->own[REPORT_HTML].text);
}

static uint32_t run(struct cli *cli)
{
    struct summary summary = {0};
    if (!cli->own[REPORT_HTML].given) {
        return cli_error(cli, CODE_BAD_PARAMETER,
                         "no file was given; use --html FILE, or --html - for standard output");
    }
    uint32_t code = cli_connect(cli);
    if (code == CODE_OK) {
        code = make_report(cli, &summary);
    }
    summary_release(&summary);
    return code;
}

static const struct option options[] = {
    [REPORT_SINCE] = {"since", OPTION_MOMENT, "WHEN",
                      "begin at this time (default: a week before the end)", 0},
    [REPORT_UNTIL] = {"until", OPTION_MOMENT, "WHEN", "end at this time (default: now)", 0},
    [REPORT_HTML] = {"html", OPTION_TEXT, "FILE",
                     "the file to write; it needs no other files. - means\nstandard output", 0},
    [REPORT_CHANGES] = {"changes", OPTION_FLAG, NULL, "also list the changes of state", 0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

const struct command command_report = {
    .name = "report",
    .summary = "write an HTML report on what happened, to read or print",
    .usage = "[--since WHEN] [--until WHEN] [--changes] --html FILE",
    .about =
        "Writes one self-contained HTML file. It shows what is running, what failed and which\n"
        "restart is pending; when Windows Installer was busy, by product and by hour of the\n"
        "week; and each installation, with how long it took, its result and who started it.\n"
        "Times that the journal does not cover are shown as gaps. The file is at most 1 MiB; if\n"
        "there are too many installations for that, it lists the newest and counts them "
        "all.\n" TIME_HELP,
    .notes = "Exit codes\n"
             "     0  done\n"
             "  1062  the service is not running      5  access to the service or FILE is denied\n"
             "   231  the pipe is busy               13  the answer was not understood\n"
             "  1460  the service did not answer   1816  over a limit of the service\n"
             "     3  there is no folder for FILE   112  the disk is full\n"
             "   336  FILE is a folder               29  FILE cannot be written\n"
             "    87  bad usage                    1223  Ctrl-C\n\n"
             "Example\n"
             "  msiwatch report --since 7d --html week.html\n",
    .options = options,
    .no_json = "report writes HTML only; for JSON use \"msiwatch history --json\"",
    .run = run,
};
