/* host_test.c: what the service says to the service control manager, and does when that says
 * something: also what no manager can be made to say, a resume from sleep and a shutdown.
 *
 * The test plays the manager: scm_host.c's calls of it come here, for the linker takes these
 * pointers instead of advapi32's. The service behind it is the real one, in this process.
 */
#include "fixture.h"

#include "base/scm_name.h"
#include "host/scm_service.h"

#include <string.h>

#define REPORTS 64u
#define PROGRESS_MS 60000u /* nothing takes so long */

static struct {
    SRWLOCK lock; /* guards all below */
    CONDITION_VARIABLE changed;
    SERVICE_STATUS reports[REPORTS];
    size_t count;
    LPHANDLER_FUNCTION_EX handler;
    bool answered; /* its pipe, when it said that it runs */
} manager = {.lock = SRWLOCK_INIT, .changed = CONDITION_VARIABLE_INIT};

static HANDLE service;

/* ---- advapi32's place ---- */

static SERVICE_STATUS_HANDLE WINAPI take_handler(LPCWSTR name, LPHANDLER_FUNCTION_EX handler,
                                                 LPVOID context)
{
    (void)context;
    if (wcscmp(name, SCM_NAME_WIDE) != 0) {
        return NULL;
    }
    manager.handler = handler;
    return (SERVICE_STATUS_HANDLE)&manager;
}

static BOOL WINAPI take_report(SERVICE_STATUS_HANDLE handle, LPSERVICE_STATUS eventlog)
{
    struct talk talk;
    bool answers = false;
    if (eventlog->dwCurrentState == SERVICE_RUNNING && talk_open(&talk, 0)) {
        answers = true;
        talk_close(&talk);
    }
    AcquireSRWLockExclusive(&manager.lock);
    bool taken = (void *)handle == &manager && manager.count < REPORTS;
    if (taken) {
        manager.answered = manager.answered || answers;
        manager.reports[manager.count++] = *eventlog;
    }
    ReleaseSRWLockExclusive(&manager.lock);
    WakeAllConditionVariable(&manager.changed);
    return taken;
}

/* As the real one, returns when the service has stopped. */
static BOOL WINAPI dispatch(const SERVICE_TABLE_ENTRYW *table)
{
    table->lpServiceProc(0, NULL);
    return TRUE;
}

extern SERVICE_STATUS_HANDLE(WINAPI *__imp_RegisterServiceCtrlHandlerExW)(LPCWSTR,
                                                                          LPHANDLER_FUNCTION_EX,
                                                                          LPVOID);
extern BOOL(WINAPI *__imp_SetServiceStatus)(SERVICE_STATUS_HANDLE, LPSERVICE_STATUS);
extern BOOL(WINAPI *__imp_StartServiceCtrlDispatcherW)(const SERVICE_TABLE_ENTRYW *);

SERVICE_STATUS_HANDLE(WINAPI *__imp_RegisterServiceCtrlHandlerExW)
(LPCWSTR, LPHANDLER_FUNCTION_EX, LPVOID) = take_handler;
BOOL(WINAPI *__imp_SetServiceStatus)(SERVICE_STATUS_HANDLE, LPSERVICE_STATUS) = take_report;
BOOL(WINAPI *__imp_StartServiceCtrlDispatcherW)(const SERVICE_TABLE_ENTRYW *) = dispatch;

/* ---- what it was told ---- */

/* The report with which the service reached that state; the test fails if it does not. */
static SERVICE_STATUS must_reach(DWORD state)
{
    ULONGLONG until = GetTickCount64() + PROGRESS_MS;
    SERVICE_STATUS last = {0};
    AcquireSRWLockExclusive(&manager.lock);
    for (;;) {
        last = manager.reports[manager.count == 0 ? 0 : manager.count - 1];
        if (last.dwCurrentState == state || GetTickCount64() >= until) {
            break;
        }
        SleepConditionVariableSRW(&manager.changed, &manager.lock, 1000, 0);
    }
    ReleaseSRWLockExclusive(&manager.lock);
    must(last.dwCurrentState == state, "the state is %lu and not %lu", last.dwCurrentState, state);
    return last;
}

static DWORD WINAPI serve(void *arg)
{
    static char calm[] = "--interval-calm=60000";
    static char *options[] = {calm};
    struct configuration configuration = {NULL, 1, options, .console = false};
    (void)arg;
    return scm_host_run(&configuration);
}

static int begin(void **state)
{
    (void)state;
    service = CreateThread(NULL, 0, serve, NULL, 0, NULL);
    return service == NULL ? -1 : 0;
}

