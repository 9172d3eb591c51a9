/* msiexec_test.c: a real msiexec installs and removes a real package, and a subscriber hears.
 *
 * Wine's msiexec does not own the mutex, so the package's own execute sequence does, for HOLD_MS
 * (tests/rig/sample.wxs). */
#include "fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HOLD_MS 2500

static int begin(void **state)
{
    (void)state;
    msiserver_must_be(0);
    service_must_begin("");
    return 0;
}

static const char *package(void)
{
    static char path[MAX_PATH];
    snprintf(path, sizeof path, "%s", fixture_rig());
    snprintf(strrchr(path, '\\') + 1, 16, "sample.msi");
    return path;
}

/* Runs msiexec; its execute sequence must be seen as busy, once, for as long as it takes. */
static void must_be_seen(const char *what)
{
    struct talk talk;
    static struct watcher watcher;
    size_t busy, idle;
    must_open(&talk);
    must_become_status(&talk, "idle", "", "absent", NULL);
    must_watch(&watcher);
    assert_string_equal(watcher.state, "idle");
    int64_t begun = rig_now_ms();
    run_well("msiexec %s \"%s\" HOLD_MS=%d /qn", what, package(), HOLD_MS);
    int64_t ended = rig_now_ms();
    must(watcher_await(&watcher, 0, "busy", LIMIT_MS, &busy), "never busy");
    must(watcher_await(&watcher, busy, "idle", LIMIT_MS, &idle), "never idle again");
    struct seen first = watcher_event(&watcher, busy), second = watcher_event(&watcher, idle);
    struct gaps gaps = must_ask_gaps(&talk);
    gaps_print(&gaps);
    print_message("msiexec %s: busy for %" PRId64 " ms\n", what, second.after_ms);
    assert_int_equal(watcher_count(&watcher), 2);
    assert_true(watcher_is_whole(&watcher));
    assert_string_equal(first.from, "idle");
    assert_string_equal(first.reasons, "mutex");
    must(first.at_ms >= begun - gaps.slack && first.at_ms <= ended, "busy while msiexec ran");
    must(second.at_ms <= ended + gaps_most(&gaps) + gaps.slack, "idle when it was over");
    must(second.after_ms >= HOLD_MS - gaps.calm - gaps.slack &&
             second.after_ms <= ended - begun + gaps_most(&gaps) + gaps.slack,
         "for as long as the mutex was owned");
    watcher_stop(&watcher);
    talk_close(&talk);
}

static void an_installation_is_idle_busy_idle(void **state)
{
    (void)state;
    must_be_seen("/i");
    assert_int_not_equal(GetFileAttributesA("C:\\Program Files\\MsiWatch Sample\\msirig.exe"),
                         INVALID_FILE_ATTRIBUTES);
}

static void a_removal_is_idle_busy_idle(void **state)
{
    (void)state;
    must_be_seen("/x");
    assert_int_equal(GetFileAttributesA("C:\\Program Files\\MsiWatch Sample\\msirig.exe"),
                     INVALID_FILE_ATTRIBUTES);
}

/* ---- msiwatch run, and programs that the package runs ---- */

static void a_package_goes_to_windows_own_msiexec(void **state)
{
    (void)state;
    /* Wine's first program with a window begins the desktop, which stays: of that msiexec's job. */
    run_well("msiwatch run --linger 1s -- \"%s\" HOLD_MS=300 /qn", package());
    assert_int_not_equal(GetFileAttributesA("C:\\Program Files\\MsiWatch Sample\\msirig.exe"),
                         INVALID_FILE_ATTRIBUTES);
    run_well("msiwatch run --linger 1s -- msiexec /x \"%s\" /qn HOLD_MS=1", package());
    const struct child_result *result = run("msiwatch run --settle 0 -- nosuch.msi /qn");
    must(result->exit_code != 0 && result->err[0] == '\0', "exit code %lu; %s", result->exit_code,
         result->err); /* msiexec's: 1619, or Wine's 2 */
}

#define INSIDE "C:\\inside"
#define MSIWATCH INSIDE "\\msiwatch.exe "
#define TELL MSIWATCH "run --settle 0 -- " INSIDE "\\msirig.exe tell 7"

static void must_copy(const char *name)
{
    char from[MAX_PATH], to[MAX_PATH];
    snprintf(from, sizeof from, "%s", fixture_rig());
    snprintf(strrchr(from, '\\') + 1, 16, "%s", name);
    snprintf(to, sizeof to, INSIDE "\\%s", name);
    must(CopyFileA(from, to, FALSE), "%s: error %lu", from, GetLastError());
}

/* Installs, below `msiwatch run` or not, and removes. The package's action runs these commands. */
static void must_say_inside(const char *around, const char *commands, const char *expected)
{
    char said[128];
    DeleteFileA(INSIDE "\\said.txt");
    run_well("%smsiexec /i \"%s\" HOLD_MS=1 /qn INSIDE=\"" INSIDE "\\said.txt %s\"", around,
             package(), commands);
    FILE *file = fopen(INSIDE "\\said.txt", "rb");
    must(file != NULL, "nothing was run");
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(said, expected);
    run_well("msiexec /x \"%s\" /qn HOLD_MS=1", package());
}

/* Wine's msiexec runs its actions itself, below `msiwatch run` and with MSIWATCH_TURN; --forget
 * makes it as it is on Windows. Nobody knows the mutex's owner here: what becomes of one who would
 * wait for it is shown by simulated processes (unit.turn_methods), and on Windows. */
static void a_custom_action_that_waits_holds_nothing_up(void **state)
{
    (void)state;
    CreateDirectoryA(INSIDE, NULL);
    must_copy("msirig.exe");
    must_copy("msiwatch.exe");
    must_say_inside("",
                    MSIWATCH "wait + --hold " MSIWATCH "wait --timeout 1s + " /* waits in vain */
                    TELL, /* a turn of its own */
                    "ended 0\nended 1618\nended 7\n");
    must_say_inside("msiwatch run --settle 0 --linger 0 -- ",
                    MSIWATCH "wait + --hold " TELL /* it passes through, although it is busy */
                             " + --forget --hold " TELL,
                    "ended 0\nended 7\nended 1131\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_installation_is_idle_busy_idle),
        cmocka_unit_test(a_removal_is_idle_busy_idle),
        cmocka_unit_test(a_package_goes_to_windows_own_msiexec),
        cmocka_unit_test(a_custom_action_that_waits_holds_nothing_up),
    };
    return cmocka_run_group_tests(tests, begin, service_end);
}
