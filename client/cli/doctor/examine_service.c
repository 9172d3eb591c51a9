/* examine_service.c: adds what the service says to the doctor's facts. */
#include "cli/doctor/examine.h"

#include "cli/base/install.h"
#include "cli/base/past.h"
#include "common/default_pipe.h"
#include "common/utf8.h"

#include <string.h>

#define CONNECT_MS 2000u

/* How often the service is asked for the mutex's state before the doctor reports that it is
 * wrong. */
#define ASK_TIMES 3
#define ASK_AGAIN_MS 50u

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

/* NULL: there was no answer, and the report says so. */
static const char *add_answer(struct cli *cli, struct report *report, const char *method,
                              const char *prefix)
{
    struct naming naming = {report, prefix};
    const char *result;
    uint32_t code = msiwatch_call(cli->handle, method, NULL, CLI_ANSWER_MS, &result);
    if (code != CODE_OK) {
        report_unread(report, method, code);
        return NULL;
    }
    show_members(result, add_member, &naming);
    return result;
}

static void ask_about(struct cli *cli, struct report *report, struct said *said)
{
    const char *answer = add_answer(cli, report, "about", "service.");
    if (answer != NULL) {
        said_about(said, answer);
    }
    answer = add_answer(cli, report, "metrics", "metrics.");
    if (answer != NULL) {
        said_metrics(said, answer);
    }
}

/* The mutex may change between two readings, so the service contradicts the doctor only if every
 * answer does. */
static void ask_status(struct cli *cli, struct report *report, struct doctor_facts *facts,
                       examine_look *look, void *arg)
{
    for (int i = 0; i < ASK_TIMES; i++) {
        struct observation before;
        struct text unused = {0};
        struct report again = {.form = report->form, .out = &unused};
        look(arg, &before);
        const char *answer = add_answer(cli, i == 0 ? report : &again, "status", "status.");
        if (answer != NULL) {
            now_read(&facts->said.now, answer);
        }
        text_release(&unused);
        look(arg, &facts->seen);
        facts->said.other_truth = answer != NULL &&
                                  said_other_truth(&facts->said, before.mutex.state,
                                                   facts->seen.mutex.state);
        if (!facts->said.other_truth) {
            return;
        }
        console_sleep(ASK_AGAIN_MS);
    }
}

bool examine_service(struct cli *cli, struct report *report, struct doctor_facts *facts,
                     examine_look *look, void *arg)
{
    uint32_t code = msiwatch_connect(cli->handle, CONNECT_MS);
    facts->asked = true;
    facts->answer = code;
    facts->said = (struct said){0};
    const char *pipe = msiwatch_get_pipe(cli->handle);
    utf8_copy(facts->other_pipe, sizeof facts->other_pipe,
              strcmp(pipe, "\\\\.\\pipe\\" DEFAULT_PIPE) == 0 ? "" : pipe);
    report_fact(report, "pipe.name", pipe);
    look(arg, &facts->seen);
    if (code == CODE_NOT_ACTIVE) {
        report_fact(report, "service", "not running");
        return false;
    }
    if (code != CODE_OK) {
        report_unread(report, "service", code);
        return true;
    }
    report_fact(report, "service", "running");
    ask_about(cli, report, &facts->said);
    ask_status(cli, report, facts, look, arg);
    return true;
}

/* ---- what it recorded ---- */

#define HISTORY 32u

struct past {
    size_t count;
    struct recorded {
        int64_t at_ms;
        const char *subject, *from, *to;
        struct text detail;
    } events[HISTORY];
};

static void take_event(void *arg, const struct msiwatch_event *event, const char *json)
{
    struct past *past = arg;
    struct told_install install;
    if (past->count == HISTORY) {
        return;
    }
    struct recorded *one = &past->events[past->count++];
    *one = (struct recorded){.at_ms = event->at_ms, .subject = "other", .from = "", .to = ""};
    if (event->kind == MSIWATCH_EVENT_TRANSITION) {
        one->subject = "transition";
        one->from = show_state_name(event->from);
        one->to = show_state_name(event->to);
        show_reasons(&one->detail, event->reasons, ", ");
    } else if (event->kind == MSIWATCH_EVENT_INSTALL && install_read(&install, json)) {
        char name[MSIWATCH_TEXT_SIZE];
        const char *action = install_action_name(install.is.action);
        const char *result = install_result_name(install.is.result);
        install_name(&install.is, name);
        one->subject = "install";
        text_addf(&one->detail, "%s %s %s", action == NULL ? "" : action, name,
                  result == NULL ? "" : result);
    } else if (event->kind == MSIWATCH_EVENT_ACTIVITY) {
        one->subject = "activity";
        one->to = strstr(json, "\"stalled\":true") != NULL ? "stalled" : "moving";
    }
}

void examine_history(struct cli *cli, struct report *report, int64_t begun_ms)
{
    struct past past = {.count = 0};
    struct msiwatch_history_query query = {
        .size = sizeof query, .newest_first = 1, .limit = HISTORY};
    uint32_t code = past_read(cli->handle, &query, take_event, &past);
    if (code != CODE_OK) {
        cli_notice(
            cli,
            "the service's events cannot be read: Windows error %u; \"net helpmsg %u\" explains it",
            (unsigned)code, (unsigned)code);
    }
    for (size_t i = past.count; i-- > 0;) {
        struct recorded *one = &past.events[i];
        struct report_row row = {
            .kind = REPORT_HISTORY,
            .at_ms = one->at_ms,
            .offset_ms = one->at_ms < begun_ms ? REPORT_BEFORE : (uint64_t)(one->at_ms - begun_ms),
            .subject = one->subject,
            .from = one->from,
            .to = one->to,
            .detail = one->detail.data};
        report_row(report, &row);
        text_release(&one->detail);
    }
}
