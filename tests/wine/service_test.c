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

/* A manager that plays Windows' documented rules for ChangeServiceConfig2: the handle needs
 * SERVICE_CHANGE_CONFIG, and for a restart SERVICE_START as well. Wine's answers none of these
 * queries (124). */
static struct {
    DWORD access; /* of the open handle */
    unsigned opened, changes;
    SC_ACTION actions[3];
    DWORD action_count, reset_s, sid;
    BOOL also_stops;
    wchar_t privileges[64];
} played;

static SC_HANDLE WINAPI played_open_manager(LPCWSTR machine, LPCWSTR database, DWORD access)
{
    (void)machine;
    (void)database;
    (void)access;
    played.opened++;
    return (SC_HANDLE)&played;
}

static SC_HANDLE WINAPI played_open(SC_HANDLE manager, LPCWSTR name, DWORD access)
{
    (void)manager;
    (void)name;
    played.opened++;
    played.access = access;
    return (SC_HANDLE)&played;
}

static BOOL WINAPI played_close(SC_HANDLE handle)
{
    (void)handle;
    played.opened--;
    return TRUE;
}

static BOOL WINAPI played_query(SC_HANDLE service, DWORD level, LPBYTE out, DWORD size,
                                LPDWORD needed)
{
    (void)service;
    memset(out, 0, size);
    *needed = 0;
    if ((played.access & SERVICE_QUERY_CONFIG) == 0) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    switch (level) {
    case SERVICE_CONFIG_FAILURE_ACTIONS: {
        SERVICE_FAILURE_ACTIONSW *to = (SERVICE_FAILURE_ACTIONSW *)(void *)out;
        *to = (SERVICE_FAILURE_ACTIONSW){played.reset_s, NULL, NULL, played.action_count,
                                         played.actions};
        return TRUE;
    }
    case SERVICE_CONFIG_SERVICE_SID_INFO:
        ((SERVICE_SID_INFO *)(void *)out)->dwServiceSidType = played.sid;
        return TRUE;
    case SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO:
        ((SERVICE_REQUIRED_PRIVILEGES_INFOW *)(void *)out)->pmszRequiredPrivileges =
            played.privileges[0] == L'\0' ? NULL : played.privileges;
        return TRUE;
    default:
        SetLastError(ERROR_INVALID_LEVEL);
        return FALSE;
    }
}

static BOOL WINAPI played_change(SC_HANDLE service, DWORD level, LPVOID information)
{
    const SERVICE_FAILURE_ACTIONSW *failure = information;
    (void)service;
    bool restarts = level == SERVICE_CONFIG_FAILURE_ACTIONS && failure->cActions > 0;
    if ((played.access & SERVICE_CHANGE_CONFIG) == 0 ||
        (restarts && (played.access & SERVICE_START) == 0)) {
        SetLastError(ERROR_ACCESS_DENIED);
        return FALSE;
    }
    played.changes++;
    switch (level) {
    case SERVICE_CONFIG_FAILURE_ACTIONS:
        assert_true(failure->cActions <= 3);
        played.action_count = failure->cActions;
        played.reset_s = failure->dwResetPeriod;
        memcpy(played.actions, failure->lpsaActions, failure->cActions * sizeof(SC_ACTION));
        return TRUE;
    case SERVICE_CONFIG_FAILURE_ACTIONS_FLAG:
        played.also_stops =
            ((SERVICE_FAILURE_ACTIONS_FLAG *)information)->fFailureActionsOnNonCrashFailures;
        return TRUE;
    case SERVICE_CONFIG_SERVICE_SID_INFO:
        played.sid = ((SERVICE_SID_INFO *)information)->dwServiceSidType;
        return TRUE;
    case SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO:
        memcpy(played.privileges,
               ((SERVICE_REQUIRED_PRIVILEGES_INFOW *)information)->pmszRequiredPrivileges,
               sizeof L"SeChangeNotifyPrivilege");
        return TRUE;
    default:
        SetLastError(ERROR_INVALID_LEVEL);
        return FALSE;
    }
}

static const struct scm_calls played_calls = {played_open_manager, played_open, played_query,
                                              played_change, played_close};

/* Windows Installer's own tables for these fail on real systems, so the service looks itself. */
static void a_start_sets_what_is_missing_of_its_entry(void **state)
{
    (void)state;
    memset(&played, 0, sizeof played);
    scm_configure_complete(&played_calls, NULL);
    assert_int_equal(played.action_count, 3);
    assert_int_equal(played.actions[0].Type, SC_ACTION_RESTART);
    assert_int_equal(played.actions[0].Delay, 1000);
    assert_true(played.also_stops);
    assert_int_equal(played.sid, SERVICE_SID_TYPE_UNRESTRICTED);
    assert_int_equal(wcscmp(played.privileges, L"SeChangeNotifyPrivilege"), 0);
    assert_int_equal(played.opened, 0); /* no handle is left that would hold up a removal */
    unsigned changes = played.changes;
    scm_configure_complete(&played_calls, NULL);
    assert_int_equal(played.changes, changes); /* and the next one has nothing to do */
}

static void a_start_leaves_what_an_administrator_has_set(void **state)
{
    (void)state;
    memset(&played, 0, sizeof played);
    played.action_count = 1;
    played.actions[0] = (SC_ACTION){SC_ACTION_NONE, 4321};
    played.sid = SERVICE_SID_TYPE_RESTRICTED;
    wcscpy(played.privileges, L"SeDebugPrivilege");
    scm_configure_complete(&played_calls, NULL);
    assert_int_equal(played.changes, 0);
    assert_int_equal(played.opened, 0);
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
        cmocka_unit_test(a_start_sets_what_is_missing_of_its_entry),
        cmocka_unit_test(a_start_leaves_what_an_administrator_has_set),
        cmocka_unit_test_teardown(options_given_to_install_reach_the_service, service_end),
        cmocka_unit_test_teardown(bad_command_lines_say_what_is_wrong_and_do_nothing, service_end),
        cmocka_unit_test(help_and_version_are_no_failures),
        cmocka_unit_test(what_the_manager_runs_is_not_for_consoles),
        cmocka_unit_test_teardown(a_service_that_cannot_start_says_why_to_the_manager, service_end),
        cmocka_unit_test_teardown(a_configuration_that_is_refused_fails, service_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
