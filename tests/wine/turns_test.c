/* turns_test.c: turns of the real service, over the real pipe: two clients, and holders in
 * processes of their own that are killed or stand still.
 *
 * Every client is the one user that Wine has, an administrator: what standard users may not do is
 * shown natively (turns.attacks). What a grant takes is printed and compared with a second, for
 * Wine's pipes and processes take their time; natively the limit is 100 ms.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

enum { LIMIT = 5000, GRANT_MS = 1000 };

#define HOLD_FILE "C:\\ProgramData\\MsiWatch\\msiwatchd.hold"

static int begin(void **state)
{
    (void)state;
    msiserver_must_be(0);
    service_must_begin("");
    return 0;
}

/* ---- a holder in a process of its own: this program, started with "holder" ---- */

static int hold_a_turn(void)
{
    struct talk talk;
    if (!talk_open(&talk, LIMIT)) {
        return 1;
    }
    yyjson_doc *doc = talk_ask(&talk, "turn.acquire", "{\"label\":\"holder\"}", LIMIT);
    bool granted = doc != NULL && talk_number(doc, "/result/turn") > 0;
    yyjson_doc_free(doc);
    Sleep(granted ? 60000 : 0);
    return 1; /* it is ended before */
}

static PROCESS_INFORMATION start_holder(struct talk *observer)
{
    char line[MAX_PATH + 16], self[MAX_PATH];
    STARTUPINFOA how = {.cb = sizeof how};
    PROCESS_INFORMATION process;
    GetModuleFileNameA(NULL, self, sizeof self);
    snprintf(line, sizeof line, "\"%s\" holder", self);
    must(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &how, &process),
         "no holder: error %lu", GetLastError());
    int64_t end = rig_now_ms() + LIMIT;
    int64_t pid = 0;
    while (pid != (int64_t)process.dwProcessId && rig_now_ms() < end) {
        yyjson_doc *doc = talk_ask(observer, "turn.list", NULL, LIMIT);
        pid = talk_number(doc, "/result/holder/pid");
        yyjson_doc_free(doc);
        Sleep(10);
    }
    must(pid == (int64_t)process.dwProcessId, "the holder's turn was not granted");
    return process;
}

static void end_holder(PROCESS_INFORMATION *process)
{
    TerminateProcess(process->hProcess, 1);
    WaitForSingleObject(process->hProcess, LIMIT);
    CloseHandle(process->hProcess);
    CloseHandle(process->hThread);
}

/* ---- clients ---- */

static void must_ask(struct talk *talk, const char *method, const char *params)
{
    yyjson_doc *doc = talk_ask(talk, method, params, LIMIT);
    must(doc != NULL && yyjson_doc_ptr_get(doc, "/result") != NULL, "%s was refused", method);
    yyjson_doc_free(doc);
}

/* Its turn is granted now; *number is set. */
static void must_be_granted(struct talk *talk, int64_t *number)
{
    int64_t begun = rig_now_ms();
    for (;;) {
        yyjson_doc *doc = talk_read(talk, LIMIT);
        must(doc != NULL, "not granted: error %lu", talk->error);
        *number = talk_number(doc, "/result/turn");
        bool reply = yyjson_doc_ptr_get(doc, "/id") != NULL;
        yyjson_doc_free(doc);
        if (reply) {
            break;
        }
    }
    int64_t took = rig_now_ms() - begun;
    print_message("granted after %d ms\n", (int)took);
    must(*number > 0 && took <= GRANT_MS, "granted after %d ms", (int)took);
}

/* Nothing but notifications comes for this long. */
static void must_wait(struct talk *talk, uint32_t ms)
{
    int64_t end = rig_now_ms() + ms;
    for (int64_t now = rig_now_ms(); now < end; now = rig_now_ms()) {
        yyjson_doc *doc = talk_read(talk, (uint32_t)(end - now));
        must(yyjson_doc_ptr_get(doc, "/id") == NULL, "answered while another one is out");
        yyjson_doc_free(doc);
    }
}

