/* msiwatch_test.c: msiwatch.exe and the real service: what each verdict makes of its exit code and
 * its output. What it does with other answers, and with bad command lines, is tested against a
 * scripted service (tests/client). */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

static const char *const commands[] = {"status", "wait", "watch", "history", "about", "metrics"};

#define COMMANDS (sizeof commands / sizeof commands[0])

static int begin(void **state)
{
    (void)state;
    msiserver_must_be(0);
    service_must_begin("");
    return 0;
}

/* Runs "msiwatch ARGUMENTS", which must end with this code, having printed `words`. */
static const struct child_result *must_say(DWORD code, const char *arguments, const char *words)
{
    const struct child_result *result = run("msiwatch %s", arguments);
    must(result->exit_code == code, "msiwatch %s: exit code %lu instead of %lu\n%s%s", arguments,
         result->exit_code, code, result->out, result->err);
    must(strstr(result->out, words) != NULL, "msiwatch %s: no '%s' in:\n%s", arguments, words,
         result->out);
    return result;
}

static bool is_one_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end != NULL && end != text && end[1] == '\0';
}

static void without_a_service_every_command_is_1062_and_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COMMANDS; i++) {
        const struct child_result *result = must_say(ERROR_SERVICE_NOT_ACTIVE, commands[i], "");
        assert_string_equal(result->out, "");
        must(is_one_line(result->err), "msiwatch %s: not one line: %s", commands[i], result->err);
        assert_non_null(strstr(result->err, "msiwatchd install"));
    }
}

/* A program that is not the service and answers under its name, in this process. */
static void somebody_else_at_the_services_pipe_is_5(void **state)
{
    (void)state;
    run_well("msiwatchd install --unsafe-image"); /* not started: it has no process */
    HANDLE pipe = CreateNamedPipeA(TALK_PIPE, PIPE_ACCESS_DUPLEX,
                                   PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS,
                                   PIPE_UNLIMITED_INSTANCES, 4096, 4096, 0, NULL);
    must(pipe != INVALID_HANDLE_VALUE, "CreateNamedPipe: error %lu", GetLastError());
    struct child *child = child_must_start("msiwatch status");
    /* It tries twice: a service that restarts has two processes, one after the other. */
    for (int i = 0; i < 2; i++) {
        ConnectNamedPipe(pipe, NULL);
        char byte;
        DWORD got;
        assert_false(ReadFile(pipe, &byte, 1, &got, NULL)); /* it asks nothing, and goes */
        DisconnectNamedPipe(pipe);
    }
    const struct child_result *result = child_must_exit(child, ERROR_ACCESS_DENIED);
    must(is_one_line(result->err), "not one line: %s", result->err);
    assert_string_equal(result->out, "");
    child_free(child);
    CloseHandle(pipe);
}

static void idle_is_0(void **state)
{
    (void)state;
    must_say(ERROR_SUCCESS, "status", "idle since ");
    must_say(ERROR_SUCCESS, "status --json", "{\"state\":\"idle\",");
    must_say(ERROR_SUCCESS, "wait", "idle since ");
    must_say(ERROR_SUCCESS, "wait --for idle --settle 50ms --timeout 20s --json", "\"idle\"");
    must_say(ERROR_TIMEOUT, "wait --for busy --timeout 50ms", "idle since ");
    must_say(ERROR_INSTALL_ALREADY_RUNNING, "wait --settle 1d --timeout 50ms", "idle since ");
    must_say(ERROR_SUCCESS, "--pipe " TALK_PIPE " status", "idle");
    must_say(ERROR_SERVICE_NOT_ACTIVE, "status --pipe nobody-there", "");
}

static void busy_is_1618(void **state)
{
    static struct holder holder;
    (void)state;
    holder_open(&holder, NULL);
    holder_take(&holder);
    must_say(ERROR_INSTALL_ALREADY_RUNNING, "status", "busy since ");
    must_say(ERROR_INSTALL_ALREADY_RUNNING, "status --json", "\"reasons\":[\"mutex\"]");
    must_say(ERROR_INSTALL_ALREADY_RUNNING, "wait --timeout 50ms", "busy since ");
    must_say(ERROR_INSTALL_ALREADY_RUNNING, "wait --for idle --timeout 0", "busy since ");
    must_say(ERROR_SUCCESS, "wait --for busy", "busy since ");
    holder_close(&holder);
    must_say(ERROR_SUCCESS, "wait --timeout 20s", "idle since ");
}

