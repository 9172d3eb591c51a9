/* examine_win32.c: the doctor on Windows: reads the facts, then takes a sample every 10 ms. */
#include "cli/doctor/event_log.h"
#include "cli/doctor/examine.h"
#include "cli/doctor/facts.h"
#include "cli/doctor/machine.h"
#include "cli/doctor/msiexecs.h"
#include "common/win32/process_calls.h"
#include "common/win32/timer.h"
#include "version.h"

#include <inttypes.h>
#include <string.h>

#define SAMPLE_MS 10u

struct examination {
    struct cli *cli;
    struct report *report;
    struct machine *machine;
    struct doctor_log *log; /* NULL: the log cannot be read */
    HANDLE timer, stop;
    struct edges timeline;
    int64_t begun_ms; /* when the timeline began; wall */
    struct doctor_facts facts;
    uint64_t found;           /* a bit for each finding that was printed */
    struct text sddl, access; /* of the mutex, as last reported */
};

static void interrupted(void *stop)
{
    SetEvent(stop);
}

/* ---- the mutex's descriptor ---- */

static void add_if_new(struct edges *timeline, const char *subject, struct text *known,
                       struct text *read)
{
    const char *was = known->data == NULL ? "" : known->data;
    const char *is = read->data == NULL ? "" : read->data;
    if (is[0] != '\0' && strcmp(was, is) != 0) {
        edges_add(timeline, subject, "", is, "");
        text_release(known);
        *known = *read;
        *read = (struct text){0};
    }
    text_release(read);
}

/* The mutex comes and goes with the installations, so its descriptor is read whenever there is a
 * new one. */
static void look_at_descriptor(struct examination *at, enum mutex_state was)
{
    enum mutex_state is = at->timeline.last.seen.mutex.state;
    if (is == was || is == MUTEX_ABSENT || was == MUTEX_FREE || was == MUTEX_HELD ||
        was == MUTEX_ABANDONED) {
        return;
    }
    struct text sddl = {0}, access = {0};
    facts_read_mutex(&sddl, &access);
    add_if_new(&at->timeline, "mutex_sddl", &at->sddl, &sddl);
    add_if_new(&at->timeline, "mutex_access", &at->access, &access);
}

/* ---- the timeline ---- */

/* Waits until the next sample is due. False: the timeline ends. */
static bool await_sample(struct examination *at, uint64_t due_ms)
{
    uint64_t now_ms = console_now();
    uint64_t left_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    LARGE_INTEGER due = {.QuadPart = -(LONGLONG)left_ms * 10000};
    const HANDLE handles[] = {at->stop, at->timer};
    if (!SetWaitableTimer(at->timer, &due, 0, NULL, NULL, FALSE)) {
        return WaitForSingleObject(at->stop, (DWORD)left_ms) == WAIT_TIMEOUT;
    }
    return WaitForMultipleObjects(2, handles, FALSE, INFINITE) == WAIT_OBJECT_0 + 1;
}

static void sample(struct examination *at)
{
    struct sight sight;
    uint64_t cost_us;
    enum mutex_state was = at->timeline.begun ? at->timeline.last.seen.mutex.state : MUTEX_ABSENT;
    machine_look(at->machine, &sight, &cost_us);
    edges_take(&at->timeline, &sight, cost_us);
    look_at_descriptor(at, was);
    doctor_log_take(at->log, &at->timeline, console_now());
}

/* False: nothing more can be printed. */
static bool follow(struct examination *at, uint64_t ms)
{
    uint64_t due_ms = console_now();
    uint64_t end_ms = due_ms + ms;
    for (;;) {
        sample(at);
        if (at->cli->out.size > 0 && !cli_print(at->cli)) {
            return false;
        }
        uint64_t now_ms = console_now();
        /* If a sample could not be taken in time, it is not taken later. */
        due_ms = due_ms + SAMPLE_MS > now_ms ? due_ms + SAMPLE_MS : now_ms;
        if (due_ms > end_ms || !await_sample(at, due_ms)) {
            return true;
        }
    }
}

/* ---- all of it ---- */

static void look_now(void *arg, struct observation *seen)
{
    struct examination *at = arg;
    struct sight sight;
    uint64_t cost_us;
    machine_look(at->machine, &sight, &cost_us);
    *seen = sight.seen;
}

static void add_doctor(struct report *report, uint64_t ms)
{
    char now[MSIWATCH_TIME_CHARS + 1];
    time_format(console_wall(), now);
    report_fact(report, "doctor.version", MSIWATCH_VERSION);
    report_fact(report, "doctor.at", now);
    report_addf(report, REPORT_FACT, "doctor.sample_ms", "", "%u", SAMPLE_MS);
    report_addf(report, REPORT_FACT, "doctor.seconds", "", "%" PRIu64, ms / 1000);
}

