/* cmd_doctor.c: msiwatch doctor: examines the machine itself, without the service. */
#include "cli/commands.h"
#include "cli/doctor/examine.h"

enum { DOCTOR_SECONDS, DOCTOR_CSV, DOCTOR_OUT };

#define DEFAULT_MS UINT64_C(60000)
#define WEEK_MS (UINT64_C(604800) * 1000)

static uint32_t run(struct cli *cli)
{
    const struct given *own = cli->own;
    uint64_t ms = own[DOCTOR_SECONDS].given ? own[DOCTOR_SECONDS].number : DEFAULT_MS;
    bool csv = own[DOCTOR_CSV].given;
    if (!cli_has_one_form(cli, csv)) {
        return CODE_BAD_PARAMETER;
    }
    if (ms < 1000) {
        return cli_error(cli, CODE_BAD_PARAMETER, "invalid --seconds \"%s\"; use at least 1 second",
                         own[DOCTOR_SECONDS].text);
    }
    struct report report = {
        .form = csv                   ? REPORT_CSV
                : cli_wants_json(cli) ? REPORT_JSON
                                      : REPORT_TEXT,
        .out = &cli->out,
    };
    const char *path = own[DOCTOR_OUT].text;
    uint32_t code = own[DOCTOR_OUT].given ? console_redirect(path) : CODE_OK;
    return code == CODE_OK ? examine(cli, &report, ms)
                           : cli_fail_to_write(cli, path, "--out", code);
}

static const struct option options[] = {
    [DOCTOR_SECONDS] = {"seconds", OPTION_DURATION, "TIME",
                        "how long to watch: 10m, or a number of seconds\n"
                        "(default: 60, at most a week). Ctrl-C ends it early; the\n"
                        "report is still complete",
                        WEEK_MS},
    [DOCTOR_CSV] = {"csv", OPTION_FLAG, NULL,
                    "print a table instead: comma-separated, times in UTC,\n"
                    "without findings or recorded events",
                    0},
    [DOCTOR_OUT] = {"out", OPTION_TEXT, "FILE",
                    "write to this file in UTF-8, replacing it (in PowerShell\n"
                    "5.1, > writes UTF-16)",
                    0},
    {NULL, OPTION_FLAG, NULL, NULL, 0},
};

const struct command command_doctor = {
    .name = "doctor",
    .summary = "examine Windows Installer on this machine, without needing the service",
    .usage = "[--seconds TIME] [--csv] [--out FILE]",
    .about =
        "Prints a report on Windows Installer on this machine, which you can attach to an issue.\n"
        "It begins with findings: what is wrong and what to do about it, the most severe first.\n"
        "Facts follow: versions of Windows and of Windows Installer, policies, every msiexec, the\n"
        "security descriptors of msiserver and of the service's pipe, and what the service "
        "reports\n"
        "about its journal, its sensors and its settings. Then comes a timeline: the doctor takes\n"
        "a sample every 10 ms and prints a line for each change.\n"
        "  mutex          absent, free, held (and who owns it), abandoned, denied, error\n"
        "  mutex_sddl, mutex_access\n"
        "                 the mutex's security descriptor, and what access this user has\n"
        "  msiserver      the service's state\n"
        "  controls       the controls that it accepts; \"says busy\" if shutdown is the only one\n"
        "  installer_key  whether Windows Installer's key in the registry is changing\n"
        "  in_progress    its subkey InProgress\n"
        "  event          MsiInstaller's events: the id, when it was logged, its data\n"
        "Totals follow: which of these were true at the same time, and for how long; and the\n"
        "longest gap between two samples (anything shorter may be missing). The report ends\n"
        "with findings made while the timeline was recorded, and with the newest events that the\n"
        "service recorded. With --csv there are no findings and no recorded events.\n"
        "The doctor only reads, as the service does, and does not need the service. Run it as\n"
        "an administrator to see more. It leaves out user names and package paths, but\n"
        "the service's own answers can contain them: read the report before you share it.\n",
    .notes = "Exit codes\n"
             "     0  done, or Ctrl-C\n"
             "    50  this is not Windows              87  bad usage\n"
             "    29  the output cannot be written      3  there is no folder for FILE\n"
             "     5  access to FILE is denied       336  FILE is a folder\n"
             "   112  the disk is full\n\n"
             "Examples\n"
             "  msiwatch doctor --out report.txt     install something while it runs\n"
             "  msiwatch doctor --seconds 600 --csv --out report.csv\n",
    .options = options,
    .run = run,
};
