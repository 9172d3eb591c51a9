/* service_test.c: msiwatchd as a service: installed, started, asked about, stopped, removed; and
 * what it says when it cannot. */
#include "fixture.h"

#include "host/scm_configure.h"

#include <stdio.h>
#include <string.h>

/* What is printed on stderr when a command fails: one line, from msiwatchd. */
static void must_be_one_line(const char *text, const char *command)
{
    const char *end = strchr(text, '\n');
    must(strncmp(text, "msiwatchd: ", 11) == 0 && end != NULL && end[1] == '\0',
         "%s: not one line from msiwatchd:\n%s", command, text);
}

/* Runs "msiwatchd ARGUMENTS", which must fail with this code and say so in a line that holds
 * `words`. */
static void must_refuse(DWORD code, const char *arguments, const char *words)
{
    const struct child_result *result = run("msiwatchd %s", arguments);
    must(result->exit_code == code, "msiwatchd %s: exit code %lu instead of %lu: %s", arguments,
         result->exit_code, code, result->err);
    must_be_one_line(result->err, arguments);
    must(strstr(result->err, words) != NULL, "msiwatchd %s: no '%s' in: %s", arguments, words,
         result->err);
}

static void a_service_that_is_not_there_cannot_be_used(void **state)
{
    (void)state;
    must_refuse(ERROR_SERVICE_DOES_NOT_EXIST, "start", "MsiWatch");
    must_refuse(ERROR_SERVICE_DOES_NOT_EXIST, "stop", "MsiWatch");
    must_refuse(ERROR_SERVICE_DOES_NOT_EXIST, "query", "MsiWatch");
    must_refuse(ERROR_SERVICE_DOES_NOT_EXIST, "uninstall", "MsiWatch");
}

static void its_life_from_install_to_uninstall(void **state)
{
    struct talk talk;
    (void)state;
    run_well("msiwatchd install --unsafe-image");
    must_refuse(ERROR_SERVICE_EXISTS, "install --unsafe-image", "MsiWatch");
    must_refuse(ERROR_SERVICE_NOT_ACTIVE, "stop", "MsiWatch");
    const struct child_result *query = run("msiwatchd query");
    assert_int_equal(query->exit_code, ERROR_SERVICE_NOT_ACTIVE);
    assert_non_null(strstr(query->out, "stopped"));
    for (int i = 0; i < 2; i++) {
        run_well("msiwatchd start");
        /* It answers as soon as it says that it runs. */
        must(talk_open(&talk, 0), "started, but its pipe: error %lu", talk.error);
        must_ask_status(&talk);
        must_refuse(ERROR_SERVICE_ALREADY_RUNNING, "start", "MsiWatch");
        query = run_well("msiwatchd query");
        assert_non_null(strstr(query->out, "running"));
        assert_non_null(strstr(query->out, TALK_PIPE));
        run_well("msiwatchd stop");
        assert_int_equal(service_state(), SERVICE_STOPPED);
        talk_close(&talk);
        assert_false(talk_open(&talk, 0));
        assert_int_equal(talk.error, ERROR_FILE_NOT_FOUND);
        must_refuse(ERROR_SERVICE_NOT_ACTIVE, "stop", "MsiWatch");
    }
    run_well("msiwatchd uninstall");
    assert_int_equal(service_state(), 0);
}

static void uninstall_stops_it_first(void **state)
{
    (void)state;
    run_well("msiwatchd install --unsafe-image");
    run_well("msiwatchd start");
    run_well("msiwatchd uninstall");
    assert_int_equal(service_state(), 0);
    run_well("msiwatchd install --unsafe-image");
    run_well("msiwatchd uninstall");
}

/* The service's entry; valid until the next call. */
static const QUERY_SERVICE_CONFIGA *must_read_config(void)
{
    static union {
        QUERY_SERVICE_CONFIGA config;
        char room[4096];
    } u;
    DWORD needed;
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceA(manager, "MsiWatch", SERVICE_QUERY_CONFIG);
    must(QueryServiceConfigA(service, &u.config, sizeof u, &needed), "config: error %lu",
         GetLastError());
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return &u.config;
}

static void its_entry_is_quoted_automatic_and_local_system(void **state)
{
    (void)state;
    run_well("msiwatchd install --unsafe-image --flapping 100");
    const QUERY_SERVICE_CONFIGA *config = must_read_config();
    const char *path = config->lpBinaryPathName;
    must(path[0] == '"' && strstr(path, "\\msiwatchd.exe\" ") != NULL, "not quoted: %s", path);
    assert_non_null(strstr(path, "--flapping 100"));
    assert_int_equal(config->dwStartType, SERVICE_AUTO_START);
    assert_int_equal(config->dwServiceType, SERVICE_WIN32_OWN_PROCESS);
    assert_string_equal(config->lpServiceStartName, "LocalSystem");
    run_well("msiwatchd uninstall");
}

