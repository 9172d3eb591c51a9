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

/* Runs msiexec; its execute sequence must be seen as busy, once, for as long as it takes. */
static void must_be_seen(const char *what)
{
    char package[MAX_PATH];
    struct talk talk;
    static struct watcher watcher;
    size_t busy, idle;
    must_open(&talk);
    must_become_status(&talk, "idle", "", "absent", NULL);
    must_watch(&watcher);
    assert_string_equal(watcher.state, "idle");
    snprintf(package, sizeof package, "%s", fixture_rig());
    snprintf(strrchr(package, '\\') + 1, 16, "sample.msi");
    int64_t begun = rig_now_ms();
    run_well("msiexec %s \"%s\" HOLD_MS=%d /qn", what, package, HOLD_MS);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_installation_is_idle_busy_idle),
        cmocka_unit_test(a_removal_is_idle_busy_idle),
    };
    return cmocka_run_group_tests(tests, begin, service_end);
}
