/* never_in_the_way_test.c: the product's first promise: the installer's mutex is looked at, never
 * taken, waited on or kept alive; and what cannot be read is never called idle. */
#include "fixture.h"

#include <sddl.h>
#include <string.h>

/* May query, nothing else: no waiting (SYNCHRONIZE), so no acquiring either. With an owner that is
 * nobody here: to an object's owner Wine grants SYNCHRONIZE whatever the DACL says. */
#define QUERY_ONLY "O:SYG:SYD:(A;;0x0001;;;WD)"
#define NOBODY "O:SYG:SYD:"

static int begin(void **state)
{
    (void)state;
    msiserver_must_be(0);
    service_must_begin("");
    return 0;
}

static int begin_at_full_speed(void **state)
{
    (void)state;
    msiserver_must_be(STANDIN_STOP_SHUTDOWN);
    service_must_begin("--interval-alert 1 --interval-busy 1 --interval-waited 1");
    return 0;
}

static void a_mutex_that_may_only_be_queried_gives_the_right_verdicts(void **state)
{
    struct talk talk;
    static struct holder holder;
    (void)state;
    must_open(&talk);
    must_become_status(&talk, "idle", "", "absent", "stopped");
    holder_open(&holder, QUERY_ONLY);
    /* What the test stands on. */
    assert_null(OpenMutexA(SYNCHRONIZE, FALSE, RIG_MUTEX));
    assert_int_equal(GetLastError(), ERROR_ACCESS_DENIED);
    for (int i = 0; i < 3; i++) {
        must_become_status(&talk, "idle", "", "free", NULL);
        holder_take(&holder);
        must_become_status(&talk, "busy", "mutex", "held", NULL);
        holder_release(&holder);
    }
    must_become_status(&talk, "idle", "", "free", NULL);
    holder_close(&holder);
    must_become_status(&talk, "idle", "", "absent", NULL);
    talk_close(&talk);
}

/* How long after `closed` the object could still be opened, in ms; 0 if it never could. Found at a
 * time before the attempt, so a test that was itself held up does not count against the service. */
static int64_t outlived_by(int64_t closed)
{
    int64_t found = 0;
    for (;;) {
        int64_t now = rig_now_ms();
        HANDLE mutex = OpenMutexA(SYNCHRONIZE, FALSE, RIG_MUTEX);
        if (mutex == NULL) {
            assert_int_equal(GetLastError(), ERROR_FILE_NOT_FOUND);
            return found;
        }
        CloseHandle(mutex);
        found = now - closed;
        must(found < LIMIT_MS, "the mutex outlives its last owner's handle");
    }
}

/* The status makes the service look. It looks again a second later: a handle kept from one look to
 * the next would be found here. */
static void the_mutex_is_gone_50_ms_after_its_last_owner_closed_it(void **state)
{
    struct talk talk;
    static struct holder holder;
    int64_t longest = 0;
    (void)state;
    must_open(&talk);
    for (int i = 0; i < 10; i++) {
        holder_open(&holder, NULL);
        if (i % 2 == 0) {
            holder_take(&holder);
            must_become_status(&talk, "busy", "mutex", "held", NULL);
            holder_release(&holder);
        }
        must_become_status(&talk, "idle", "", "free", NULL);
        int64_t outlived = outlived_by(holder_close(&holder));
        longest = outlived > longest ? outlived : longest;
    }
    print_message("the mutex outlived its owner's handle by at most %d ms\n", (int)longest);
    assert_in_range(longest, 0, 50);
    assert_int_equal(service_state(), SERVICE_RUNNING);
    talk_close(&talk);
}

static void a_mutex_that_nobody_may_open_is_unknown_and_never_idle(void **state)
{
    struct talk talk;
    static struct holder holder;
    static struct watcher watcher;
    size_t first, last;
    (void)state;
    must_open(&talk);
    must_become_status(&talk, "idle", "", "absent", NULL);
    must_watch(&watcher);
    holder_open(&holder, NOBODY);
    must_become_status(&talk, "unknown", "", "denied", NULL);
    for (int i = 0; i < 3; i++) {
        holder_take(&holder);
        must_become_status(&talk, "unknown", "", "denied", NULL);
        holder_release(&holder);
        must_become_status(&talk, "unknown", "", "denied", NULL);
    }
    holder_close(&holder);
    must_become_status(&talk, "idle", "", "absent", NULL);
    must(watcher_await(&watcher, 0, "unknown", LIMIT_MS, &first), "no event to unknown");
    must(watcher_await(&watcher, 0, "idle", LIMIT_MS, &last), "no event to idle");
    assert_int_equal(first, 0);
    assert_int_equal(last, 1);
    assert_true(watcher_is_whole(&watcher));
    watcher_stop(&watcher);
    talk_close(&talk);
}

static void an_abandoned_mutex_is_idle(void **state)
{
    struct talk talk;
    static struct holder holder;
    (void)state;
    must_open(&talk);
    holder_open(&holder, NULL);
    holder_take(&holder);
    must_become_status(&talk, "busy", "mutex", "held", NULL);
    holder_abandon(&holder);
    must_become_status(&talk, "idle", "", "abandoned", NULL);
    /* Taken again, it is an ordinary one. */
    holder_take(&holder);
    must_become_status(&talk, "busy", "mutex", "held", NULL);
    holder_close(&holder);
    must_become_status(&talk, "idle", "", "absent", NULL);
    talk_close(&talk);
}