static void options_given_to_install_reach_the_service(void **state)
{
    (void)state;
    run_well("msiwatchd install --unsafe-image --pipe service-test --data \"C:\\service test\"");
    run_well("msiwatchd start");
    assert_non_null(strstr(run_well("msiwatchd query")->out, "\\\\.\\pipe\\service-test"));
    must(WaitNamedPipeA("\\\\.\\pipe\\service-test", 1000), "no such pipe: error %lu",
         GetLastError());
    assert_int_not_equal(GetFileAttributesA("C:\\service test\\msiwatchd.log"),
                         INVALID_FILE_ATTRIBUTES);
    run_well("msiwatchd uninstall");
}

static void bad_command_lines_say_what_is_wrong_and_do_nothing(void **state)
{
    static const struct {
        const char *arguments, *words;
    } cases[] = {
        {"", "command"},
        {"frobnicate", "frobnicate"},
        {"install --frobnicate 1", "--frobnicate"},
        {"install --flapping", "--flapping"},
        {"install --flapping 1", "--flapping"},
        {"install --flapping ten", "ten"},
        {"install --signals maybe", "maybe"},
        {"install --log loud", "loud"},
        {"install --interval-busy 0", "--interval-busy"},
        {"install --data relative", "--data"},
        {"install now", "now"},
        {"uninstall --pipe x", "uninstall"},
        {"start --pipe x", "start"},
        {"stop it", "stop"},
        {"query me", "query"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        must_refuse(ERROR_INVALID_PARAMETER, cases[i].arguments, cases[i].words);
        assert_int_equal(service_state(), 0);
    }
    /* Its log is on stderr here. */
    const struct child_result *result = run("msiwatchd run --pipe a/b --data C:\\service-test");
    assert_int_equal(result->exit_code, ERROR_INVALID_PARAMETER);
    assert_non_null(strstr(result->err, "a/b"));
}

static void help_and_version_are_no_failures(void **state)
{
    (void)state;
    assert_non_null(strstr(run_well("msiwatchd --help")->out, "--interval-busy"));
    assert_non_null(strstr(run_well("msiwatchd install --unsafe-image --help")->out, "--signals"));
    assert_non_null(strstr(run_well("msiwatchd --version")->out, "msiwatchd "));
}

static void what_the_manager_runs_is_not_for_consoles(void **state)
{
    (void)state;
    const struct child_result *result = run("msiwatchd service");
    assert_int_equal(result->exit_code, ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
    assert_non_null(strstr(result->err, "msiwatchd run"));
}

/* The entry is changed behind its back, to a pipe name that cannot be. */
static void a_service_that_cannot_start_says_why_to_the_manager(void **state)
{
    char command[2048];
    (void)state;
    run_well("msiwatchd install --unsafe-image");
    snprintf(command, sizeof command, "%s --pipe a/b", must_read_config()->lpBinaryPathName);
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceA(manager, "MsiWatch",
                                     SERVICE_CHANGE_CONFIG | SERVICE_QUERY_STATUS);
    must(ChangeServiceConfigA(service, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE,
                              command, NULL, NULL, NULL, NULL, NULL, NULL),
         "changing the entry: error %lu", GetLastError());
    must_refuse(ERROR_INVALID_PARAMETER, "start", "log");
    SERVICE_STATUS status;
    must(QueryServiceStatus(service, &status), "status: error %lu", GetLastError());
    assert_int_equal(status.dwCurrentState, SERVICE_STOPPED);
    assert_int_equal(status.dwWin32ExitCode, ERROR_SERVICE_SPECIFIC_ERROR);
    assert_int_equal(status.dwServiceSpecificExitCode, ERROR_INVALID_PARAMETER);
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    run_well("msiwatchd uninstall");
}

/* What a system does not know is done without; what it refuses is not. */
static void a_configuration_that_is_refused_fails(void **state)
{
    static const DWORD parts = SERVICE_CHANGE_CONFIG | SERVICE_START, access = WRITE_DAC;
    (void)state;
    run_well("msiwatchd install --unsafe-image");
    SC_HANDLE manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE all = OpenServiceA(manager, "MsiWatch", parts | access);
    SC_HANDLE no_parts = OpenServiceA(manager, "MsiWatch", access);
    must(all != NULL && no_parts != NULL, "error %lu", GetLastError());
    assert_int_equal(scm_configure(all), ERROR_SUCCESS);
    assert_int_equal(scm_configure(no_parts), ERROR_ACCESS_DENIED);
    CloseServiceHandle(all);
    CloseServiceHandle(no_parts);
    CloseServiceHandle(manager);
    run_well("msiwatchd uninstall");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_service_that_is_not_there_cannot_be_used, service_end),
        cmocka_unit_test_teardown(its_life_from_install_to_uninstall, service_end),
        cmocka_unit_test_teardown(uninstall_stops_it_first, service_end),
        cmocka_unit_test_teardown(its_entry_is_quoted_automatic_and_local_system, service_end),
        cmocka_unit_test_teardown(options_given_to_install_reach_the_service, service_end),
        cmocka_unit_test_teardown(bad_command_lines_say_what_is_wrong_and_do_nothing, service_end),
        cmocka_unit_test(help_and_version_are_no_failures),
        cmocka_unit_test(what_the_manager_runs_is_not_for_consoles),
        cmocka_unit_test_teardown(a_service_that_cannot_start_says_why_to_the_manager, service_end),
        cmocka_unit_test_teardown(a_configuration_that_is_refused_fails, service_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