static void add_records(struct examination *at, struct report *report, uint32_t log_error)
{
    struct records past = {0};
    uint32_t error = log_error == ERROR_SUCCESS ? doctor_log_past(at->log, &past) : log_error;
    if (error != ERROR_SUCCESS) {
        report_unread(report, "event_log", error);
        at->facts.log_error = error;
        return;
    }
    report_fact(report, "event_log", "can be read");
    records_report(&past, report, REPORT_FACT);
    at->facts.unread = past.unread;
}

static void ask_service(struct examination *at, struct report *report)
{
    if (examine_service(at->cli, report, &at->facts, look_now, at)) {
        facts_add_pipe(report, msiwatch_get_pipe(at->cli->handle));
    }
    msiexecs_read(&at->facts, process_calls_of_system(), at->facts.seen.msiserver.pid,
                  console_wall());
    struct observation after;
    look_now(at, &after);
    at->facts.held_throughout = findings_held_throughout(&at->facts.seen, &after);
}

/* The timeline needs no connection, so it does not occupy one of the service's. */
static void close_service(struct examination *at)
{
    msiwatch_close(at->cli->handle);
    at->cli->handle = NULL;
}

/* The report begins with the findings, but they are made from the facts, so the facts are read
 * first. */
static void begin_report(struct examination *at, uint64_t ms, uint32_t log_error)
{
    struct text facts = {0};
    struct report report = {.form = at->report->form, .out = &facts};
    cli_notice(at->cli, "examining this machine, and asking the service at %s",
               msiwatch_get_pipe(at->cli->handle));
    add_doctor(&report, ms);
    facts_add_system(&report);
    facts_add_policies(&report, &at->facts);
    facts_add_msiserver(&report, &at->facts);
    add_records(at, &report, log_error);
    facts_add_entry(&report, &at->facts);
    ask_service(at, &report);
    close_service(at);
    msiexecs_report(&at->facts, &report);
    findings_add(&at->facts, at->report, REPORT_FINDING, &at->found);
    report_append(at->report, &report);
    text_release(&facts);
}

/* Adds what was found in the meantime, and what the service itself recorded in that time. */
static void end_report(struct examination *at)
{
    struct text unused = {0};
    struct report again = {.form = at->report->form, .out = &unused};
    edges_end(&at->timeline);
    if (at->log != NULL) {
        struct records records = doctor_log_records(at->log);
        records_report(&records, at->report, REPORT_TOTAL);
        at->facts.unread += records.unread;
    }
    if (cli_open(at->cli) == CODE_OK) {
        facts_add_entry(&again, &at->facts);
        ask_service(at, &again);
        findings_add(&at->facts, at->report, REPORT_LATE_FINDING, &at->found);
        if (at->facts.answer == CODE_OK) {
            examine_history(at->cli, at->report, at->begun_ms);
        }
    }
    text_release(&unused);
}

static uint32_t open_all(struct examination *at, uint32_t *log_error)
{
    at->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    at->timer = at->stop == NULL ? NULL : timer_new();
    if (at->timer == NULL) {
        return GetLastError();
    }
    *log_error = doctor_log_new(&at->log);
    return machine_new(&at->machine);
}

static void follow_and_report(struct examination *at, uint64_t ms)
{
    struct text time = {0};
    text_add_duration(&time, ms);
    cli_notice(at->cli,
               "watching Windows Installer for %s: install, repair or remove something now; Ctrl-C "
               "ends this early, and the report is still complete",
               time.data);
    text_release(&time);
    at->begun_ms = console_wall();
    if (cli_print(at->cli) && follow(at, ms)) {
        end_report(at);
        cli_print(at->cli);
    }
}

uint32_t examine(struct cli *cli, struct report *report, uint64_t ms)
{
    struct examination at = {.cli = cli, .report = report, .timeline = {.report = report}};
    uint32_t log_error = ERROR_SUCCESS;
    uint32_t code = cli_open(cli);
    if (code != CODE_OK) {
        return code;
    }
    code = open_all(&at, &log_error);
    if (code != CODE_OK) {
        cli_error(cli, code,
                  "the doctor cannot start: Windows error %u; close other programs and try again",
                  (unsigned)code);
        goto close_all;
    }
    console_on_interrupt(interrupted, at.stop);
    begin_report(&at, ms, log_error);
    follow_and_report(&at, ms);
    code = cli_output_code(cli, CODE_OK);

close_all: /* at.stop stays open until the process ends, because Ctrl-C may be using it */
    machine_free(at.machine);
    doctor_log_free(at.log);
    if (at.timer != NULL) {
        CloseHandle(at.timer);
    }
    text_release(&at.sddl);
    text_release(&at.access);
    return code;
}
