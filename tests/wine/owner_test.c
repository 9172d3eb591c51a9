/* owner_test.c: the program of the mutex's owner is asked for once, is not confused with that of a
 * later process of the same id, and is foreign unless it is Windows' own msiexec.exe.
 */
#include "fixture.h"

#include "common/win32/owner.h"

#include <string.h>

/* A process that does nothing, of this program. */
static PROCESS_INFORMATION must_start(const char *program)
{
    STARTUPINFOA start = {.cb = sizeof start};
    PROCESS_INFORMATION process;
    assert_true(CreateProcessA(program, NULL, NULL, NULL, FALSE, CREATE_SUSPENDED, NULL, NULL,
                               &start, &process));
    return process;
}

static void end(PROCESS_INFORMATION *process)
{
    TerminateProcess(process->hProcess, 0);
    WaitForSingleObject(process->hProcess, INFINITE);
    CloseHandle(process->hThread);
    CloseHandle(process->hProcess);
}

static void an_owner_is_asked_for_once(void **state)
{
    struct owner owner = {0};
    uint32_t pid = GetCurrentProcessId(), tid = GetCurrentThreadId();
    (void)state;
    owner_look(&owner, pid, tid);
    assert_non_null(strstr(owner.image, "wine_owner_test.exe"));
    assert_true(owner.foreign);
    assert_true(owner.created != 0);
    assert_int_equal(strncmp(owner.user, "S-1-5-", 6), 0);
    owner.image[0] = '?'; /* stays, if nobody asks again */
    owner_look(&owner, pid, tid);
    assert_int_equal(owner.image[0], '?');
    owner_look(&owner, pid, tid + 1); /* another owner */
    assert_int_not_equal(owner.image[0], '?');
}

static void a_later_process_of_the_same_id_is_another_owner(void **state)
{
    struct owner owner = {0};
    uint32_t pid = GetCurrentProcessId();
    (void)state;
    owner_look(&owner, pid, 1);
    uint64_t created = owner.created;
    owner.image[0] = '?';
    owner.foreign = false;
    owner.created = created - 1; /* what was seen was the one before */
    owner_look(&owner, pid, 1);
    assert_int_not_equal(owner.image[0], '?');
    assert_true(owner.foreign);
    assert_true(owner.created == created);
}

/* That another program is foreign, the first test shows: Wine runs a copy of its msiexec.exe as the
 * one in System32, so a copy shows nothing there. */
static void windows_own_msiexec_is_not_foreign(void **state)
{
    char folder[MAX_PATH], program[MAX_PATH + 32];
    struct owner owner = {0};
    (void)state;
    assert_true(GetSystemDirectoryA(folder, sizeof folder) > 0);
    snprintf(program, sizeof program, "%s\\msiexec.exe", folder);
    PROCESS_INFORMATION own = must_start(program);
    owner_look(&owner, own.dwProcessId, own.dwThreadId);
    assert_false(owner.foreign);
    assert_non_null(strstr(owner.image, "msiexec.exe"));
    end(&own);
}

static void an_owner_that_cannot_be_opened_is_not_known(void **state)
{
    struct owner owner = {0};
    (void)state;
    owner_look(&owner, GetCurrentProcessId(), 1);
    owner_look(&owner, 0x7ffffffc, 1);
    assert_string_equal(owner.image, "");
    assert_false(owner.foreign);
    assert_int_equal(owner.created, 0);
}

static int64_t wall_now(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    return (int64_t)(((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) / 10000) -
           INT64_C(11644473600000);
}

static void who_wrote_a_record_is_known_while_it_runs(void **state)
{
    char folder[MAX_PATH], program[MAX_PATH + 32];
    struct owner owner = {0};
    uint32_t self = GetCurrentProcessId();
    int64_t now = wall_now();
    (void)state;
    assert_true(GetSystemDirectoryA(folder, sizeof folder) > 0);
    snprintf(program, sizeof program, "%s\\msiexec.exe", folder);
    PROCESS_INFORMATION own = must_start(program);
    uint32_t pid = own.dwProcessId;
    int64_t later = wall_now() + 1000;
    assert_int_equal(owner_writer(pid, later, pid), WRITER_SERVICE);
    assert_int_equal(owner_writer(pid, later, pid + 4), WRITER_MSIEXEC);
    assert_int_equal(owner_writer(pid, later, 0), WRITER_SERVICE); /* which msiexec, nobody says */
    assert_int_equal(owner_writer(pid, now - 60000, pid), WRITER_UNKNOWN); /* it began later */
    assert_int_equal(owner_writer(self, later, pid), WRITER_OTHER);
    owner_look(&owner, pid, 1);
    assert_int_equal(owner.parent_pid, self);
    end(&own);
    assert_int_equal(owner_writer(0x7ffffffc, later, pid), WRITER_UNKNOWN);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_owner_is_asked_for_once),
        cmocka_unit_test(a_later_process_of_the_same_id_is_another_owner),
        cmocka_unit_test(windows_own_msiexec_is_not_foreign),
        cmocka_unit_test(an_owner_that_cannot_be_opened_is_not_known),
        cmocka_unit_test(who_wrote_a_record_is_known_while_it_runs),
    };
    return cmocka_run_group_tests_name("owner", tests, NULL, NULL);
}