/* It writes no record. Wine does not say who owns a mutex: there processes_test shows the rest. */
static void who_began_a_program_that_takes_the_mutex_itself_is_said(void **state)
{
    char wanted[64];
    (void)state;
    struct child *child = child_must_start("msirig hold 60000");
    child_must_print(child, "held");
    must_say(ERROR_SUCCESS, "wait --for busy --timeout 20s", "busy since ");
    if (strstr(run("msiwatch status --json")->out, "\"owner_pid\":null,") != NULL) {
        print_message("the owner is not known here\n");
        assert_null(strstr(run("msiwatch status --json")->out, "owner_started_by"));
    } else {
        must_become(strstr(run("msiwatch status")->out,
                           ": msirig.exe, started by wine_msiwatch_test") != NULL);
        snprintf(wanted, sizeof wanted, "\"owner_started_by\":{\"pid\":%lu,",
                 GetCurrentProcessId());
        must_say(ERROR_INSTALL_ALREADY_RUNNING, "status --json", wanted);
        must_say(ERROR_SUCCESS, "history --installs --limit 1",
                 "running        -, started by wine_msiwatch_test");
    }
    child_free(child);
    must_say(ERROR_SUCCESS, "wait --timeout 20s", "idle since ");
}

/* As a service or a task without a console starts it: its exit code. */
static DWORD run_without_handles(const char *arguments, HANDLE output)
{
    char line[256];
    STARTUPINFOA start = {
        .cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = output};
    PROCESS_INFORMATION made;
    DWORD code;
    snprintf(line, sizeof line, "msiwatch %s", arguments);
    must(CreateProcessA(NULL, line, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &start, &made),
         "%s: error %lu", line, GetLastError());
    must(WaitForSingleObject(made.hProcess, LIMIT_MS) == WAIT_OBJECT_0, "%s does not end", line);
    GetExitCodeProcess(made.hProcess, &code);
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    return code;
}

static void without_standard_handles_the_exit_code_is_the_verdict(void **state)
{
    static struct holder holder;
    HANDLE outputs[] = {NULL, (HANDLE)(uintptr_t)0x7654}; /* none; a number that is no handle */
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(run_without_handles("status", outputs[i]), ERROR_SUCCESS);
        assert_int_equal(run_without_handles("wait --timeout 20s", outputs[i]), ERROR_SUCCESS);
        holder_open(&holder, NULL);
        holder_take(&holder);
        must_say(ERROR_SUCCESS, "wait --for busy", "busy since ");
        assert_int_equal(run_without_handles("status --json", outputs[i]),
                         ERROR_INSTALL_ALREADY_RUNNING);
        assert_int_equal(run_without_handles("wait --timeout 50ms", outputs[i]),
                         ERROR_INSTALL_ALREADY_RUNNING);
        holder_close(&holder);
        must_say(ERROR_SUCCESS, "wait --timeout 20s", "idle since ");
    }
}

static void unknown_is_21(void **state)
{
    static struct holder holder;
    (void)state;
    holder_open(&holder, "O:SYG:SYD:"); /* nobody may open it */
    must_say(ERROR_NOT_READY, "status", "unknown since ");
    must_say(ERROR_NOT_READY, "status --json", "\"state\":\"unknown\"");
    must_say(ERROR_NOT_READY, "wait --timeout 50ms", "unknown since ");
    must_say(ERROR_TIMEOUT, "wait --for busy --timeout 50ms", "unknown since ");
    holder_close(&holder);
    must_say(ERROR_SUCCESS, "wait --timeout 20s", "idle since ");
}

static void a_wait_ends_when_the_installation_does(void **state)
{
    static struct holder holder;
    struct talk talk;
    (void)state;
    must_open(&talk);
    holder_open(&holder, NULL);
    holder_take(&holder);
    must_become_status(&talk, "busy", NULL, NULL, NULL);
    struct child *wait = child_must_start("msiwatch wait --timeout 20s");
    must_serve(1, 0);
    assert_string_equal(child_output(wait), "");
    int64_t released = holder_release(&holder);
    child_must_exit(wait, ERROR_SUCCESS);
    print_message("returned %d ms after it was free\n", (int)(rig_now_ms() - released));
    child_free(wait);
    holder_close(&holder);
    talk_close(&talk);
}

