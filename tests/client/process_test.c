/* process_test.c: programs that need administrator's rights, on a simulated Windows, because Wine
 * gives every program all rights. */
#include "client_test.h"

#include "cli/run/process_win32.h"
#include "lib/codes.h"

#include <stdlib.h>
#include <string.h>

/* The simulated Windows. */
static struct {
    DWORD create_error, elevate_error;
    wchar_t program[MAX_PATH], line[256], file[MAX_PATH], parameters[256];
    unsigned creates, elevates;
    DWORD mask;
} windows;

static BOOL played_create(const wchar_t *program, wchar_t *line, PROCESS_INFORMATION *out)
{
    STARTUPINFOW start = {.cb = sizeof start};
    windows.creates++;
    wcsncpy(windows.program, program, MAX_PATH - 1);
    wcsncpy(windows.line, line, 255);
    line[0] = L'?'; /* CreateProcessW may do that */
    if (windows.create_error != 0) {
        SetLastError(windows.create_error);
        return FALSE;
    }
    wchar_t cmd[] = L"cmd /c exit 5";
    return CreateProcessW(NULL, cmd, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL, &start, out);
}

static BOOL played_elevate(SHELLEXECUTEINFOW *what)
{
    STARTUPINFOW start = {.cb = sizeof start};
    PROCESS_INFORMATION made;
    windows.elevates++;
    windows.mask = what->fMask;
    wcsncpy(windows.file, what->lpFile, MAX_PATH - 1);
    wcsncpy(windows.parameters, what->lpParameters, 255);
    assert_true(wcscmp(what->lpVerb, L"runas") == 0);
    if (windows.elevate_error != 0) {
        SetLastError(windows.elevate_error);
        return FALSE;
    }
    wchar_t cmd[] = L"cmd /c exit 6";
    assert_true(CreateProcessW(NULL, cmd, NULL, NULL, FALSE, 0, NULL, NULL, &start, &made));
    CloseHandle(made.hThread);
    what->hProcess = made.hProcess;
    return TRUE;
}

static const struct process_calls played = {played_create, played_elevate};

static struct process *make(const wchar_t *text)
{
    struct process *process;
    struct text label = {0};
    memset(&windows, 0, sizeof windows);
    assert_int_equal(process_new_of(&process, text, &played, &label), CODE_OK);
    text_release(&label);
    return process;
}

static uint32_t end_of(struct process *process)
{
    uint32_t code = 0;
    bool pressed = true;
    assert_int_equal(process_wait(process, &code, &pressed), CODE_OK);
    assert_false(pressed);
    process_wait_family(process, 5000);
    process_free(process);
    return code;
}

static void it_is_started_as_it_was_written(void **state)
{
    (void)state;
    wchar_t msiexec[MAX_PATH];
    GetSystemDirectoryW(msiexec, MAX_PATH);
    wcscat(msiexec, L"\\msiexec.exe");
    struct process *process = make(L"msiexec /i x.msi P=\"a b\"");
    assert_int_equal(process_start(process, NULL, true), CODE_OK);
    assert_int_equal(end_of(process), 5);
    assert_true(_wcsicmp(windows.program, msiexec) == 0);
    assert_true(wcscmp(windows.line, L"msiexec /i x.msi P=\"a b\"") == 0);
    assert_int_equal(windows.elevates, 0);
}

static void who_is_at_a_console_is_asked_for_rights(void **state)
{
    (void)state;
    struct process *process = make(L"\"cmd\"  /c \"x y\" ");
    windows.create_error = CODE_NEEDS_ELEVATION;
    assert_int_equal(process_start(process, "a:1", true), CODE_OK);
    assert_int_equal(end_of(process), 6);
    assert_true(wcscmp(windows.parameters, L"  /c \"x y\" ") == 0);
    assert_true(wcsstr(windows.file, L"cmd.exe") != NULL);
    assert_true((windows.mask & SEE_MASK_NOCLOSEPROCESS) != 0);
    assert_int_equal(GetEnvironmentVariableW(L"MSIWATCH_TURN", NULL, 0), 0);
}

/* System32's msiexec installs a package, with rights, too; and a second try does the same. */
static void a_package_is_msiexecs_with_rights_too(void **state)
{
    (void)state;
    static const struct {
        const wchar_t *text, *parameters;
    } cases[] = {
        {L"x.msi /qn P=\"a b\"", L" /i x.msi /qn P=\"a b\""},
        {L"\"my patch.msp\"  /qn", L" /p \"my patch.msp\"  /qn"},
        {L"msiexec.exe /x x.msi", L" /x x.msi"},
    };
    wchar_t msiexec[MAX_PATH];
    GetSystemDirectoryW(msiexec, MAX_PATH);
    wcscat(msiexec, L"\\msiexec.exe");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct process *process = make(cases[i].text);
        windows.create_error = CODE_NEEDS_ELEVATION;
        for (unsigned tries = 0; tries < 2; tries++) {
            uint32_t code = 0;
            bool pressed;
            assert_int_equal(process_start(process, NULL, true), CODE_OK);
            assert_int_equal(process_wait(process, &code, &pressed), CODE_OK);
            assert_int_equal(code, 6);
            assert_true(_wcsicmp(windows.file, msiexec) == 0);
            must(wcscmp(windows.parameters, cases[i].parameters) == 0, "%ls", windows.parameters);
            assert_true(windows.line[0] != L'?');
        }
        process_free(process);
    }
}

static void nobody_is_asked_where_nobody_is(void **state)
{
    (void)state;
    struct process *process = make(L"cmd /c x");
    windows.create_error = CODE_NEEDS_ELEVATION;
    assert_int_equal(process_start(process, NULL, false), CODE_NEEDS_ELEVATION);
    assert_int_equal(windows.elevates, 0);
    process_free(process);
}

static void a_no_is_1223(void **state)
{
    (void)state;
    struct process *process = make(L"cmd /c x");
    windows.create_error = CODE_NEEDS_ELEVATION;
    windows.elevate_error = ERROR_CANCELLED;
    assert_int_equal(process_start(process, NULL, true), CODE_CANCELLED);
    process_free(process);
}

static void other_errors_come_through(void **state)
{
    (void)state;
    struct process *process = make(L"cmd /c x");
    windows.create_error = ERROR_BAD_EXE_FORMAT;
    assert_int_equal(process_start(process, NULL, true), ERROR_BAD_EXE_FORMAT);
    assert_int_equal(windows.elevates, 0);
    process_free(process);
}

int process_tests(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_started_as_it_was_written),
        cmocka_unit_test(who_is_at_a_console_is_asked_for_rights),
        cmocka_unit_test(a_package_is_msiexecs_with_rights_too),
        cmocka_unit_test(nobody_is_asked_where_nobody_is),
        cmocka_unit_test(a_no_is_1223),
        cmocka_unit_test(other_errors_come_through),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
