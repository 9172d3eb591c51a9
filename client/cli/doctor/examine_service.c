/* examine_service.c: what the service says, as the doctor's facts. */
#include "cli/doctor/examine.h"

#include <string.h>

#define CONNECT_MS 2000u

struct naming {
    struct report *report;
    const char *prefix;
};

static void add_member(void *arg, const char *name, const char *value)
{
    const struct naming *naming = arg;
    struct text subject = {0};
    text_addf(&subject, "%s%s", naming->prefix, name);
    report_fact(naming->report, subject.data, value);
    text_release(&subject);
}

static void add_answer(struct cli *cli, struct report *report, const char *method,
                       const char *prefix)
{
    struct naming naming = {report, prefix};
    const char *result;
    uint32_t code = msiwatch_call(cli->handle, method, NULL, CLI_ANSWER_MS, &result);
    if (code == CODE_OK) {
        show_members(result, add_member, &naming);
    } else {
        report_unread(report, method, code);
    }
}

uint32_t examine_open(struct cli *cli)
{
    struct msiwatch_options options = {.size = sizeof options,
                                       .flags = MSIWATCH_OPEN_UNCONNECTED,
                                       .pipe = cli->common[COMMON_PIPE].text};
    uint32_t code = msiwatch_open(&options, &cli->handle);
    return code == CODE_OK ? CODE_OK : cli_fail(cli, code);
}

bool examine_service(struct cli *cli, struct report *report)
{
    uint32_t code = msiwatch_connect(cli->handle, CONNECT_MS);
    report_fact(report, "pipe.name", msiwatch_get_pipe(cli->handle));
    if (code == CODE_NOT_ACTIVE) {
        report_fact(report, "service", "not running");
        return false;
    }
    if (code != CODE_OK) {
        report_unread(report, "service", code);
        return true;
    }
    report_fact(report, "service", "running");
    add_answer(cli, report, "about", "service.");
    add_answer(cli, report, "status", "status.");
    add_answer(cli, report, "metrics", "metrics.");
    return true;
}