/* The lines of a text, each of which must be a JSON object. How many; the last in *last. */
static size_t must_be_json_lines(const char *text, yyjson_doc **last)
{
    size_t count = 0;
    *last = NULL;
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        yyjson_doc_free(*last);
        *last = yyjson_read(text, size, 0);
        must(yyjson_is_obj(yyjson_doc_get_root(*last)), "not JSON: %.*s", (int)size, text);
        text += size + (text[size] == '\n');
        count++;
    }
    return count;
}

static void watch_prints_what_is_and_then_each_change(void **state)
{
    static struct holder holder;
    yyjson_doc *last;
    struct talk talk;
    (void)state;
    must_open(&talk);
    must_settle(&talk);
    talk_close(&talk);
    struct child *json = child_must_start("msiwatch watch --json");
    struct child *human = child_must_start("msiwatch watch");
    child_must_print(json, "\"idle\"");
    child_must_print(human, "idle");
    holder_open(&holder, NULL);
    holder_take(&holder);
    child_must_print(json, "\"to\":\"busy\"");
    child_must_print(human, "busy");
    struct child *until_idle = child_must_start("msiwatch watch --until-idle");
    child_must_print(until_idle, "busy");
    holder_close(&holder);
    child_must_print(json, "\"from\":\"busy\",\"to\":\"idle\"");
    child_must_print(human, " busy\n"); /* "after 1.2 s busy" */
    child_must_exit(until_idle, ERROR_SUCCESS);
    assert_int_equal(must_be_json_lines(child_output(json), &last), 3);
    assert_string_equal(talk_text(last, "/to"), "idle");
    assert_true(talk_number(last, "/after_ms") >= 0);
    yyjson_doc_free(last);
    child_free(json);
    child_free(human);
    child_free(until_idle);
}

static void history_about_and_metrics_tell_the_same(void **state)
{
    yyjson_doc *about, *event, *metrics;
    (void)state;
    must_be_json_lines(must_say(ERROR_SUCCESS, "about --json", "")->out, &about);
    int64_t last_seq = talk_number(about, "/journal/last_seq");
    size_t events = must_be_json_lines(must_say(0, "history --json", "")->out, &event);
    must_be_json_lines(must_say(0, "metrics --json", "")->out, &metrics);
    assert_string_equal(talk_text(about, "/name"), "msiwatch");
    /* Wine has no event log that can be read: that is said, with the reason. */
    if (strcmp(talk_text(about, "/sensors/install_log"), "ok") == 0) {
        print_message("the event log can be read here\n");
    } else {
        assert_string_equal(talk_text(about, "/sensors/install_log"), "unavailable");
        const char *problem = talk_text(about, "/sensor_problems/install_log");
        assert_non_null(strstr(problem, "EvtSubscribe"));
        print_message("install_log: %s\n", problem);
    }
    assert_true(last_seq > 1);
    assert_int_equal(events, last_seq - talk_number(about, "/journal/first_seq") + 1);
    assert_int_equal(talk_number(event, "/seq"), last_seq);
    assert_in_range(talk_number(metrics, "/transitions_total"), 1, last_seq);
    yyjson_doc_free(about);
    yyjson_doc_free(event);
    yyjson_doc_free(metrics);
    must_say(ERROR_SUCCESS, "about", "version");
    must_say(ERROR_SUCCESS, "metrics", "msiwatch_installer_state{state=\"idle\"} 1");
    must_say(ERROR_SUCCESS, "history --limit 1", "idle");
}

int main(void)
{
    const struct CMUnitTest without[] = {
        cmocka_unit_test(without_a_service_every_command_is_1062_and_one_line),
        cmocka_unit_test(somebody_else_at_the_services_pipe_is_5),
    };
    const struct CMUnitTest with[] = {
        cmocka_unit_test(idle_is_0),
        cmocka_unit_test(busy_is_1618),
        cmocka_unit_test(who_began_a_program_that_takes_the_mutex_itself_is_said),
        cmocka_unit_test(without_standard_handles_the_exit_code_is_the_verdict),
        cmocka_unit_test(unknown_is_21),
        cmocka_unit_test(a_wait_ends_when_the_installation_does),
        cmocka_unit_test(watch_prints_what_is_and_then_each_change),
        cmocka_unit_test(history_about_and_metrics_tell_the_same),
    };
    int failed = cmocka_run_group_tests(without, service_end, service_end);
    return failed + cmocka_run_group_tests(with, begin, service_end);
}