static void an_installer_that_does_not_wait_is_never_refused(void **state)
{
    struct talk talk;
    const char *attempts = "attempts 2000 failed 0\n";
    (void)state;
    must_open(&talk);
    /* Somebody waits for what will not come, so that it looks as often as it ever does. */
    assert_true(talk_request(&talk, "wait", "{\"for\":\"idle\",\"settle_ms\":3600000}") > 0);
    assert_string_equal(run_well("msirig grab --attempts 2000")->out, attempts);
    talk_close(&talk);
    must_open(&talk);
    struct gaps gaps = must_ask_gaps(&talk);
    gaps_print(&gaps);
    talk_close(&talk);
}

/* ---- sabotage ---- */

/* An object of SYSTEM's that anybody may do anything with. */
static SECURITY_ATTRIBUTES *systems(void)
{
    static SECURITY_ATTRIBUTES attributes = {.nLength = sizeof attributes};
    if (attributes.lpSecurityDescriptor == NULL) {
        assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorA(
            "O:SYG:SYD:(A;;GA;;;WD)", SDDL_REVISION_1, &attributes.lpSecurityDescriptor, NULL));
    }
    return &attributes;
}

static HANDLE make_event(void)
{
    return CreateEventA(systems(), TRUE, FALSE, RIG_MUTEX);
}

static HANDLE make_semaphore(void)
{
    return CreateSemaphoreA(systems(), 0, 1, RIG_MUTEX);
}

static HANDLE make_section(void)
{
    return CreateFileMappingA(INVALID_HANDLE_VALUE, systems(), PAGE_READWRITE, 0, 4096, RIG_MUTEX);
}

static HANDLE make_timer(void)
{
    return CreateWaitableTimerA(systems(), TRUE, RIG_MUTEX);
}

static HANDLE make_job(void)
{
    return CreateJobObjectA(systems(), RIG_MUTEX);
}

static HANDLE (*const kinds[])(void) = {make_event, make_semaphore, make_section, make_timer,
                                        make_job};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void what_is_no_mutex_is_named_with_its_owner(void **state)
{
    struct talk talk;
    (void)state;
    must_open(&talk);
    for (int i = 0; i < KINDS; i++) {
        HANDLE object = kinds[i]();
        assert_non_null(object);
        must_become_status(&talk, "unknown", "", "not_a_mutex", NULL);
        yyjson_doc *doc = talk_ask(&talk, "status", NULL, LIMIT_MS);
        const char *owner = talk_text(doc, "/result/mutex/object_owner");
        CloseHandle(object);
        must(strcmp(owner, "S-1-5-18") == 0, "kind %d is somebody else's: '%s'", i, owner);
        yyjson_doc_free(doc);
        must_become_status(&talk, "idle", "", "absent", NULL);
    }
    talk_close(&talk);
}

/* Lines of the service's log that name the mutex. */
static unsigned count_lines(void)
{
    static char log[1 << 20];
    HANDLE file = CreateFileA("C:\\ProgramData\\MsiWatch\\msiwatchd.log", GENERIC_READ,
                              FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    DWORD size = 0;
    assert_true(file != INVALID_HANDLE_VALUE);
    assert_true(ReadFile(file, log, sizeof log - 1, &size, NULL));
    CloseHandle(file);
    log[size] = '\0';
    unsigned lines = 0;
    for (const char *at = log; (at = strstr(at, "_MSIExecute")) != NULL; at++) {
        lines++;
    }
    return lines;
}

static void what_lies_under_the_name_in_turn_makes_few_lines_of_log(void **state)
{
    struct talk talk;
    (void)state;
    must_open(&talk);
    unsigned before = count_lines();
    assert_true(before > 0); /* of the tests before this one */
    for (int i = 0; i < 60; i++) {
        HANDLE object = kinds[i % KINDS]();
        assert_non_null(object);
        must_become_status(&talk, NULL, NULL, "not_a_mutex", NULL);
        CloseHandle(object);
        must_become_status(&talk, NULL, NULL, "absent", NULL);
    }
    unsigned lines = count_lines() - before;
    print_message("%u lines\n", lines);
    assert_in_range(lines, 0, 8); /* four a minute */
    talk_close(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mutex_that_may_only_be_queried_gives_the_right_verdicts),
        cmocka_unit_test(the_mutex_is_gone_50_ms_after_its_last_owner_closed_it),
        cmocka_unit_test(a_mutex_that_nobody_may_open_is_unknown_and_never_idle),
        cmocka_unit_test(an_abandoned_mutex_is_idle),
        cmocka_unit_test(what_is_no_mutex_is_named_with_its_owner),
        cmocka_unit_test(what_lies_under_the_name_in_turn_makes_few_lines_of_log),
    };
    const struct CMUnitTest tests_at_full_speed[] = {
        cmocka_unit_test(an_installer_that_does_not_wait_is_never_refused),
    };
    int failed = cmocka_run_group_tests(tests, begin, service_end);
    return failed + cmocka_run_group_tests(tests_at_full_speed, begin_at_full_speed, service_end);
}
