/* processes_test.c: the system's own list of all processes: this program and its child are in it,
 * each with its parent, its name, its path and what it has computed. What is read and written is
 * counted only by Windows: there this must show it, too. */
#include "fixture.h"

#include "common/process_list.h"
#include "observe/process_watch.h"
#include "observe/system.h"
#include "common/win32/process_calls.h"

#include <stdio.h>
#include <string.h>

static struct process_list list;

static const struct process_entry *must_find(uint32_t pid)
{
    must(process_list_look(&list) == 0, "the processes cannot be listed");
    const struct process_entry *found = process_list_find(&list, pid);
    must(found != NULL, "%u is not listed", (unsigned)pid);
    return found;
}

static uint64_t compute(uint32_t pid, uint64_t enough)
{
    uint64_t before = must_find(pid)->cpu;
    for (int64_t until = rig_now_ms() + 5000; rig_now_ms() < until;) {
        for (volatile unsigned i = 0; i < 3000000; i = i + 1) {
        }
        if (must_find(pid)->cpu - before >= enough) {
            break;
        }
    }
    return must_find(pid)->cpu - before;
}

static void this_process_is_listed(void **state)
{
    uint32_t own = GetCurrentProcessId();
    FILETIME created, ended, kernel, user;
    DWORD session;
    (void)state;
    const struct process_entry *self = must_find(own);
    must(process_named(self, "wine_processes_test.exe"), "it has another name");
    must(GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user), "no times");
    assert_true(self->created == ((uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime));
    assert_true(ProcessIdToSessionId(own, &session) && self->session == session);
    uint64_t done = compute(own, 2000000);
    must(done >= 2000000 && done < 100000000, "it has computed %u ms", (unsigned)(done / 10000));
}

/* A child of this program, once it is listed. */
static const struct process_entry *must_find_rig(void)
{
    const struct process_entry *found = NULL;
    for (int64_t until = rig_now_ms() + LIMIT_MS; found == NULL && rig_now_ms() < until;) {
        must(process_list_look(&list) == 0, "the processes cannot be listed");
        for (size_t i = 0; i < list.count; i++) {
            const struct process_entry *one = &list.processes[i];
            found = one->parent == GetCurrentProcessId() && process_named(one, "msirig.exe")
                        ? one
                        : found;
        }
    }
    must(found != NULL, "the child is not listed as one");
    return found;
}

static void a_childs_chain_leads_here(void **state)
{
    char image[MAX_PATH], path[MSIWATCH_STRING_BYTES] = "";
    struct chain chain;
    (void)state;
    HANDLE ends = CreateEventA(NULL, TRUE, FALSE, RIG_WORK_ENDS);
    HANDLE works = CreateEventA(NULL, TRUE, FALSE, RIG_WORKS);
    struct child *child = child_must_start("msirig.exe work");
    const struct process_entry *found = must_find_rig();
    process_list_chain(&list, found, &chain);
    must(chain.count >= 2, "the chain has %u", (unsigned)chain.count);
    assert_int_equal(chain.processes[0].pid, found->pid);
    assert_int_equal(chain.processes[1].pid, GetCurrentProcessId());
    GetModuleFileNameA(NULL, image, sizeof image);
    assert_string_equal(chain.processes[1].image, image);
    must(strstr(chain.processes[0].image, "\\msirig.exe") != NULL, "it is %s",
         chain.processes[0].image);
    assert_int_equal(chain_starter(&chain, 0)->pid, found->pid);
    /* Another one of that number would be another process. */
    const struct process_calls *calls = process_calls_of_system();
    calls->image(calls->arg, found->pid, found->created + 1, path);
    assert_string_equal(path, "");
    SetEvent(ends);
    child_must_end(child);
    child_free(child);
    CloseHandle(works);
    CloseHandle(ends);
}