static void until_the_pipe_answers_there_is_progress(void **state)
{
    (void)state;
    SERVICE_STATUS running = must_reach(SERVICE_RUNNING);
    assert_true(manager.answered);
    assert_int_equal(running.dwServiceType, SERVICE_WIN32_OWN_PROCESS);
    assert_int_equal(running.dwControlsAccepted, SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN |
                                                     SERVICE_ACCEPT_POWEREVENT |
                                                     SERVICE_ACCEPT_PARAMCHANGE);
    assert_int_equal(running.dwCheckPoint, 0);
    assert_in_range(manager.count, 3, REPORTS);
    for (DWORD i = 0; i + 1 < manager.count; i++) {
        assert_int_equal(manager.reports[i].dwCurrentState, SERVICE_START_PENDING);
        assert_int_equal(manager.reports[i].dwControlsAccepted, 0);
        assert_int_equal(manager.reports[i].dwCheckPoint, i + 1);
        assert_in_range(manager.reports[i].dwWaitHint, 1000, 30000);
    }
}

static DWORD send_control(DWORD control, DWORD type)
{
    return manager.handler(control, type, NULL, NULL);
}

static int64_t samples(struct talk *talk)
{
    yyjson_doc *doc = talk_ask(talk, "metrics", NULL, PROGRESS_MS);
    int64_t count = talk_number(doc, "/result/samples_total");
    yyjson_doc_free(doc);
    return count;
}

/* How many there are once no more come, which was so at the start: sensors begin with hints. */
static int64_t must_be_calm(struct talk *talk)
{
    ULONGLONG until = GetTickCount64() + PROGRESS_MS / 2;
    int64_t before, now = samples(talk);
    do {
        must(GetTickCount64() < until, "it looks again and again");
        before = now;
        Sleep(300);
        now = samples(talk);
    } while (now != before);
    return now;
}

/* The interval is a minute, and nothing else happens. */
static void a_resume_from_sleep_makes_it_look_at_once(void **state)
{
    static const DWORD others[] = {PBT_APMSUSPEND, PBT_APMPOWERSTATUSCHANGE};
    static const DWORD resumes[] = {PBT_APMRESUMEAUTOMATIC, PBT_APMRESUMESUSPEND};
    struct talk talk;
    (void)state;
    must(talk_open(&talk, 1000), "its pipe: error %lu", talk.error);
    int64_t before = must_be_calm(&talk);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(send_control(SERVICE_CONTROL_POWEREVENT, others[i]), NO_ERROR);
    }
    assert_int_equal(must_be_calm(&talk), before);
    for (int i = 0; i < 2; i++) {
        ULONGLONG until = GetTickCount64() + PROGRESS_MS / 2;
        assert_int_equal(send_control(SERVICE_CONTROL_POWEREVENT, resumes[i]), NO_ERROR);
        while (samples(&talk) < before + i + 1) {
            must(GetTickCount64() < until, "it did not look");
            Sleep(1);
        }
    }
    assert_int_equal(samples(&talk), before + 2);
    talk_close(&talk);
}

static void other_controls_are_answered(void **state)
{
    (void)state;
    assert_int_equal(send_control(SERVICE_CONTROL_INTERROGATE, 0), NO_ERROR);
    assert_int_equal(send_control(SERVICE_CONTROL_PARAMCHANGE, 0), NO_ERROR);
    assert_int_equal(send_control(SERVICE_CONTROL_PAUSE, 0), ERROR_CALL_NOT_IMPLEMENTED);
    assert_int_equal(send_control(200, 0), ERROR_CALL_NOT_IMPLEMENTED);
    must_reach(SERVICE_RUNNING);
}

static void a_shutdown_stops_it_and_stopped_is_the_last_word(void **state)
{
    (void)state;
    size_t before = manager.count;
    assert_int_equal(send_control(SERVICE_CONTROL_SHUTDOWN, 0), NO_ERROR);
    SERVICE_STATUS stopped = must_reach(SERVICE_STOPPED);
    assert_int_equal(stopped.dwWin32ExitCode, NO_ERROR);
    assert_int_equal(stopped.dwControlsAccepted, 0);
    assert_int_equal(manager.reports[before].dwCurrentState, SERVICE_STOP_PENDING);
    assert_in_range(manager.reports[before].dwWaitHint, 1000, 30000);
    size_t count = manager.count;
    assert_int_equal(WaitForSingleObject(service, PROGRESS_MS), WAIT_OBJECT_0);
    DWORD code = 1;
    assert_true(GetExitCodeThread(service, &code));
    assert_int_equal(code, ERROR_SUCCESS);
    assert_int_equal(manager.count, count);
    CloseHandle(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* one life, in this order */
        cmocka_unit_test(until_the_pipe_answers_there_is_progress),
        cmocka_unit_test(a_resume_from_sleep_makes_it_look_at_once),
        cmocka_unit_test(other_controls_are_answered),
        cmocka_unit_test(a_shutdown_stops_it_and_stopped_is_the_last_word),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}
