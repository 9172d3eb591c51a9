/* busy_pipe_test.c: a client that finds no free place at the pipe does not spin. The calls are
 * played: Windows' WaitNamedPipe fails at once where it cannot wait, which Wine's never does. */
#include <windows.h>

static HANDLE WINAPI played_open(LPCWSTR name, DWORD access, DWORD share,
                                 LPSECURITY_ATTRIBUTES given, DWORD disposition, DWORD flags,
                                 HANDLE template);
static BOOL WINAPI played_wait(LPCWSTR name, DWORD timeout_ms);

#undef CreateFileW
#undef WaitNamedPipeW
#define CreateFileW played_open
#define WaitNamedPipeW played_wait
#include "lib/transport_win32.c" /* NOLINT(bugprone-suspicious-include): its calls, played */
#undef CreateFileW
#undef WaitNamedPipeW

#include "fixture.h"

enum { TRIED_MS = 400, MOST_TRIES = TRIED_MS / WAIT_SLICE_MS + 2 };

static unsigned opens;
static DWORD wait_error; /* ERROR_SEM_TIMEOUT: it waits, in vain */

static HANDLE WINAPI played_open(LPCWSTR name, DWORD access, DWORD share,
                                 LPSECURITY_ATTRIBUTES given, DWORD disposition, DWORD flags,
                                 HANDLE template)
{
    (void)name, (void)access, (void)share, (void)given, (void)disposition, (void)flags;
    (void)template;
    opens++;
    SetLastError(ERROR_PIPE_BUSY);
    return INVALID_HANDLE_VALUE;
}

static BOOL WINAPI played_wait(LPCWSTR name, DWORD timeout_ms)
{
    (void)name;
    if (wait_error == ERROR_SEM_TIMEOUT) {
        Sleep(timeout_ms);
    }
    SetLastError(wait_error);
    return FALSE;
}

static void must_try_seldom(DWORD error)
{
    struct transport *transport;
    assert_int_equal(transport_new(&transport, "taken"), CODE_OK);
    opens = 0;
    wait_error = error;
    uint64_t begun = transport_now();
    assert_int_equal(transport_connect(transport, begun + TRIED_MS), CODE_PIPE_BUSY);
    must(opens <= MOST_TRIES, "error %lu: tried %u times in %d ms", error, opens, TRIED_MS);
    must(transport_now() - begun >= TRIED_MS - 20, "gave up early");
    transport_free(transport);
}

static void a_client_that_waits_in_vain_tries_seldom(void **state)
{
    (void)state;
    must_try_seldom(ERROR_SEM_TIMEOUT);
    must_try_seldom(ERROR_FILE_NOT_FOUND); /* the name went just now */
    must_try_seldom(ERROR_ACCESS_DENIED);
    must_try_seldom(ERROR_BAD_PATHNAME);
}

static DWORD WINAPI cancel_soon(void *transport)
{
    Sleep(50);
    transport_cancel(transport);
    return 0;
}

static void and_can_be_cancelled(void **state)
{
    (void)state;
    struct transport *transport;
    assert_int_equal(transport_new(&transport, "taken"), CODE_OK);
    wait_error = ERROR_FILE_NOT_FOUND;
    HANDLE thread = CreateThread(NULL, 0, cancel_soon, transport, 0, NULL);
    assert_non_null(thread);
    uint64_t begun = transport_now();
    assert_int_equal(transport_connect(transport, begun + 20000), CODE_CANCELLED);
    must(transport_now() - begun < 5000, "cancelled late");
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    transport_free(transport);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_that_waits_in_vain_tries_seldom),
        cmocka_unit_test(and_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