/* As decide/restart.h says: it stays so until Windows boots. */
static void the_boot_is_named_by_a_process_that_lasts_as_long(void **state)
{
    FILETIME now;
    (void)state;
    int64_t booted_ms = system_booted_ms();
    GetSystemTimeAsFileTime(&now);
    int64_t now_ms = (int64_t)(((uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) / 10000) -
                     INT64_C(11644473600000);
    must(booted_ms > 0 && booted_ms <= now_ms, "booted at %lld, now %lld", (long long)booted_ms,
         (long long)now_ms);
    Sleep(50);
    assert_int_equal(system_booted_ms(), booted_ms);
    must_find(GetCurrentProcessId());
    const struct process_entry *services = process_list_first(&list, "services.exe");
    must(services != NULL, "no services.exe");
    for (size_t i = 0; i < list.count; i++) { /* all services are its children */
        must(!process_named(&list.processes[i], "svchost.exe") ||
                 list.processes[i].created >= services->created,
             "a service is older");
    }
}

/* 8 MiB to a file and back. */
static void what_is_read_and_written_counts(void **state)
{
    static char block[1 << 20];
    char path[MAX_PATH], folder[MAX_PATH];
    DWORD moved;
    (void)state;
    uint64_t before = must_find(GetCurrentProcessId())->io_bytes;
    GetTempPathA(sizeof folder, folder);
    GetTempFileNameA(folder, "io", 0, path);
    HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_DELETE_ON_CLOSE, NULL);
    must(file != INVALID_HANDLE_VALUE, "no file: error %lu", GetLastError());
    for (int i = 0; i < 8; i++) {
        assert_true(WriteFile(file, block, sizeof block, &moved, NULL));
    }
    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    for (int i = 0; i < 8; i++) {
        assert_true(ReadFile(file, block, sizeof block, &moved, NULL));
    }
    CloseHandle(file);
    uint64_t bytes = must_find(GetCurrentProcessId())->io_bytes - before;
    if (GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL && bytes == 0) {
        print_message("Wine counts no I/O: only real Windows can show it\n");
        skip();
    }
    must(bytes >= 16u << 20, "%u KiB", (unsigned)(bytes >> 10));
}

static int end(void **state)
{
    (void)state;
    process_list_release(&list);
    return 0;
}

/* It takes the mutex itself. Wine does not say who owns one: that is played, and nothing else. */
static void who_began_the_mutexs_owner_is_found_in_the_list(void **state)
{
    char image[MAX_PATH];
    struct process_watch *watch;
    (void)state;
    struct child *child = child_must_start("msirig.exe hold 60000");
    child_must_print(child, "held");
    struct observation seen = {.ui_clients = -1};
    seen.mutex.state = MUTEX_HELD;
    seen.mutex.owner_known = true;
    seen.mutex.owner_pid = must_find_rig()->pid;
    assert_int_equal(process_watch_new(&watch, process_calls_of_system(), NULL), 0);
    struct sensor *sensor = process_watch_sensor(watch);
    sensor->read(sensor, &seen);
    assert_int_equal(seen.mutex.owner_chain.processes[0].pid, seen.mutex.owner_pid);
    const struct chain_process *starter = chain_starter(&seen.mutex.owner_chain, 1);
    assert_non_null(starter);
    assert_int_equal(starter->pid, GetCurrentProcessId());
    GetModuleFileNameA(NULL, image, sizeof image);
    assert_string_equal(starter->image, image);
    /* As msiserver, and as what that began, it has none. */
    seen.msiserver.pid = GetCurrentProcessId();
    sensor->read(sensor, &seen);
    assert_int_equal(seen.mutex.owner_chain.count, 0);
    sensor->close(sensor);
    child_free(child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_process_is_listed),
        cmocka_unit_test(a_childs_chain_leads_here),
        cmocka_unit_test(who_began_the_mutexs_owner_is_found_in_the_list),
        cmocka_unit_test(the_boot_is_named_by_a_process_that_lasts_as_long),
        cmocka_unit_test(what_is_read_and_written_counts),
    };
    process_list_init(&list, process_calls_of_system());
    return cmocka_run_group_tests_name("processes", tests, NULL, end);
}