/* ---- the tests ---- */

static void two_clients_take_turns(void **state)
{
    struct talk first, second;
    int64_t number;
    (void)state;
    must_open(&first);
    must_open(&second);
    must_ask(&first, "turn.acquire", "{\"label\":\"first\"}");
    must(talk_request(&second, "turn.acquire", "{\"label\":\"second\"}") != 0, "not sent");
    yyjson_doc *told = talk_read(&second, LIMIT);
    assert_string_equal(talk_text(told, "/params/state"), "waiting");
    assert_string_equal(talk_text(told, "/params/holder/label"), "first");
    assert_int_equal(talk_number(told, "/params/holder/pid"), (int64_t)GetCurrentProcessId());
    yyjson_doc_free(told);
    must_wait(&second, 300);
    must_ask(&first, "turn.release", "{\"exit_code\":0}");
    must_be_granted(&second, &number);
    must(talk_request(&first, "turn.acquire", NULL) != 0, "not sent");
    must_wait(&first, 300);
    talk_close(&second);
    must_be_granted(&first, &number);
    talk_close(&first);
}

static void a_holder_is_killed_and_one_stands_still(void **state)
{
    struct talk waiting, administrator;
    char params[32];
    int64_t number;
    (void)state;
    must_open(&waiting);
    must_open(&administrator);
    PROCESS_INFORMATION holder = start_holder(&administrator);
    must(talk_request(&waiting, "turn.acquire", NULL) != 0, "not sent");
    must_wait(&waiting, 300);
    end_holder(&holder);
    must_be_granted(&waiting, &number);
    must_ask(&waiting, "turn.release", NULL);
    holder = start_holder(&administrator);
    must(SuspendThread(holder.hThread) != (DWORD)-1, "not suspended");
    must(talk_request(&waiting, "turn.acquire", NULL) != 0, "not sent");
    must_wait(&waiting, 500);
    yyjson_doc *doc = talk_ask(&administrator, "turn.list", NULL, LIMIT);
    snprintf(params, sizeof params, "[%d]", (int)talk_number(doc, "/result/holder/turn"));
    yyjson_doc_free(doc);
    must_ask(&administrator, "turn.revoke", params);
    must_be_granted(&waiting, &number);
    must(WaitForSingleObject(holder.hProcess, 0) == WAIT_TIMEOUT, "a revocation ended a process");
    end_holder(&holder);
    doc = talk_ask(&administrator, "metrics", NULL, LIMIT);
    assert_int_equal(talk_number(doc, "/result/turns_wedged_total"), 0);
    yyjson_doc_free(doc);
    talk_close(&waiting);
    talk_close(&administrator);
}

static void must_have_file(bool there)
{
    int64_t end = rig_now_ms() + LIMIT;
    while ((GetFileAttributesA(HOLD_FILE) != INVALID_FILE_ATTRIBUTES) != there) {
        must(rig_now_ms() < end, there ? "the hold is not kept" : "the hold's file is not removed");
        Sleep(20);
    }
}

static void a_hold_is_kept_in_the_data_folder(void **state)
{
    struct talk administrator, waiting;
    int64_t number;
    (void)state;
    must_open(&administrator);
    must_open(&waiting);
    must_ask(&administrator, "hold", "{\"why\":\"patch day\"}");
    must_have_file(true);
    must(talk_request(&waiting, "turn.acquire", NULL) != 0, "not sent");
    must_wait(&waiting, 500);
    must_ask(&administrator, "hold", "{\"lift\":true}");
    must_be_granted(&waiting, &number);
    must_have_file(false);
    talk_close(&waiting);
    talk_close(&administrator);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "holder") == 0) {
        return hold_a_turn();
    }
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_clients_take_turns, begin, service_end),
        cmocka_unit_test_setup_teardown(a_holder_is_killed_and_one_stands_still, begin,
                                        service_end),
        cmocka_unit_test_setup_teardown(a_hold_is_kept_in_the_data_folder, begin, service_end),
    };
    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
